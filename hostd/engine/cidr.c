/* IP addresses and subnets. */
#include "engine/cidr.h"

#include <arpa/inet.h>
#include <string.h>

#include "common/parse.h"

guint
hd_cidr_n_bytes (const HdCidr *cidr)
{
  return cidr->family == AF_INET ? 4 : 16;
}

gboolean
hd_address_parse (const char *text, HdCidr *ret)
{
  HdCidr cidr = { .family = strchr (text, ':') != NULL ? AF_INET6 : AF_INET };
  cidr.prefix = hd_cidr_n_bytes (&cidr) * 8;
  if (inet_pton (cidr.family, text, cidr.bytes) != 1)
    return FALSE;
  *ret = cidr;
  return TRUE;
}

gboolean
hd_cidr_parse (const char *text, HdCidr *ret)
{
  const char *slash = strchr (text, '/');
  guint64 prefix;
  HdCidr cidr;
  if (slash == NULL || slash - text >= INET6_ADDRSTRLEN)
    return FALSE;
  g_autofree char *address = g_strndup (text, (gsize)(slash - text));
  if (!hd_address_parse (address, &cidr) || hd_parse_uint64 (slash + 1, &prefix) < 0
      || prefix > cidr.prefix)
    return FALSE;
  cidr.prefix = (guint)prefix;
  *ret = cidr;
  return TRUE;
}

char *
hd_address_to_text (const HdCidr *address)
{
  char text[INET6_ADDRSTRLEN];
  return g_strdup (inet_ntop (address->family, address->bytes, text, sizeof text));
}

char *
hd_cidr_to_text (const HdCidr *cidr)
{
  g_autofree char *address = hd_address_to_text (cidr);
  return g_strdup_printf ("%s/%u", address, cidr->prefix);
}

void
hd_cidr_mask (HdCidr *cidr)
{
  for (guint i = 0; i < hd_cidr_n_bytes (cidr); i++)
    {
      guint kept = cidr->prefix > i * 8 ? MIN (cidr->prefix - i * 8, 8) : 0;
      cidr->bytes[i] &= (guint8)(0xff00u >> kept);
    }
}

gboolean
hd_cidr_contains (const HdCidr *cidr, const HdCidr *address)
{
  HdCidr net = *cidr, other = *address;
  if (cidr->family != address->family || address->prefix < cidr->prefix)
    return FALSE;
  other.prefix = cidr->prefix;
  hd_cidr_mask (&net);
  hd_cidr_mask (&other);
  return memcmp (net.bytes, other.bytes, hd_cidr_n_bytes (cidr)) == 0;
}

gboolean
hd_cidr_overlaps (const HdCidr *a, const HdCidr *b)
{
  return hd_cidr_contains (a, b) || hd_cidr_contains (b, a);
}

/* The low 8 bytes as a number (IPv4: all 4). */
static guint64
low_bits (const HdCidr *cidr)
{
  guint n = hd_cidr_n_bytes (cidr);
  guint64 value = 0;
  for (guint i = n == 4 ? 0 : 8; i < n; i++)
    value = value << 8 | cidr->bytes[i];
  return value;
}

/* Bits behind the prefix, of which at most 32 are counted. */
static guint
host_bits (const HdCidr *cidr)
{
  return MIN (hd_cidr_n_bytes (cidr) * 8 - cidr->prefix, 32);
}

gboolean
hd_cidr_nth (const HdCidr *cidr, guint64 index, HdCidr *ret_address)
{
  HdCidr address = *cidr;
  guint n = hd_cidr_n_bytes (cidr);
  if (index >> host_bits (cidr) != 0)
    return FALSE;
  hd_cidr_mask (&address);
  for (guint i = n; i > n - 4; i--, index >>= 8)
    address.bytes[i - 1] |= (guint8)index;
  address.prefix = n * 8;
  *ret_address = address;
  return TRUE;
}

guint64
hd_cidr_index (const HdCidr *cidr, const HdCidr *address)
{
  HdCidr net = *cidr, last;
  hd_cidr_mask (&net);
  guint64 index = low_bits (address) - low_bits (&net);
  gboolean counted = hd_cidr_nth (cidr, index, &last)
                     && memcmp (last.bytes, address->bytes, hd_cidr_n_bytes (cidr)) == 0;
  return counted ? index : G_MAXUINT64;
}

void
hd_cidr_hosts (const HdCidr *cidr, guint64 *ret_first, guint64 *ret_last)
{
  guint64 last = ((guint64)1 << host_bits (cidr)) - 1;
  gboolean small = last < 2; /* point-to-point links (RFC 3021, RFC 6164) and single addresses */
  *ret_first = small ? 0 : 1;
  *ret_last = cidr->family == AF_INET && !small ? last - 1 : last;
}
