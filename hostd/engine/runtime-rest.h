/* What an earlier run has left with the runtime: process, cgroup, state. */
#pragma once

#include "engine/store.h"

/* Remove it, if there is any. The caller holds the container's lock, and no monitor lives. */
gboolean hd_runtime_rest_clear (HdStore *store, const char *id, GError **error);
