/* Connections that the kernel remembers. */
#include "engine/conntrack.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "engine/cidr.h"

typedef struct
{
  const HdCidr *address;
  HdNetlink *deleter;
} Search;

/* The attribute `type` within another one, or NULL. */
static const struct nlattr *
find_nested (const struct nlattr *outer, guint16 type)
{
  struct nlattr *attribute;
  if (outer != NULL)
    mnl_attr_for_each_nested (attribute, outer)
      if (mnl_attr_get_type (attribute) == type)
        return attribute;
  return NULL;
}

static const struct nlattr *
find (const struct nlmsghdr *message, guint16 type)
{
  struct nlattr *attribute;
  mnl_attr_for_each (attribute, message, sizeof (struct nfgenmsg))
    if (mnl_attr_get_type (attribute) == type)
      return attribute;
  return NULL;
}

/* Answers come from the address, by UDP. */
static gboolean
is_meant (const struct nlmsghdr *message, const HdCidr *address)
{
  const struct nlattr *reply = find (message, CTA_TUPLE_REPLY);
  const struct nlattr *source
      = find_nested (find_nested (reply, CTA_TUPLE_IP),
                     address->family == AF_INET ? CTA_IP_V4_SRC : CTA_IP_V6_SRC);
  const struct nlattr *protocol = find_nested (find_nested (reply, CTA_TUPLE_PROTO), CTA_PROTO_NUM);
  guint size = hd_cidr_n_bytes (address);
  return source != NULL && protocol != NULL && mnl_attr_get_payload_len (protocol) == 1
         && mnl_attr_get_u8 (protocol) == IPPROTO_UDP && mnl_attr_get_payload_len (source) == size
         && memcmp (mnl_attr_get_payload (source), address->bytes, size) == 0;
}

static struct nlmsghdr *
add (HdNetlink *netlink, guint16 type, int family)
{
  struct nfgenmsg body = { .nfgen_family = (guint8)family, .version = NFNETLINK_V0 };
  return hd_netlink_add (netlink, (guint16)(NFNL_SUBSYS_CTNETLINK << 8 | type), 0, &body,
                         sizeof body, "forgetting a connection");
}

static void
visit (const struct nlmsghdr *message, gpointer data)
{
  const Search *search = data;
  const struct nlattr *original = find (message, CTA_TUPLE_ORIG);
  const struct nlattr *id = find (message, CTA_ID);
  if (original == NULL || !is_meant (message, search->address))
    return;
  struct nlmsghdr *deletion = add (search->deleter, IPCTNL_MSG_CT_DELETE, search->address->family);
  hd_netlink_tolerate (search->deleter, ENOENT);
  mnl_attr_put (deletion, CTA_TUPLE_ORIG | NLA_F_NESTED, mnl_attr_get_payload_len (original),
                mnl_attr_get_payload (original));
  if (id != NULL)
    mnl_attr_put (deletion, CTA_ID, mnl_attr_get_payload_len (id), mnl_attr_get_payload (id));
}

void
hd_conntrack_forget_udp (const char *text)
{
  g_autoptr (HdNetlink) reader = hd_netlink_open (NETLINK_NETFILTER, 0, NULL);
  g_autoptr (HdNetlink) deleter = hd_netlink_open (NETLINK_NETFILTER, 0, NULL);
  HdCidr address;
  const Search search = { &address, deleter };
  if (reader == NULL || deleter == NULL || !hd_address_parse (text, &address))
    return;
  add (reader, IPCTNL_MSG_CT_GET, address.family);
  if (hd_netlink_dump (reader, visit, (gpointer)&search, NULL))
    hd_netlink_send (deleter, NULL, NULL);
  hd_netlink_free_later (g_steal_pointer (&reader));
  hd_netlink_free_later (g_steal_pointer (&deleter));
}
