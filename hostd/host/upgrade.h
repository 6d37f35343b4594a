/* Verbs that bring another commit: upgrade, deploy, rebase. Each stages; the running deployment is
 * not touched. */
#pragma once

#include "host/operation.h"

/* The newest commit of the origin's branch. Options: check, preview, download-only,
 * allow-downgrade, stateroot, timeout.
 * Errors: HD_NOTHING (with data) when there is nothing newer; those of host/candidate.h and
 * host/stage.h. The result of looking is noted for `status`. */
HdVerbFunc hd_upgrade_run;
/* A certain commit: `commit` is a checksum or its beginning, a version, or REMOTE:REF. The origin
 * stays. Older ones, and ones that failed here, are accepted: they are named on purpose. */
HdVerbFunc hd_deploy_run;
/* Another branch: `refspec` is REMOTE:REF, "REMOTE:" (same branch) or REF (same remote); `commit`
 * as for deploy. The new deployment's origin is that branch. */
HdVerbFunc hd_rebase_run;
