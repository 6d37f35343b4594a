/* The form of our tables: sets, chains and rules that do not depend on any container.
 *
 * As nft(8) prints it: docs/engine.md, "Rules". */
#include "engine/rules.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>

#include "engine/cidr.h"
#include "engine/link.h"
#include "engine/rules-internal.h"

/* Packets that the host's input rules let pass to a published port, until our next chain. */
#define MARK 0x61746d31u
/* Packets of containers to published ports of their own bridge. */
#define MARK_HAIRPIN 0x61746d32u
/* Behind all filters, whose priorities end at 225 (security at the end). */
#define PRIORITY_INPUT 300
#define PRIORITY_DETOUR 301

/* Types as nft(8) numbers them, and how they join in a key. */
enum
{
  TYPE_ADDRESS4 = 7,
  TYPE_ADDRESS6 = 8,
  TYPE_PROTOCOL = 12,
  TYPE_PORT = 13,
  TYPE_INTERFACE = 41,
  TYPE_BITS = 6
};
#define JOIN(a, b) ((a) << TYPE_BITS | (b))

/* Registers of 32 bits. */
enum
{
  R0,
  R1,
  R2,
  R4 = 4,
  R5 = 5,
  R8 = 8
};

static void
add_sets (HdNft *nft)
{
  const guint32 port = JOIN (TYPE_PROTOCOL, TYPE_PORT);
  const guint32 data4 = JOIN (TYPE_ADDRESS4, TYPE_PORT), data6 = JOIN (TYPE_ADDRESS6, TYPE_PORT);
  hd_nft_set (nft, HD_SET_BRIDGES, 1, TYPE_INTERFACE, IFNAMSIZ, 0, 0);
  hd_nft_set (nft, HD_SET_INTERNAL, 2, TYPE_INTERFACE, IFNAMSIZ, 0, 0);
  hd_nft_set (nft, HD_SET_MASQUERADE, 3, TYPE_INTERFACE, IFNAMSIZ, 0, 0);
  hd_nft_set (nft, HD_SET_SAME, 4, JOIN (TYPE_INTERFACE, TYPE_INTERFACE), 2 * IFNAMSIZ, 0, 0);
  hd_nft_set (nft, HD_MAP_ANY4, 5, port, 8, data4, 8);
  hd_nft_set (nft, HD_MAP_ANY6, 6, port, 8, data6, 20);
  hd_nft_set (nft, HD_MAP_ADDRESS4, 7, TYPE_ADDRESS4 << 2 * TYPE_BITS | port, 12, data4, 8);
  hd_nft_set (nft, HD_MAP_ADDRESS6, 8, TYPE_ADDRESS6 << 2 * TYPE_BITS | port, 24, data6, 20);
}

static const guint8 loopback6[16] = { [15] = 1 };

/* ---- Conditions ---- */

static void
if_family (HdNft *nft, guint8 family)
{
  hd_nft_meta (nft, NFT_META_NFPROTO, R0);
  hd_nft_cmp (nft, R0, TRUE, &family, sizeof family);
}

static void
if_from (HdNft *nft, const char *set, gboolean inverted)
{
  hd_nft_meta (nft, NFT_META_IIFNAME, R0);
  hd_nft_lookup (nft, set, R0, inverted);
}

static void
if_to (HdNft *nft, const char *set, gboolean inverted)
{
  hd_nft_meta (nft, NFT_META_OIFNAME, R0);
  hd_nft_lookup (nft, set, R0, inverted);
}

/* From a bridge to the same one. */
static void
if_same (HdNft *nft)
{
  hd_nft_meta (nft, NFT_META_IIFNAME, R0);
  hd_nft_meta (nft, NFT_META_OIFNAME, R4);
  hd_nft_lookup (nft, HD_SET_SAME, R0, FALSE);
}

static void
if_interface (HdNft *nft, const char *name)
{
  char bytes[IFNAMSIZ] = "";
  g_strlcpy (bytes, name, sizeof bytes);
  hd_nft_meta (nft, NFT_META_IIFNAME, R0);
  hd_nft_cmp (nft, R0, TRUE, bytes, sizeof bytes);
}

/* To an address of the host. */
static void
if_local (HdNft *nft)
{
  guint32 kind = RTN_LOCAL;
  hd_nft_fib_kind (nft, R0);
  hd_nft_cmp (nft, R0, TRUE, &kind, sizeof kind);
}

/* One of the bits is set. */
static void
if_ct_bits (HdNft *nft, guint32 key, guint32 bits)
{
  const guint32 zero = 0;
  hd_nft_ct (nft, key, R0);
  hd_nft_mask (nft, R0, &bits, sizeof bits);
  hd_nft_cmp (nft, R0, FALSE, &zero, sizeof zero);
}

static void
if_marked (HdNft *nft, guint32 mark)
{
  hd_nft_meta (nft, NFT_META_MARK, R0);
  hd_nft_cmp (nft, R0, TRUE, &mark, sizeof mark);
}

#define CT_NEW (1u << (IP_CT_NEW + 1))
#define CT_KNOWN (1u << (IP_CT_ESTABLISHED + 1) | 1u << (IP_CT_RELATED + 1))

/* The packet's port is in a map; what it leads to comes into R8. */
static void
if_published (HdNft *nft, const char *map, gboolean v4, gboolean with_address)
{
  guint32 offset = v4 ? offsetof (struct iphdr, daddr) : offsetof (struct ipv6hdr, daddr);
  guint32 reg = R0;
  if_family (nft, v4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
  if (with_address)
    {
      hd_nft_payload (nft, NFT_PAYLOAD_NETWORK_HEADER, offset, v4 ? 4 : 16, reg);
      reg += v4 ? 1 : 4;
    }
  hd_nft_meta (nft, NFT_META_L4PROTO, reg);
  hd_nft_payload (nft, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, reg + 1);
  hd_nft_map (nft, map, R0, R8);
}

static const struct
{
  const char *map;
  gboolean v4;
  gboolean with_address;
} maps[] = {
  { HD_MAP_ADDRESS4, TRUE, TRUE },
  { HD_MAP_ADDRESS6, FALSE, TRUE },
  { HD_MAP_ANY4, TRUE, FALSE },
  { HD_MAP_ANY6, FALSE, FALSE },
};

/* ---- Rules ---- */

static void
set_mark (HdNft *nft, guint32 mark)
{
  hd_nft_immediate (nft, R0, &mark, sizeof mark);
  hd_nft_meta_set (nft, NFT_META_MARK, R0);
}

static void
end (HdNft *nft, gint32 verdict, const char *chain)
{
  hd_nft_verdict (nft, verdict, chain);
  hd_nft_rule_end (nft);
}

/* A bridge's loopback addresses are routed (route_localnet) for the answers to the host itself;
 * nobody else may use that. */
static void
add_guard (HdNft *nft)
{
  const guint8 mask[4] = { 0xff, 0, 0, 0 }, loopback[4] = { 127, 0, 0, 0 };
  hd_nft_chain (nft, "guard", "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE);
  hd_nft_rule_begin (nft, "guard");
  if_family (nft, NFPROTO_IPV4);
  hd_nft_payload (nft, NFT_PAYLOAD_NETWORK_HEADER, offsetof (struct iphdr, daddr), 4, R0);
  hd_nft_mask (nft, R0, mask, sizeof mask);
  hd_nft_cmp (nft, R0, TRUE, loopback, sizeof loopback);
  if_from (nft, HD_SET_BRIDGES, FALSE);
  end (nft, NF_DROP, NULL);
}

static void
add_publish (HdNft *nft)
{
  hd_nft_chain (nft, "publish", NULL, 0, 0);
  for (guint i = 0; i < G_N_ELEMENTS (maps); i++)
    {
      hd_nft_rule_begin (nft, "publish");
      if_published (nft, maps[i].map, maps[i].v4, maps[i].with_address);
      hd_nft_dnat (nft, maps[i].v4 ? NFPROTO_IPV4 : NFPROTO_IPV6, R8, R8 + (maps[i].v4 ? 1 : 4));
      hd_nft_rule_end (nft);
    }

  hd_nft_chain (nft, "prerouting", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST);
  hd_nft_rule_begin (nft, "prerouting");
  if_from (nft, HD_SET_BRIDGES, FALSE);
  if_local (nft);
  end (nft, NFT_JUMP, "publish");
  hd_nft_rule_begin (nft, "prerouting");
  if_interface (nft, HD_DETOUR_IN);
  if_local (nft);
  end (nft, NFT_JUMP, "publish");

  hd_nft_chain (nft, "output", "nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST);
  /* The kernel takes no answer to ::1 from another interface (rt6_need_strict): refused at once is
   * better, as whoever asks goes on to 127.0.0.1. */
  hd_nft_rule_begin (nft, "output");
  if_family (nft, NFPROTO_IPV6);
  hd_nft_payload (nft, NFT_PAYLOAD_NETWORK_HEADER, offsetof (struct ipv6hdr, daddr), 16, R0);
  hd_nft_cmp (nft, R0, TRUE, loopback6, sizeof loopback6);
  end (nft, NF_ACCEPT, NULL);
  hd_nft_rule_begin (nft, "output");
  if_local (nft);
  end (nft, NFT_JUMP, "publish");
}

/* Mark what the host's rules let in to a published port. */
static void
add_input (HdNft *nft)
{
  hd_nft_chain (nft, "input", "filter", NF_INET_LOCAL_IN, PRIORITY_INPUT);
  hd_nft_rule_begin (nft, "input");
  if_from (nft, HD_SET_BRIDGES, FALSE);
  end (nft, NF_ACCEPT, NULL);
  hd_nft_rule_begin (nft, "input");
  if_interface (nft, "lo");
  end (nft, NF_ACCEPT, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (maps); i++)
    {
      hd_nft_rule_begin (nft, "input");
      if_ct_bits (nft, NFT_CT_STATE, CT_NEW);
      if_published (nft, maps[i].map, maps[i].v4, maps[i].with_address);
      set_mark (nft, MARK);
      end (nft, NF_ACCEPT, NULL);
    }
}

static void
add_forward (HdNft *nft, gboolean foreign_drop)
{
  hd_nft_chain (nft, "forward", "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER);
  hd_nft_rule_begin (nft, "forward");
  if_same (nft);
  if_ct_bits (nft, NFT_CT_STATUS, IPS_DST_NAT);
  set_mark (nft, MARK_HAIRPIN);
  end (nft, NF_ACCEPT, NULL);
  hd_nft_rule_begin (nft, "forward");
  if_same (nft);
  end (nft, NF_ACCEPT, NULL);
  hd_nft_rule_begin (nft, "forward");
  if_ct_bits (nft, NFT_CT_STATE, CT_KNOWN);
  end (nft, NF_ACCEPT, NULL);
  hd_nft_rule_begin (nft, "forward");
  if_from (nft, HD_SET_INTERNAL, FALSE);
  end (nft, NF_DROP, NULL);
  hd_nft_rule_begin (nft, "forward");
  if_to (nft, HD_SET_INTERNAL, FALSE);
  end (nft, NF_DROP, NULL);
  hd_nft_rule_begin (nft, "forward");
  if_to (nft, HD_SET_BRIDGES, FALSE);
  if_ct_bits (nft, NFT_CT_STATUS, IPS_DST_NAT);
  end (nft, NF_ACCEPT, NULL);
  hd_nft_rule_begin (nft, "forward");
  if_to (nft, HD_SET_BRIDGES, FALSE);
  end (nft, NF_DROP, NULL);
  if (!foreign_drop)
    return;
  hd_nft_rule_begin (nft, "forward");
  if_from (nft, HD_SET_BRIDGES, TRUE);
  end (nft, NF_DROP, NULL);
}

static void
add_postrouting (HdNft *nft)
{
  static const guint8 mask[4] = { 0xff, 0, 0, 0 }, loopback4[4] = { 127, 0, 0, 0 };
  hd_nft_chain (nft, "postrouting", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC);
  hd_nft_rule_begin (nft, "postrouting");
  if_from (nft, HD_SET_MASQUERADE, FALSE);
  if_to (nft, HD_SET_BRIDGES, TRUE);
  hd_nft_masquerade (nft);
  hd_nft_rule_end (nft);

  /* To a published port of the same bridge: the answer must come back by the host. Where bridges
   * call the rules (br_netfilter) this hook does not know where the packet came in, hence the mark.
   */
  hd_nft_rule_begin (nft, "postrouting");
  if_marked (nft, MARK_HAIRPIN);
  hd_nft_masquerade (nft);
  hd_nft_rule_end (nft);

  hd_nft_rule_begin (nft, "postrouting");
  if_family (nft, NFPROTO_IPV4);
  hd_nft_payload (nft, NFT_PAYLOAD_NETWORK_HEADER, offsetof (struct iphdr, saddr), 4, R0);
  hd_nft_mask (nft, R0, mask, sizeof mask);
  hd_nft_cmp (nft, R0, TRUE, loopback4, sizeof loopback4);
  if_to (nft, HD_SET_BRIDGES, FALSE);
  hd_nft_masquerade (nft);
  hd_nft_rule_end (nft);
}

/* A table of one family, since copies of packets can be sent from there only. */
static void
add_detour (HdNetlink *netlink, guint8 family, const char *gateway, guint32 index)
{
  HdNft nft = hd_rules_table (netlink, family);
  HdCidr address;
  g_assert (hd_address_parse (gateway, &address));
  hd_nft_table (&nft, FALSE);
  hd_nft_table (&nft, TRUE);
  if (index == 0)
    return;
  hd_nft_table (&nft, FALSE);
  hd_nft_chain (&nft, "detour", "filter", NF_INET_LOCAL_IN, PRIORITY_DETOUR);
  hd_nft_rule_begin (&nft, "detour");
  if_marked (&nft, MARK);
  hd_nft_immediate (&nft, R0, address.bytes, (guint16)hd_cidr_n_bytes (&address));
  hd_nft_immediate (&nft, R8, &index, sizeof index);
  hd_nft_dup (&nft, R0, R8);
  end (&nft, NF_DROP, NULL);
}

gboolean
hd_rules_replace (HdNetlink *netlink, const GPtrArray *networks, const GArray *forwards,
                  guint detour, gboolean foreign_drop, GError **error)
{
  HdNft nft = hd_rules_table (netlink, NFPROTO_INET);
  hd_nft_begin (&nft);
  hd_nft_table (&nft, FALSE);
  hd_nft_table (&nft, TRUE);
  hd_nft_table (&nft, FALSE);
  add_sets (&nft);
  add_guard (&nft);
  add_publish (&nft);
  add_input (&nft);
  add_forward (&nft, foreign_drop);
  add_postrouting (&nft);
  for (guint i = 0; i < networks->len; i++)
    {
      const HdNetwork *network = g_ptr_array_index (networks, i);
      if (network->bridge != NULL)
        hd_rules_add_network (&nft, network);
    }
  hd_rules_write_forwards (&nft, forwards, FALSE);
  add_detour (netlink, NFPROTO_IPV4, HD_DETOUR_GATEWAY4, detour);
  add_detour (netlink, NFPROTO_IPV6, HD_DETOUR_GATEWAY6, detour);
  return hd_nft_commit (&nft, NULL, error);
}
