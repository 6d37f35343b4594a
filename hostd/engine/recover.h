/* What a kill -9, a crash or a power cut has left of a container, and how it is made right.
 *
 * A monitor that was killed leaves a state that says "running" and a lock that is free; a command
 * that was killed leaves a row without a folder, or a folder without a row. */
#pragma once

#include "engine/container.h"

/* Make a container right whose monitor has been killed: its processes are killed, its network given
 * back; one of --rm is removed. The caller holds the lock. *ret_removed (may be NULL): it is gone.
 * Says on standard error what was done. Does nothing when nothing is wrong. */
gboolean hd_recover_container (HdStore *store, const HdContainer *container, gboolean *ret_removed,
                               GError **error);
/* The same for all whose lock is free, and folders without a row. Never waits. */
void hd_recover_all (HdStore *store);
