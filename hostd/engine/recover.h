/* What a kill -9, a crash or a power cut has left of a container, and how it is made right.
 *
 * A monitor that was killed leaves a state that says "running" and a lock that is free; a command
 * that was killed leaves a row without a folder, or a folder without a row. */
#pragma once

#include "engine/status.h"

/* Make a container right whose monitor has been killed: its processes are killed, its network given
 * back; one of --rm is removed. The caller holds the lock. *ret_removed (may be NULL): it is gone.
 * Says on standard error what was done. Does nothing when nothing is wrong. */
gboolean hd_recover_container (HdStore *store, const HdContainer *container, gboolean *ret_removed,
                               GError **error);
/* Whether it is to be made right: `now` is its state. */
gboolean hd_recover_is_needed (const HdContainer *container, const HdStatusNow *now);
/* Make it right unless another command has its lock. Never waits. */
void hd_recover_try (HdStore *store, const HdContainer *container);
/* Remove folders of containers that are not in the list (of all HdContainer) and whose lock is
 * free.
 */
void hd_recover_folders (HdStore *store, const GPtrArray *containers);
/* All of that. */
void hd_recover_all (HdStore *store);
