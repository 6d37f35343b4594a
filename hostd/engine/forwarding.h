/* What the host's kernel must be told so that packets go between containers and elsewhere. */
#pragma once

#include "engine/store.h"

/* Let the host forward IPv4 (and IPv6) packets. Where it did not before, a note is made in the run
 * folder: *ret_new, and hd_forwarding_is_ours from then on. An IPv6 host keeps listening to router
 * advertisements. */
gboolean hd_forwarding_enable (HdStore *store, gboolean ipv6, gboolean *ret_new, GError **error);
/* Whether the host forwards on our account only. */
gboolean hd_forwarding_is_ours (HdStore *store);
/* Let answers to connections from the host's loopback come in by this bridge (route_localnet). */
gboolean hd_forwarding_localnet (const char *bridge, GError **error);
/* Let packets come in by this interface whose source is elsewhere (rp_filter 2, "loose"). */
gboolean hd_forwarding_loose (const char *interface, GError **error);
