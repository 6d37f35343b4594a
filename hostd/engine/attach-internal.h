/* What attach.c and restore.c share. */
#pragma once

#include "engine/attach.h"
#include "engine/netlink.h"
#include "engine/rules.h"

/* The lock of all changes to the kernel's state; close to unlock. -1 on an error. */
int hd_network_lock (HdStore *store, GError **error);
/* Where the ports of a container lead to; an array of HdForward whose texts belong to `endpoints`.
 * With several networks it is the first that has an address of the port's family and is not
 * internal. */
GArray *hd_network_forwards (HdStore *store, const char *container, const GPtrArray *endpoints,
                             GError **error);
/* Write the rules anew from the rows. `host` is a socket NETLINK_ROUTE, `rules` one of
 * NETLINK_NETFILTER. */
gboolean hd_network_rewrite (HdStore *store, HdNetlink *host, HdNetlink *rules, GError **error);
/* Interfaces with names of ours that no row knows; an array of char *. */
GPtrArray *hd_network_strays (HdStore *store, HdNetlink *host, GError **error);
