/* A netlink socket and a batch of messages that goes out in one system call.
 *
 * The kernel works a batch off before the call returns, so there is nothing to wait for: no error
 * that waits means that all of it was done.
 */
#pragma once

#include <glib.h>
#include <libmnl/libmnl.h>

typedef struct _HdNetlink HdNetlink;

/* A socket of the namespace in which the caller is. `protocol`: NETLINK_ROUTE, NETLINK_NETFILTER.
 * `port_id` 0: the kernel's choice. */
HdNetlink *hd_netlink_open (int protocol, guint port_id, GError **error);
void hd_netlink_free (HdNetlink *netlink);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdNetlink, hd_netlink_free)
/* Free, but let the socket be closed a moment later, by a child that does nothing else: for one of
 * NETLINK_NETFILTER. The kernel gives removed rules back after all readers have gone (5 to 30 ms),
 * and who closes such a socket before waits for it, with everybody who wants to change rules. */
void hd_netlink_free_later (HdNetlink *netlink);
int hd_netlink_fd (const HdNetlink *netlink);

/* Begin a message in the batch: `body` (of `size` bytes, may be NULL) and then mnl_attr_put... on
 * what is returned, before the next call. `doing` ("making veth0", static or living until the batch
 * is sent; NULL for one that cannot fail) is for errors. */
struct nlmsghdr *hd_netlink_add (HdNetlink *netlink, guint16 type, guint16 flags, const void *body,
                                 gsize size, const char *doing);
/* An errno of the message added last that is no error: EEXIST, ENOENT ... */
void hd_netlink_tolerate (HdNetlink *netlink, int errnum);
/* Send the batch and empty it. The first error that is not tolerated, "DOING: REASON", with the
 * kernel's own words where it has some; *ret_errno (may be NULL) is its errno. */
gboolean hd_netlink_send (HdNetlink *netlink, int *ret_errno, GError **error);
/* Send the one message of the batch as a dump, and visit what comes. */
gboolean hd_netlink_dump (HdNetlink *netlink,
                          void (*visit) (const struct nlmsghdr *message, gpointer data),
                          gpointer data, GError **error);
