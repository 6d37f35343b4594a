/* volume prune: of `volume` and of `system`. */
#pragma once

#include "engine/volume.h"

/* Remove volumes that no container uses: the anonymous ones, or `all`, that match the filters
 * (label=..., label!=...). The names of what was removed, an array of char *; *ret_bytes were
 * freed. */
GPtrArray *hd_volume_prune (HdStore *store, gboolean all, const char *const *filters,
                            guint64 *ret_bytes, GError **error);
