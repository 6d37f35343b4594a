/* Messages of nf_tables in a netlink batch: tables, chains, sets, rules and their expressions.
 *
 * A rule is written as the virtual machine of the kernel runs it (nft --debug=netlink prints the
 * same words): load into registers, compare, look up, act. Registers are those of 32 bits,
 * numbered from 0 to 15 here. Source: linux/netfilter/nf_tables.h. Knows no rule of ours.
 */
#pragma once

#include "engine/netlink.h"

typedef struct
{
  HdNetlink *netlink;
  guint8 family; /* NFPROTO_INET ... */
  const char *table;
  struct nlmsghdr *message; /* of the rule or element list that is being written */
  struct nlattr *list;
} HdNft;

void hd_nft_begin (HdNft *nft);
/* Send all since hd_nft_begin as one transaction: all of it or nothing. */
gboolean hd_nft_commit (HdNft *nft, int *ret_errno, GError **error);

void hd_nft_table (HdNft *nft, gboolean remove);
/* Outside of a transaction: ask for the table; ENOENT when it is not there. */
void hd_nft_ask_table (HdNft *nft);
/* `type` NULL: no hook, only jumps lead there. */
void hd_nft_chain (HdNft *nft, const char *name, const char *type, guint32 hook, gint32 priority);
/* Types are nft's numbers for what is in a key, which `nft list` needs to print it; several in one
 * key stand in six bits each. data_bytes 0: a set, else a map. */
void hd_nft_set (HdNft *nft, const char *name, guint32 id, guint32 key_type, guint32 key_bytes,
                 guint32 data_type, guint32 data_bytes);

/* Elements of one set: begin, any number of times element, end. `data` NULL in a set. */
void hd_nft_elements_begin (HdNft *nft, const char *set, gboolean remove);
void hd_nft_element (HdNft *nft, const void *key, guint16 key_bytes, const void *data,
                     guint16 data_bytes);
void hd_nft_elements_end (HdNft *nft);

void hd_nft_rule_begin (HdNft *nft, const char *chain);
void hd_nft_rule_end (HdNft *nft);
void hd_nft_meta (HdNft *nft, guint32 key, guint32 reg);
void hd_nft_meta_set (HdNft *nft, guint32 key, guint32 reg);
void hd_nft_ct (HdNft *nft, guint32 key, guint32 reg);
void hd_nft_payload (HdNft *nft, guint32 base, guint32 offset, guint32 length, guint32 reg);
void hd_nft_cmp (HdNft *nft, guint32 reg, gboolean equal, const void *data, guint16 bytes);
/* reg = reg & mask. */
void hd_nft_mask (HdNft *nft, guint32 reg, const void *mask, guint16 bytes);
void hd_nft_immediate (HdNft *nft, guint32 reg, const void *data, guint16 bytes);
/* Go on when the key in `reg` is in the set (or, `inverted`, is not). */
void hd_nft_lookup (HdNft *nft, const char *set, guint32 reg, gboolean inverted);
/* Go on when the key is in the map, with its data in `data_reg`. */
void hd_nft_map (HdNft *nft, const char *map, guint32 reg, guint32 data_reg);
/* reg = the kind (RTN_LOCAL ...) of the destination's address. */
void hd_nft_fib_kind (HdNft *nft, guint32 reg);
void hd_nft_dnat (HdNft *nft, guint32 family, guint32 address_reg, guint32 port_reg);
void hd_nft_masquerade (HdNft *nft);
void hd_nft_dup (HdNft *nft, guint32 address_reg, guint32 device_reg);
/* NF_ACCEPT, NF_DROP, NFT_JUMP (with a chain), NFT_RETURN. */
void hd_nft_verdict (HdNft *nft, gint32 code, const char *chain);
