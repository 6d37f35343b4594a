/* One command at a time for each container. */
#pragma once

#include "engine/container.h"

/* Wait for other commands that change the container; a descriptor that holds the lock until it is
 * closed (close-on-exec), or -1. `wait` FALSE: -1 without an error when another one has it. The
 * folder is made when it is not there. */
int hd_container_lock (HdStore *store, const char *id, gboolean wait, GError **error);
/* The same for what stands behind a name or id: found again when the lock is held, since another
 * command may have removed or renamed it. *ret_container is new. */
int hd_container_lock_named (HdStore *store, const char *text, HdContainer **ret_container,
                             GError **error);
