/* IP addresses and subnets: text to bytes, and arithmetic. Pure. */
#pragma once

#include <glib.h>

typedef struct
{
  int family;       /* AF_INET, AF_INET6 */
  guint8 bytes[16]; /* the first 4 for AF_INET; network order */
  guint prefix;     /* bits; all of them for one address */
} HdCidr;

/* "10.1.2.3" or "fd00::1"; nothing else ("010.1.2.3", "1.2", "fe80::1%eth0"). */
gboolean hd_address_parse (const char *text, HdCidr *ret);
/* An address, a slash and a number of bits; the bits behind the prefix are kept. */
gboolean hd_cidr_parse (const char *text, HdCidr *ret);
/* Canonical text without and with the prefix; free with g_free. */
char *hd_address_to_text (const HdCidr *address);
char *hd_cidr_to_text (const HdCidr *cidr);

/* 4 or 16. */
guint hd_cidr_n_bytes (const HdCidr *cidr);
/* The bits behind the prefix become 0. */
void hd_cidr_mask (HdCidr *cidr);
gboolean hd_cidr_contains (const HdCidr *cidr, const HdCidr *address);
gboolean hd_cidr_overlaps (const HdCidr *a, const HdCidr *b);
/* Address number `index` of the subnet, counted from its first; FALSE when it has none so high. */
gboolean hd_cidr_nth (const HdCidr *cidr, guint64 index, HdCidr *ret_address);
/* The number of an address of the subnet; G_MAXUINT64 when it is too high to count. */
guint64 hd_cidr_index (const HdCidr *cidr, const HdCidr *address);
/* Numbers of the first and last address that a host may have (without the subnet's own and the
 * broadcast address), at most 2^32. */
void hd_cidr_hosts (const HdCidr *cidr, guint64 *ret_first, guint64 *ret_last);
