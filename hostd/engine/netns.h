/* Network namespaces by descriptor. The calling process must have one thread. */
#pragma once

#include "engine/netlink.h"

/* A new network namespace with lo up. Returns a descriptor (close-on-exec) that keeps it alive, or
 * -1. The calling process (which must have one thread) stays where it is. `ipv6` FALSE: interfaces
 * made later in it have no IPv6. */
int hd_netns_new (gboolean ipv6, GError **error);

/* A netlink socket (NETLINK_ROUTE) of the namespace of `netns_fd`. */
HdNetlink *hd_netns_netlink (int netns_fd, GError **error);
/* Inside: switch IPv6 on or off for interfaces that are made later. */
gboolean hd_netns_set_ipv6 (int netns_fd, gboolean on, GError **error);
