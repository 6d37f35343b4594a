/* `update`: limits and restart policy of a container, running or not. */
#pragma once

#include "engine/container.h"

/* Join the members of `changes` (of HostConfig) into the container's body, and give the running
 * container the new limits and its monitor the new policy. The caller holds the lock. */
gboolean hd_update (HdStore *store, HdContainer *container, const hd_json *changes, GError **error);
