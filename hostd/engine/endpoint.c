/* What a container wants and has in networks: rows of endpoints, with their addresses. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/cidr.h"
#include "engine/endpoint.h"
#include "engine/holder.h"
#include "engine/network-internal.h"
#include "engine/port.h"
#include "engine/schema.h"
#include "engine/strv.h"
#include "engine/subnet.h"

/* ip4 and ip6 are held: each is in a network once. They are NULL while the container does not run.
 */
const char hd_endpoint_schema[]
    = "CREATE TABLE endpoint ("
      " container TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,"
      " network TEXT NOT NULL REFERENCES network (id),"
      " position INTEGER NOT NULL, want4 TEXT, want6 TEXT, mac TEXT, aliases TEXT NOT NULL,"
      " ip4 TEXT, ip6 TEXT, PRIMARY KEY (container, network)) WITHOUT ROWID;"
      "CREATE UNIQUE INDEX endpoint_ip4 ON endpoint (network, ip4) WHERE ip4 IS NOT NULL;"
      "CREATE UNIQUE INDEX endpoint_ip6 ON endpoint (network, ip6) WHERE ip6 IS NOT NULL;";

void
hd_network_endpoint_free (HdNetworkEndpoint *endpoint)
{
  if (endpoint == NULL)
    return;
  g_free (endpoint->container);
  g_free (endpoint->network);
  g_free (endpoint->network_name);
  g_free (endpoint->bridge);
  g_free (endpoint->interface);
  g_free (endpoint->host_link);
  g_free (endpoint->mac);
  g_free (endpoint->ip4);
  g_free (endpoint->ip6);
  g_free (endpoint->gateway4);
  g_free (endpoint->gateway6);
  g_strfreev (endpoint->aliases);
  g_free (endpoint);
}

/* ---- Wanting ---- */

/* A wanted address must be one that the network can give. */
static gboolean
check_wanted (const HdNetwork *network, const HdSubnet *subnet, const char *wanted, GError **error)
{
  HdCidr cidr, address;
  guint64 first, last;
  if (wanted == NULL)
    return TRUE;
  if (subnet->cidr == NULL || !hd_cidr_parse (subnet->cidr, &cidr)
      || !hd_address_parse (wanted, &address) || !hd_cidr_contains (&cidr, &address))
    return hd_throw (error, HD_USAGE, NULL, "address %s is not in network \"%s\" (%s)", wanted,
                     network->name, subnet->cidr != NULL ? subnet->cidr : "which has none such");
  guint64 index = hd_cidr_index (&cidr, &address);
  hd_cidr_hosts (&cidr, &first, &last);
  if (g_strcmp0 (subnet->gateway, wanted) == 0 || index < first
      || (address.family == AF_INET && index > last))
    return hd_throw (
        error, HD_USAGE, NULL, "address %s of network \"%s\" is kept for %s", wanted, network->name,
        g_strcmp0 (subnet->gateway, wanted) == 0 ? "its gateway" : "the subnet itself");
  return TRUE;
}

gboolean
hd_endpoint_want (HdStore *store, const char *container, const HdNetworkRequest *request,
                  GError **error)
{
  g_autoptr (HdNetwork) network = hd_network_find (store, request->name, error);
  g_autofree char *aliases = hd_strv_to_json ((const char *const *)request->aliases);
  if (network == NULL || !hd_network_prepare (store, network, error)
      || !check_wanted (network, &network->v4, request->ip4, error)
      || !check_wanted (network, &network->v6, request->ip6, error))
    return FALSE;
  if (network->bridge == NULL)
    return hd_throw (error, HD_USAGE, NULL, "network \"%s\" goes with no other", network->name);
  /* The lowest position that is free is the number of the interface. */
  return hd_store_run (
      store, error,
      "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 255)"
      " INSERT INTO endpoint (container, network, position, want4, want6, mac, aliases)"
      " SELECT ?1, ?2, i, ?3, ?4, ?5, ?6 FROM n WHERE i NOT IN"
      "  (SELECT position FROM endpoint WHERE container = ?1) LIMIT 1",
      "ssssss", container, network->id, request->ip4, request->ip6, request->mac, aliases);
}

gboolean
hd_network_want (HdStore *store, const char *container, const GPtrArray *requests,
                 const GArray *ports, GError **error)
{
  for (guint i = 0; i < requests->len; i++)
    {
      const HdNetworkRequest *request = g_ptr_array_index (requests, i);
      if (request->mode == HD_NETWORK_BRIDGE
          && !hd_endpoint_want (store, container, request, error))
        return FALSE;
    }
  return hd_port_want (store, container, ports, error);
}

/* ---- Having ---- */

/* The last four bytes of the address behind 02:42, so that an address always has the same hardware
 * address, and nobody's cache is wrong when another container gets it. */
static char *
mac_of (const char *ip4, const char *ip6)
{
  HdCidr address;
  if (ip4 == NULL && ip6 == NULL)
    return NULL;
  g_assert (hd_address_parse (ip4 != NULL ? ip4 : ip6, &address));
  const guint8 *last = address.bytes + hd_cidr_n_bytes (&address) - 4;
  return g_strdup_printf ("02:42:%02x:%02x:%02x:%02x", last[0], last[1], last[2], last[3]);
}

static guint
prefix_of (const char *cidr)
{
  HdCidr parsed;
  return cidr != NULL && hd_cidr_parse (cidr, &parsed) ? parsed.prefix : 0;
}

static HdNetworkEndpoint *
endpoint_of_row (HdRows *rows)
{
  HdNetworkEndpoint *endpoint = g_new0 (HdNetworkEndpoint, 1);
  endpoint->container = g_strdup (hd_rows_text (rows, 0));
  endpoint->network = g_strdup (hd_rows_text (rows, 1));
  endpoint->network_name = g_strdup (hd_rows_text (rows, 2));
  endpoint->bridge = g_strdup (hd_rows_text (rows, 3));
  guint position = (guint)hd_rows_int (rows, 4);
  endpoint->interface = g_strdup_printf ("eth%u", position);
  endpoint->host_link
      = g_strdup_printf (HD_LINK_PREFIX "%.10s%02x", endpoint->container, position & 0xff);
  endpoint->ip4 = g_strdup (hd_rows_text (rows, 6));
  endpoint->ip6 = g_strdup (hd_rows_text (rows, 7));
  endpoint->mac = hd_rows_text (rows, 5) != NULL ? g_strdup (hd_rows_text (rows, 5))
                                                 : mac_of (endpoint->ip4, endpoint->ip6);
  endpoint->prefix4 = prefix_of (hd_rows_text (rows, 8));
  endpoint->prefix6 = prefix_of (hd_rows_text (rows, 9));
  endpoint->gateway4 = g_strdup (hd_rows_text (rows, 10));
  endpoint->gateway6 = g_strdup (hd_rows_text (rows, 11));
  endpoint->aliases = hd_strv_from_json (hd_rows_text (rows, 12));
  endpoint->internal = hd_rows_int (rows, 13) != 0;
  return endpoint;
}

GPtrArray *
hd_network_endpoints (HdStore *store, const char *container, const char *network, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT container, network, name, bridge, position, mac, ip4, ip6, cidr4, cidr6, gateway4,"
      " gateway6, aliases, internal FROM endpoint JOIN network ON network.id = endpoint.network"
      " WHERE (?1 IS NULL OR container = ?1) AND (?2 IS NULL OR network = ?2)"
      " ORDER BY container, position",
      "ss", container, network);
  g_autoptr (GPtrArray) list
      = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_network_endpoint_free);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    g_ptr_array_add (list, endpoint_of_row (rows));
  if (local == NULL)
    return g_steal_pointer (&list);
  g_propagate_error (error, local);
  return NULL;
}

/* Addresses of a network that are held or wanted by others, and the gateway. */
static GArray *
read_taken (HdStore *store, const char *container, const char *network, const char *gateway,
            GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT ip4 FROM endpoint WHERE network = ?2 AND ip4 IS NOT NULL"
      " UNION ALL SELECT ip6 FROM endpoint WHERE network = ?2 AND ip6 IS NOT NULL"
      " UNION ALL SELECT want4 FROM endpoint WHERE network = ?2 AND want4 IS NOT NULL"
      "  AND container <> ?1"
      " UNION ALL SELECT want6 FROM endpoint WHERE network = ?2 AND want6 IS NOT NULL"
      "  AND container <> ?1",
      "ss", container, network);
  g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (HdCidr));
  HdCidr address;
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    if (hd_address_parse (hd_rows_text (rows, 0), &address))
      g_array_append_val (taken, address);
  if (hd_address_parse (gateway, &address))
    g_array_append_val (taken, address);
  if (local == NULL)
    return g_steal_pointer (&taken);
  g_propagate_error (error, local);
  return NULL;
}

/* The next address of a subnet that is free; NULL in *ret when there is no such subnet. */
static gboolean
choose_address (HdStore *store, const char *container, const HdNetwork *network,
                const HdSubnet *subnet, char **ret, GError **error)
{
  HdCidr cidr, range, address;
  *ret = NULL;
  if (subnet->cidr == NULL)
    return TRUE;
  g_autoptr (GArray) taken = read_taken (store, container, network->id, subnet->gateway, error);
  if (taken == NULL)
    return FALSE;
  if (!hd_cidr_parse (subnet->cidr, &cidr)
      || !hd_cidr_parse (subnet->range != NULL ? subnet->range : subnet->cidr, &range)
      || !hd_subnet_next (&cidr, &range, taken, &address))
    return hd_throw (error, HD_BUSY, "remove containers, or make a network with a larger subnet",
                     "network \"%s\" (%s) has no free address", network->name, subnet->cidr);
  *ret = hd_address_to_text (&address);
  return TRUE;
}

/* Who holds an address of a network; "" is nobody. */
static char *
address_holder (HdStore *store, const char *network, const char *address, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT container.name FROM endpoint JOIN container ON container.id = endpoint.container"
      " WHERE network = ?1 AND (ip4 = ?2 OR ip6 = ?2)",
      "ss", network, address);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  if (hd_rows_next (rows, &local))
    return g_strdup (hd_rows_text (rows, 0));
  if (local == NULL)
    return g_strdup ("");
  g_propagate_error (error, local);
  return NULL;
}

static gboolean
take_address (HdStore *store, const char *container, const HdNetwork *network,
              const HdSubnet *subnet, const char *wanted, char **ret, GError **error)
{
  if (wanted == NULL)
    return choose_address (store, container, network, subnet, ret, error);
  g_autofree char *holder = address_holder (store, network->id, wanted, error);
  if (holder == NULL)
    return FALSE;
  if (*holder != '\0')
    return hd_throw (error, HD_BUSY, "stop that container, or give another --ip",
                     "address %s of network \"%s\" is taken by container %s", wanted, network->name,
                     holder);
  *ret = g_strdup (wanted);
  return TRUE;
}

typedef struct
{
  char *network, *want4, *want6;
} Wanted;

static void
wanted_clear (gpointer pointer)
{
  Wanted *wanted = pointer;
  g_free (wanted->network);
  g_free (wanted->want4);
  g_free (wanted->want6);
}

/* The endpoints of a container that have no address yet. */
static GArray *
read_wanted (HdStore *store, const char *container, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT network, want4, want6 FROM endpoint WHERE container = ?1 AND ip4 IS NULL"
      " AND ip6 IS NULL ORDER BY position",
      "s", container);
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (Wanted));
  GError *local = NULL;
  g_array_set_clear_func (list, wanted_clear);
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    {
      Wanted wanted = { g_strdup (hd_rows_text (rows, 0)), g_strdup (hd_rows_text (rows, 1)),
                        g_strdup (hd_rows_text (rows, 2)) };
      g_array_append_val (list, wanted);
    }
  if (local == NULL)
    return g_steal_pointer (&list);
  g_propagate_error (error, local);
  return NULL;
}

static gboolean
reserve_endpoint (HdStore *store, const char *container, const Wanted *wanted, GError **error)
{
  g_autoptr (HdNetwork) network = hd_network_find (store, wanted->network, error);
  g_autofree char *ip4 = NULL, *ip6 = NULL;
  return network != NULL
         && take_address (store, container, network, &network->v4, wanted->want4, &ip4, error)
         && take_address (store, container, network, &network->v6, wanted->want6, &ip6, error)
         && hd_store_run (
             store, error,
             "UPDATE endpoint SET ip4 = ?3, ip6 = ?4 WHERE container = ?1 AND network = ?2", "ssss",
             container, wanted->network, ip4, ip6);
}

gboolean
hd_endpoint_reserve (HdStore *store, const char *container, GError **error)
{
  g_autoptr (GArray) list = read_wanted (store, container, error);
  for (guint i = 0; list != NULL && i < list->len; i++)
    if (!reserve_endpoint (store, container, &g_array_index (list, Wanted, i), error))
      return FALSE;
  return list != NULL;
}

static gboolean
reserve_once (HdStore *store, const char *container, GArray *held, GError **error)
{
  return hd_endpoint_reserve (store, container, error)
         && hd_port_reserve (store, container, held, error);
}

static void
drop_held (GArray *held, guint kept)
{
  for (guint i = kept; held != NULL && i < held->len; i++)
    close (g_array_index (held, int, i));
  if (held != NULL)
    g_array_set_size (held, kept);
}

gboolean
hd_network_reserve (HdStore *store, const char *container, GArray *held, GError **error)
{
  GError *local = NULL;
  guint kept = held != NULL ? held->len : 0, released = 0;
  if (reserve_once (store, container, held, &local))
    return TRUE;
  /* Taken: by one that is gone? */
  drop_held (held, kept);
  if (hd_error_code (local) == HD_BUSY && hd_holder_release_dead (store, container, &released, NULL)
      && released > 0)
    {
      g_clear_error (&local);
      return reserve_once (store, container, held, error);
    }
  g_propagate_error (error, local);
  return FALSE;
}

gboolean
hd_network_release (HdStore *store, const char *container, GError **error)
{
  return hd_store_run (store, error,
                       "UPDATE endpoint SET ip4 = NULL, ip6 = NULL WHERE container = ?1"
                       " AND (ip4 IS NOT NULL OR ip6 IS NOT NULL)",
                       "s", container)
         && hd_port_release (store, container, error);
}
