/* Messages of nf_tables in a netlink batch. */
#include "engine/nft.h"

#include <arpa/inet.h>
#include <string.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define DOING "asking for packet filter rules"
/* A list of elements is one attribute, whose length has 16 bits. */
#define LIST_BYTES 60000

/* For `nft list` alone: type 0 (byte order of keys), four bytes, 1 (the host's). libnftnl, udata.h.
 */
static const guint8 host_order[] = { 0, 4, 1, 0, 0, 0 };

static struct nlmsghdr *
add (HdNft *nft, guint16 type, guint16 flags)
{
  struct nfgenmsg body = { .nfgen_family = nft->family, .version = NFNETLINK_V0 };
  return hd_netlink_add (nft->netlink, (guint16)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, &body,
                         sizeof body, DOING);
}

static void
add_mark (HdNft *nft, guint16 type)
{
  struct nfgenmsg body = { .version = NFNETLINK_V0, .res_id = htons (NFNL_SUBSYS_NFTABLES) };
  hd_netlink_add (nft->netlink, type, 0, &body, sizeof body, DOING);
}

void
hd_nft_begin (HdNft *nft)
{
  add_mark (nft, NFNL_MSG_BATCH_BEGIN);
}

gboolean
hd_nft_commit (HdNft *nft, int *ret_errno, GError **error)
{
  add_mark (nft, NFNL_MSG_BATCH_END);
  return hd_netlink_send (nft->netlink, ret_errno, error);
}

static void
put_number (struct nlmsghdr *message, guint16 type, guint32 number)
{
  mnl_attr_put_u32 (message, type, htonl (number));
}

void
hd_nft_table (HdNft *nft, gboolean remove)
{
  struct nlmsghdr *message
      = add (nft, remove ? NFT_MSG_DELTABLE : NFT_MSG_NEWTABLE, remove ? 0 : NLM_F_CREATE);
  mnl_attr_put_strz (message, NFTA_TABLE_NAME, nft->table);
}

void
hd_nft_ask_table (HdNft *nft)
{
  mnl_attr_put_strz (add (nft, NFT_MSG_GETTABLE, 0), NFTA_TABLE_NAME, nft->table);
}

void
hd_nft_chain (HdNft *nft, const char *name, const char *type, guint32 hook, gint32 priority)
{
  struct nlmsghdr *message = add (nft, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  mnl_attr_put_strz (message, NFTA_CHAIN_TABLE, nft->table);
  mnl_attr_put_strz (message, NFTA_CHAIN_NAME, name);
  if (type == NULL)
    return;
  struct nlattr *nest = mnl_attr_nest_start (message, NFTA_CHAIN_HOOK);
  put_number (message, NFTA_HOOK_HOOKNUM, hook);
  put_number (message, NFTA_HOOK_PRIORITY, (guint32)priority);
  mnl_attr_nest_end (message, nest);
  mnl_attr_put_strz (message, NFTA_CHAIN_TYPE, type);
}

void
hd_nft_set (HdNft *nft, const char *name, guint32 id, guint32 key_type, guint32 key_bytes,
            guint32 data_type, guint32 data_bytes)
{
  struct nlmsghdr *message = add (nft, NFT_MSG_NEWSET, NLM_F_CREATE);
  mnl_attr_put_strz (message, NFTA_SET_TABLE, nft->table);
  mnl_attr_put_strz (message, NFTA_SET_NAME, name);
  put_number (message, NFTA_SET_ID, id);
  put_number (message, NFTA_SET_KEY_TYPE, key_type);
  put_number (message, NFTA_SET_KEY_LEN, key_bytes);
  put_number (message, NFTA_SET_FLAGS, data_bytes > 0 ? NFT_SET_MAP : 0);
  if (data_bytes == 0)
    {
      mnl_attr_put (message, NFTA_SET_USERDATA, sizeof host_order, host_order);
      return;
    }
  put_number (message, NFTA_SET_DATA_TYPE, data_type);
  put_number (message, NFTA_SET_DATA_LEN, data_bytes);
}

/* ---- Elements ---- */

void
hd_nft_elements_begin (HdNft *nft, const char *set, gboolean remove)
{
  nft->message
      = add (nft, remove ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM, remove ? 0 : NLM_F_CREATE);
  mnl_attr_put_strz (nft->message, NFTA_SET_ELEM_LIST_TABLE, nft->table);
  mnl_attr_put_strz (nft->message, NFTA_SET_ELEM_LIST_SET, set);
  nft->list = mnl_attr_nest_start (nft->message, NFTA_SET_ELEM_LIST_ELEMENTS);
}

static void
put_data (struct nlmsghdr *message, guint16 type, const void *data, guint16 bytes)
{
  struct nlattr *nest = mnl_attr_nest_start (message, type);
  mnl_attr_put (message, NFTA_DATA_VALUE, bytes, data);
  mnl_attr_nest_end (message, nest);
}

void
hd_nft_element (HdNft *nft, const void *key, guint16 key_bytes, const void *data,
                guint16 data_bytes)
{
  g_assert (nft->message->nlmsg_len < LIST_BYTES);
  struct nlattr *nest = mnl_attr_nest_start (nft->message, NFTA_LIST_ELEM);
  put_data (nft->message, NFTA_SET_ELEM_KEY, key, key_bytes);
  if (data != NULL)
    put_data (nft->message, NFTA_SET_ELEM_DATA, data, data_bytes);
  mnl_attr_nest_end (nft->message, nest);
}

void
hd_nft_elements_end (HdNft *nft)
{
  mnl_attr_nest_end (nft->message, nft->list);
}

/* ---- Rules ---- */

void
hd_nft_rule_begin (HdNft *nft, const char *chain)
{
  nft->message = add (nft, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  mnl_attr_put_strz (nft->message, NFTA_RULE_TABLE, nft->table);
  mnl_attr_put_strz (nft->message, NFTA_RULE_CHAIN, chain);
  nft->list = mnl_attr_nest_start (nft->message, NFTA_RULE_EXPRESSIONS);
}

void
hd_nft_rule_end (HdNft *nft)
{
  mnl_attr_nest_end (nft->message, nft->list);
}

typedef struct
{
  struct nlattr *element;
  struct nlattr *data;
} Expression;

static Expression
expression_begin (HdNft *nft, const char *name)
{
  Expression expression;
  expression.element = mnl_attr_nest_start (nft->message, NFTA_LIST_ELEM);
  mnl_attr_put_strz (nft->message, NFTA_EXPR_NAME, name);
  expression.data = mnl_attr_nest_start (nft->message, NFTA_EXPR_DATA);
  return expression;
}

static void
expression_end (HdNft *nft, Expression expression)
{
  mnl_attr_nest_end (nft->message, expression.data);
  mnl_attr_nest_end (nft->message, expression.element);
}

static void
put_register (HdNft *nft, guint16 type, guint32 reg)
{
  put_number (nft->message, type, NFT_REG32_00 + reg);
}

void
hd_nft_meta (HdNft *nft, guint32 key, guint32 reg)
{
  Expression e = expression_begin (nft, "meta");
  put_number (nft->message, NFTA_META_KEY, key);
  put_register (nft, NFTA_META_DREG, reg);
  expression_end (nft, e);
}

void
hd_nft_meta_set (HdNft *nft, guint32 key, guint32 reg)
{
  Expression e = expression_begin (nft, "meta");
  put_number (nft->message, NFTA_META_KEY, key);
  put_register (nft, NFTA_META_SREG, reg);
  expression_end (nft, e);
}

void
hd_nft_ct (HdNft *nft, guint32 key, guint32 reg)
{
  Expression e = expression_begin (nft, "ct");
  put_number (nft->message, NFTA_CT_KEY, key);
  put_register (nft, NFTA_CT_DREG, reg);
  expression_end (nft, e);
}

void
hd_nft_payload (HdNft *nft, guint32 base, guint32 offset, guint32 length, guint32 reg)
{
  Expression e = expression_begin (nft, "payload");
  put_register (nft, NFTA_PAYLOAD_DREG, reg);
  put_number (nft->message, NFTA_PAYLOAD_BASE, base);
  put_number (nft->message, NFTA_PAYLOAD_OFFSET, offset);
  put_number (nft->message, NFTA_PAYLOAD_LEN, length);
  expression_end (nft, e);
}

void
hd_nft_cmp (HdNft *nft, guint32 reg, gboolean equal, const void *data, guint16 bytes)
{
  Expression e = expression_begin (nft, "cmp");
  put_register (nft, NFTA_CMP_SREG, reg);
  put_number (nft->message, NFTA_CMP_OP, equal ? NFT_CMP_EQ : NFT_CMP_NEQ);
  put_data (nft->message, NFTA_CMP_DATA, data, bytes);
  expression_end (nft, e);
}

void
hd_nft_mask (HdNft *nft, guint32 reg, const void *mask, guint16 bytes)
{
  static const guint8 zeros[16];
  Expression e = expression_begin (nft, "bitwise");
  put_register (nft, NFTA_BITWISE_SREG, reg);
  put_register (nft, NFTA_BITWISE_DREG, reg);
  put_number (nft->message, NFTA_BITWISE_LEN, bytes);
  put_data (nft->message, NFTA_BITWISE_MASK, mask, bytes);
  put_data (nft->message, NFTA_BITWISE_XOR, zeros, bytes);
  expression_end (nft, e);
}

void
hd_nft_immediate (HdNft *nft, guint32 reg, const void *data, guint16 bytes)
{
  Expression e = expression_begin (nft, "immediate");
  put_register (nft, NFTA_IMMEDIATE_DREG, reg);
  put_data (nft->message, NFTA_IMMEDIATE_DATA, data, bytes);
  expression_end (nft, e);
}

void
hd_nft_lookup (HdNft *nft, const char *set, guint32 reg, gboolean inverted)
{
  Expression e = expression_begin (nft, "lookup");
  mnl_attr_put_strz (nft->message, NFTA_LOOKUP_SET, set);
  put_register (nft, NFTA_LOOKUP_SREG, reg);
  if (inverted)
    put_number (nft->message, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
  expression_end (nft, e);
}

void
hd_nft_map (HdNft *nft, const char *map, guint32 reg, guint32 data_reg)
{
  Expression e = expression_begin (nft, "lookup");
  mnl_attr_put_strz (nft->message, NFTA_LOOKUP_SET, map);
  put_register (nft, NFTA_LOOKUP_SREG, reg);
  put_register (nft, NFTA_LOOKUP_DREG, data_reg);
  expression_end (nft, e);
}

void
hd_nft_fib_kind (HdNft *nft, guint32 reg)
{
  Expression e = expression_begin (nft, "fib");
  put_register (nft, NFTA_FIB_DREG, reg);
  put_number (nft->message, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
  put_number (nft->message, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
  expression_end (nft, e);
}

void
hd_nft_dnat (HdNft *nft, guint32 family, guint32 address_reg, guint32 port_reg)
{
  Expression e = expression_begin (nft, "nat");
  put_number (nft->message, NFTA_NAT_TYPE, NFT_NAT_DNAT);
  put_number (nft->message, NFTA_NAT_FAMILY, family);
  put_register (nft, NFTA_NAT_REG_ADDR_MIN, address_reg);
  put_register (nft, NFTA_NAT_REG_PROTO_MIN, port_reg);
  expression_end (nft, e);
}

void
hd_nft_masquerade (HdNft *nft)
{
  expression_end (nft, expression_begin (nft, "masq"));
}

void
hd_nft_dup (HdNft *nft, guint32 address_reg, guint32 device_reg)
{
  Expression e = expression_begin (nft, "dup");
  put_register (nft, NFTA_DUP_SREG_ADDR, address_reg);
  put_register (nft, NFTA_DUP_SREG_DEV, device_reg);
  expression_end (nft, e);
}

void
hd_nft_verdict (HdNft *nft, gint32 code, const char *chain)
{
  Expression e = expression_begin (nft, "immediate");
  put_number (nft->message, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
  struct nlattr *data = mnl_attr_nest_start (nft->message, NFTA_IMMEDIATE_DATA);
  struct nlattr *verdict = mnl_attr_nest_start (nft->message, NFTA_DATA_VERDICT);
  put_number (nft->message, NFTA_VERDICT_CODE, (guint32)code);
  if (chain != NULL)
    mnl_attr_put_strz (nft->message, NFTA_VERDICT_CHAIN, chain);
  mnl_attr_nest_end (nft->message, verdict);
  mnl_attr_nest_end (nft->message, data);
  expression_end (nft, e);
}
