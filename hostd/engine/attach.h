/* What networks do to the kernel: bridges, interfaces, addresses, routes, rules.
 *
 * The rows (engine/network.h) say what shall be; these calls make it so, under one lock of the host
 * (RUN/locks/network), in one netlink message or transaction for each kind of thing. All of them
 * may be repeated: what is there already is no error.
 */
#pragma once

#include "engine/netns.h"
#include "engine/network.h"

/* Connect the namespace `netns_fd` with all networks in which `container` has reserved addresses,
 * publish its ports, and let the others on its networks know its names. Blocks for a few
 * milliseconds. On an error nothing stays but the reservation. */
gboolean hd_network_attach (HdStore *store, const char *container, int netns_fd, GError **error);
/* Undo that: rules, names and the reservation; the interfaces carry nothing any more, and go with
 * the namespace. Needs no namespace; for a container that has none it does nothing. Not inside a
 * transaction. */
gboolean hd_network_detach (HdStore *store, const char *container, GError **error);

/* `network connect` and `disconnect` of a running container: one more endpoint, or one less.
 * `netns_fd` < 0: the container does not run, only the rows change. */
gboolean hd_network_connect (HdStore *store, const char *container, const HdNetworkRequest *request,
                             int netns_fd, GError **error);
gboolean hd_network_disconnect (HdStore *store, const char *container, const char *network,
                                int netns_fd, GError **error);

/* Give back what belongs to no living container: reservations, interfaces, rules, bridges of
 * networks that are gone. `ret_removed` (may be NULL) counts. */
gboolean hd_network_reap (HdStore *store, guint *ret_removed, GError **error);
/* Put our rules back when something of them is missing. Returns TRUE when they are all there. */
gboolean hd_network_restore (HdStore *store, GError **error);
/* Remove the bridge of a network whose row is gone, with its rules. */
gboolean hd_network_unmake (HdStore *store, const HdNetwork *network, GError **error);
