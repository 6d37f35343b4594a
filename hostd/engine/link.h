/* Interfaces, addresses and routes by rtnetlink(7). Knows no rows but what it is given. */
#pragma once

#include "engine/netlink.h"
#include "engine/network.h"

/* Make the bridge of a network, with its gateway's addresses, and set it up. One that is there is
 * completed. */
gboolean hd_link_make_bridge (HdNetlink *host, const HdNetwork *network, GError **error);
/* A pair of interfaces: `endpoint->host_link` in its bridge, `endpoint->interface` in the namespace
 * of `netns_fd`. *ret_no_bridge: it failed for want of the bridge. `hairpin`: frames may go back
 * where they came from; `isolated`: no frames between interfaces of this kind. */
gboolean hd_link_make_pair (HdNetlink *host, const HdNetworkEndpoint *endpoint, int netns_fd,
                            gboolean isolated, gboolean *ret_no_bridge, GError **error);
/* Inside: addresses, and default routes when `routes4`, `routes6`. `inner` is a socket of the
 * container's namespace. */
gboolean hd_link_configure (HdNetlink *inner, const HdNetworkEndpoint *endpoint, gboolean routes4,
                            gboolean routes6, GError **error);
/* Take the host's end of a pair out of its bridge's traffic at once. It goes with the container's
 * namespace; removing it here would wait for all that read it (some 20 ms). One that is not there
 * is no error. */
gboolean hd_link_retire (HdNetlink *host, const char *name, GError **error);
/* Remove an interface; one that is not there is no error. */
gboolean hd_link_remove (HdNetlink *host, const char *name, GError **error);
/* The index of an interface of the socket's namespace, or 0. */
guint hd_link_index (const HdNetlink *netlink, const char *name);

/* The pair through which the first packet of a connection to a published port goes a second time
 * (engine/rules.h). Quick when it is there; *ret_new says that it was made. */
#define HD_DETOUR_OUT "atomic-out"
#define HD_DETOUR_IN "atomic-in"
#define HD_DETOUR_GATEWAY4 "169.254.77.2"
#define HD_DETOUR_GATEWAY6 "fe80::77:2"
gboolean hd_link_make_detour (HdNetlink *host, gboolean *ret_new, GError **error);

/* Names of the host's interfaces; an array of char *. */
GPtrArray *hd_link_list (HdNetlink *host, GError **error);
/* Append the destinations of the host's routes (of HdCidr; no default routes) to `used`. */
gboolean hd_link_routes (GArray *used, GError **error);
