/* Removing a container that does not run. */
#pragma once

#include "engine/container.h"

/* Give its network back, drop its row and its folders; `volumes`: its anonymous volumes, too. The
 * caller holds the lock, and no monitor lives, or it is about to end. */
gboolean hd_remove (HdStore *store, const HdContainer *container, gboolean volumes, GError **error);
