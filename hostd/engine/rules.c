/* Elements of our table: what networks and containers add and take away. rules-table.c has its
 * form. */
#include "engine/rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>
#include <linux/netfilter.h>

#include "base/error.h"
#include "engine/cidr.h"
#include "engine/rules-internal.h"

/* Elements of one message; an element of the longest map takes 80 bytes. */
#define MAX_ELEMENTS 600
/* Processes whose ids end alike, at once. */
#define MAX_PORT_IDS 64

HdNft
hd_rules_table (HdNetlink *netlink, guint8 family)
{
  return (HdNft){ .netlink = netlink, .family = family, .table = HD_RULES_TABLE };
}

HdNetlink *
hd_rules_open (GError **error)
{
  guint low = (guint)getpid ();
  for (guint tries = 0;; tries++, low++)
    {
      GError *local = NULL;
      HdNetlink *netlink
          = hd_netlink_open (NETLINK_NETFILTER, HD_RULES_PORT_ID | (low & 0xffff), &local);
      if (netlink != NULL || tries == MAX_PORT_IDS)
        {
          if (netlink == NULL)
            g_propagate_error (error, local);
          return netlink;
        }
      g_clear_error (&local);
    }
}

/* ---- Networks ---- */

static void
add_name (HdNft *nft, const char *set, const char *name)
{
  char key[IFNAMSIZ] = "";
  g_strlcpy (key, name, sizeof key);
  hd_nft_elements_begin (nft, set, FALSE);
  hd_nft_element (nft, key, sizeof key, NULL, 0);
  hd_nft_elements_end (nft);
}

void
hd_rules_add_network (HdNft *nft, const HdNetwork *network)
{
  char pair[2 * IFNAMSIZ] = "";
  const char *masquerade
      = hd_network_option (network, "com.docker.network.bridge.enable_ip_masquerade");
  g_strlcpy (pair, network->bridge, IFNAMSIZ);
  g_strlcpy (pair + IFNAMSIZ, network->bridge, IFNAMSIZ);
  add_name (nft, HD_SET_BRIDGES, network->bridge);
  hd_nft_elements_begin (nft, HD_SET_SAME, FALSE);
  hd_nft_element (nft, pair, sizeof pair, NULL, 0);
  hd_nft_elements_end (nft);
  if (network->internal)
    add_name (nft, HD_SET_INTERNAL, network->bridge);
  else if (g_strcmp0 (masquerade, "false") != 0)
    add_name (nft, HD_SET_MASQUERADE, network->bridge);
}

/* ---- Ports ---- */

/* The key and data of one port in a map. The fields of a key stand in four bytes each (nft(8),
 * "concatenations"). */
typedef struct
{
  guint8 key[24];
  guint8 data[20];
} Element;

typedef struct
{
  const char *map;
  guint16 key_bytes;
  guint16 data_bytes;
  HdCidr inner; /* the container's address */
  HdCidr outer; /* the host's; only where the map has addresses */
  gboolean has_outer;
} Target;

static Element
element_of (const Target *target, const HdPort *port, guint index)
{
  Element element = { 0 };
  guint size = hd_cidr_n_bytes (&target->inner);
  guint8 *key = element.key;
  guint16 host = htons ((guint16)(port->host_first + index));
  guint16 inner = htons ((guint16)(port->container_first + index));
  if (target->has_outer)
    {
      memcpy (key, target->outer.bytes, size);
      key += size;
    }
  key[0] = (guint8)port->protocol;
  memcpy (key + 4, &host, sizeof host);
  memcpy (element.data, target->inner.bytes, size);
  memcpy (element.data + size, &inner, sizeof inner);
  return element;
}

static void
write_target (HdNft *nft, const Target *target, const HdPort *port, gboolean remove)
{
  for (guint i = 0; i < port->count; i++)
    {
      Element element = element_of (target, port, i);
      if (i % MAX_ELEMENTS == 0)
        hd_nft_elements_begin (nft, target->map, remove);
      hd_nft_element (nft, element.key, target->key_bytes, remove ? NULL : element.data,
                      target->data_bytes);
      if (i % MAX_ELEMENTS == MAX_ELEMENTS - 1u || i + 1u == port->count)
        hd_nft_elements_end (nft);
    }
}

/* Which map a port of one family stands in; FALSE when it is of the other family alone. */
static gboolean
find_target (const HdPort *port, const char *inner, Target *ret)
{
  HdCidr outer;
  Target target = { 0 };
  if (inner == NULL || !hd_address_parse (inner, &target.inner))
    return FALSE;
  gboolean v4 = target.inner.family == AF_INET;
  gboolean any = port->address[0] == '\0';
  if (!any && (!hd_address_parse (port->address, &outer) || outer.family != target.inner.family))
    return FALSE;
  any = any || g_str_equal (port->address, "0.0.0.0") || g_str_equal (port->address, "::");
  target.map = any ? (v4 ? HD_MAP_ANY4 : HD_MAP_ANY6) : (v4 ? HD_MAP_ADDRESS4 : HD_MAP_ADDRESS6);
  target.key_bytes = (guint16)(any ? 8 : v4 ? 12 : 24);
  target.data_bytes = v4 ? 8 : 20;
  target.has_outer = !any;
  if (!any)
    target.outer = outer;
  *ret = target;
  return TRUE;
}

void
hd_rules_write_forwards (HdNft *nft, const GArray *forwards, gboolean remove)
{
  for (guint i = 0; forwards != NULL && i < forwards->len; i++)
    {
      const HdForward *forward = &g_array_index (forwards, HdForward, i);
      Target target;
      if (find_target (&forward->port, forward->ip4, &target))
        write_target (nft, &target, &forward->port, remove);
      if (find_target (&forward->port, forward->ip6, &target))
        write_target (nft, &target, &forward->port, remove);
    }
}

/* The table is not there, or an element is not or says something else. */
static gboolean
commit (HdNft *nft, gboolean *ret_missing, GError **error)
{
  int errnum = 0;
  GError *local = NULL;
  *ret_missing = FALSE;
  if (hd_nft_commit (nft, &errnum, &local))
    return TRUE;
  *ret_missing = errnum == ENOENT || errnum == EEXIST;
  g_propagate_error (error, local);
  return FALSE;
}

gboolean
hd_rules_add (HdNetlink *netlink, const HdNetwork *const *networks, const GArray *forwards,
              gboolean *ret_missing, GError **error)
{
  HdNft nft = hd_rules_table (netlink, NFPROTO_INET);
  hd_nft_begin (&nft);
  for (; *networks != NULL; networks++)
    hd_rules_add_network (&nft, *networks);
  hd_rules_write_forwards (&nft, forwards, FALSE);
  return commit (&nft, ret_missing, error);
}

gboolean
hd_rules_remove (HdNetlink *netlink, const GArray *forwards, gboolean *ret_missing, GError **error)
{
  HdNft nft = hd_rules_table (netlink, NFPROTO_INET);
  hd_nft_begin (&nft);
  hd_rules_write_forwards (&nft, forwards, TRUE);
  return commit (&nft, ret_missing, error);
}

gboolean
hd_rules_exist (HdNetlink *netlink, gboolean *ret, GError **error)
{
  HdNft nft = hd_rules_table (netlink, NFPROTO_INET);
  GError *local = NULL;
  int errnum = 0;
  hd_nft_ask_table (&nft);
  *ret = hd_netlink_send (netlink, &errnum, &local);
  if (*ret || errnum == ENOENT)
    {
      g_clear_error (&local);
      return TRUE;
    }
  g_propagate_error (error, local);
  return FALSE;
}
