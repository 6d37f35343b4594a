/* Containers at the start and the end of the machine. */
#pragma once

#include "engine/store.h"

/* Make right what the shutdown or power cut has left, and start those whose policy says so, the
 * oldest first: `always`, `unless-stopped` that were not stopped by a user, and `on-failure` that
 * ended by the power cut. Failures are said on standard error; FALSE when there was one. */
gboolean hd_boot_start (HdStore *store, GError **error);
/* Stop all that run, the youngest first; they are started again at the next boot. */
gboolean hd_boot_stop (HdStore *store, GError **error);
