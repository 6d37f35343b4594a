/* Ending a container, and waiting for its end. */
#pragma once

#include "engine/container.h"

/* Stop it: signal `number` (0: its own), SIGKILL after `timeout_s` (-1: its own time). Returns when
 * it and its monitor have ended; one that does not run is left as it is. The caller holds the lock.
 * One of --rm is removed. */
gboolean hd_stop (HdStore *store, const HdContainer *container, int number, int timeout_s,
                  GError **error);
/* What `container cleanup` does when a container has ended: its network is given back, and one of
 * --rm removed. Nothing when it runs again. The caller holds the lock. */
gboolean hd_stop_cleanup (HdStore *store, const HdContainer *container, GError **error);
