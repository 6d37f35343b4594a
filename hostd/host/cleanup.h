/* cleanup: drop what is pending, the rollback deployment, leftovers, objects. */
#pragma once

#include "host/operation.h"

/* pending: what is staged, and a change of order that waits for a reboot. rollback: deployments
 * after the booted one (or, not booted, after the first) that are not pinned. base: leftovers of
 * interrupted changes. repo: objects that nothing needs. None given: base and repo.
 * The booted deployment and pinned ones stay. */
HdVerbFunc hd_cleanup_run;
