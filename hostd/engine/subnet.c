/* Which subnet, and which address. */
#include "engine/subnet.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

/* The pools that docker has, so that what people know about their networks still holds. */
static const struct
{
  const char *base;
  guint prefix; /* of one subnet */
} pools[] = {
  { "172.17.0.0/16", 16 }, { "172.18.0.0/15", 16 },  { "172.20.0.0/14", 16 },
  { "172.24.0.0/13", 16 }, { "192.168.0.0/16", 20 },
};

static gboolean
is_free (const HdCidr *cidr, const GArray *used)
{
  for (guint i = 0; i < used->len; i++)
    if (hd_cidr_overlaps (cidr, &g_array_index (used, HdCidr, i)))
      return FALSE;
  return TRUE;
}

gboolean
hd_subnet_pick4 (const GArray *used, HdCidr *ret)
{
  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    {
      HdCidr pool, cidr;
      g_assert (hd_cidr_parse (pools[i].base, &pool));
      guint n = 1u << (pools[i].prefix - pool.prefix);
      for (guint k = 0; k < n; k++)
        {
          hd_cidr_nth (&pool, (guint64)k << (32 - pools[i].prefix), &cidr);
          cidr.prefix = pools[i].prefix;
          if (is_free (&cidr, used))
            {
              *ret = cidr;
              return TRUE;
            }
        }
    }
  return FALSE;
}

void
hd_subnet_pick6 (const GArray *used, HdCidr *ret)
{
  HdCidr cidr = { .family = AF_INET6, .prefix = 64 };
  do
    {
      g_assert (getrandom (cidr.bytes, 8, 0) == 8);
      cidr.bytes[0] = 0xfd;
    }
  while (!is_free (&cidr, used));
  *ret = cidr;
}

static int
compare_indices (gconstpointer a, gconstpointer b)
{
  const guint64 *x = a, *y = b;
  return *x < *y ? -1 : *x > *y;
}

gboolean
hd_subnet_next (const HdCidr *subnet, const HdCidr *range, const GArray *used, HdCidr *ret)
{
  g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 first, last, host_first, host_last;
  HdCidr start = *range;
  for (guint i = 0; i < used->len; i++)
    {
      guint64 index = hd_cidr_index (subnet, &g_array_index (used, HdCidr, i));
      g_array_append_val (taken, index);
    }
  g_array_sort (taken, compare_indices);

  /* A range that is a part of the subnet has no address of its own to keep free. */
  hd_cidr_hosts (subnet, &host_first, &host_last);
  hd_cidr_mask (&start);
  start.prefix = hd_cidr_n_bytes (&start) * 8;
  first = hd_cidr_index (subnet, &start);
  if (first == G_MAXUINT64)
    return FALSE;
  guint bits = MIN (hd_cidr_n_bytes (range) * 8 - range->prefix, 32);
  last = MIN (first + ((guint64)1 << bits) - 1, host_last);
  first = MAX (first, host_first);

  for (guint i = 0; i < taken->len && first <= last; i++)
    {
      guint64 index = g_array_index (taken, guint64, i);
      if (index == first)
        first++;
      else if (index > first)
        break;
    }
  return first <= last && hd_cidr_nth (subnet, first, ret);
}
