/* Subnets of a network: what is given is checked, what is not is chosen. */
#include <sys/random.h>
#include <sys/socket.h>

#include "base/error.h"
#include "engine/link.h"
#include "engine/network-internal.h"
#include "engine/subnet.h"

char *
hd_network_new_id (void)
{
  guint8 bytes[32];
  GString *id = g_string_new (NULL);
  g_assert (getrandom (bytes, sizeof bytes, 0) == sizeof bytes);
  for (guint i = 0; i < sizeof bytes; i++)
    g_string_append_printf (id, "%02x", bytes[i]);
  return g_string_free (id, FALSE);
}

/* Subnets of the other networks (with their names in step), then the host's routes. */
static gboolean
read_used (HdStore *store, const char *id, GArray *used, GPtrArray *names, GError **error)
{
  g_autoptr (GPtrArray) networks = hd_network_list (store, error);
  if (networks == NULL)
    return FALSE;
  for (guint i = 0; i < networks->len; i++)
    {
      const HdNetwork *network = g_ptr_array_index (networks, i);
      const char *const cidrs[] = { network->v4.cidr, network->v6.cidr };
      HdCidr cidr;
      for (guint k = 0; k < G_N_ELEMENTS (cidrs); k++)
        if (cidrs[k] != NULL && !g_str_equal (network->id, id) && hd_cidr_parse (cidrs[k], &cidr))
          {
            g_array_append_val (used, cidr);
            g_ptr_array_add (names, g_strdup_printf ("network \"%s\"", network->name));
          }
    }
  return hd_link_routes (used, error);
}

static gboolean
check_free (const HdNetwork *network, const HdCidr *cidr, const GArray *used,
            const GPtrArray *names, GError **error)
{
  for (guint i = 0; i < used->len; i++)
    {
      const HdCidr *other = &g_array_index (used, HdCidr, i);
      g_autofree char *text = hd_cidr_to_text (other);
      if (hd_cidr_overlaps (cidr, other))
        return hd_throw (error, HD_BUSY, "choose another --subnet, or none",
                         "the subnet of network \"%s\" overlaps with %s of %s", network->name, text,
                         i < names->len ? (char *)g_ptr_array_index (names, i)
                                        : "a route of the host");
    }
  return TRUE;
}

static gboolean
refuse (const char *what, const char *text, const char *cidr, GError **error)
{
  return hd_throw (error, HD_USAGE, NULL, "the %s %s is not in the subnet %s", what, text, cidr);
}

/* Gateway (the first address unless given) and range of a subnet. */
static gboolean
finish_subnet (HdSubnet *subnet, const HdCidr *cidr, GError **error)
{
  HdCidr address;
  g_free (subnet->cidr);
  subnet->cidr = hd_cidr_to_text (cidr);
  if (subnet->gateway == NULL && hd_cidr_nth (cidr, 1, &address))
    subnet->gateway = hd_address_to_text (&address);
  if (subnet->gateway == NULL || !hd_address_parse (subnet->gateway, &address)
      || !hd_cidr_contains (cidr, &address))
    return refuse ("gateway", subnet->gateway != NULL ? subnet->gateway : "?", subnet->cidr, error);
  g_free (subnet->gateway);
  subnet->gateway = hd_address_to_text (&address);
  if (subnet->range != NULL
      && (!hd_cidr_parse (subnet->range, &address) || !hd_cidr_contains (cidr, &address)))
    return refuse ("range of addresses", subnet->range, subnet->cidr, error);
  return TRUE;
}

static gboolean
parse_subnet (const HdSubnet *subnet, int family, guint longest, HdCidr *ret, GError **error)
{
  if (!hd_cidr_parse (subnet->cidr, ret) || ret->family != family)
    return hd_throw (error, HD_USAGE, "write ADDRESS/BITS as 10.1.0.0/24",
                     "\"%s\" is no IPv%d subnet", subnet->cidr, family == AF_INET ? 4 : 6);
  if (ret->prefix > longest || ret->prefix < 8)
    return hd_throw (error, HD_USAGE, NULL, "subnet %s: a network has 8 to %u bits", subnet->cidr,
                     longest);
  hd_cidr_mask (ret);
  return TRUE;
}

static gboolean
choose4 (HdNetwork *network, const GArray *used, const GPtrArray *names, GError **error)
{
  HdCidr cidr;
  if (network->v4.cidr == NULL)
    {
      if (!hd_subnet_pick4 (used, &cidr))
        return hd_throw (error, HD_BUSY, "give one by --subnet",
                         "no subnet is free for network \"%s\"", network->name);
    }
  else if (!parse_subnet (&network->v4, AF_INET, 30, &cidr, error)
           || !check_free (network, &cidr, used, names, error))
    return FALSE;
  return finish_subnet (&network->v4, &cidr, error);
}

static gboolean
choose6 (HdNetwork *network, const GArray *used, const GPtrArray *names, GError **error)
{
  HdCidr cidr;
  if (!network->ipv6)
    return TRUE;
  if (network->v6.cidr == NULL)
    hd_subnet_pick6 (used, &cidr);
  else if (!parse_subnet (&network->v6, AF_INET6, 126, &cidr, error)
           || !check_free (network, &cidr, used, names, error))
    return FALSE;
  return finish_subnet (&network->v6, &cidr, error);
}

gboolean
hd_network_choose_subnets (HdStore *store, HdNetwork *network, GError **error)
{
  g_autoptr (GArray) used = g_array_new (FALSE, FALSE, sizeof (HdCidr));
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  return read_used (store, network->id, used, names, error) && choose4 (network, used, names, error)
         && choose6 (network, used, names, error);
}
