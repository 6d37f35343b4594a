/* network ls and prune: which networks are meant. */
#pragma once

#include "base/verbs.h"
#include "engine/network.h"

gboolean hd_network_ls (HdStore *store, const HdInvocation *invocation, GError **error);
/* Remove what no container uses and the filters (label=KEY[=VALUE], label!=..., until=DURATION)
 * match; the names of what was removed, an array of char *. */
GPtrArray *hd_network_prune (HdStore *store, const char *const *filters, GError **error);
