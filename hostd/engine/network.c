/* Rows of networks. Addresses are in endpoint.c, the kernel in attach.c. */
#include "engine/network.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/error.h"
#include "common/parse.h"
#include "engine/network-internal.h"
#include "engine/schema.h"
#include "engine/strv.h"

#define BRIDGE_NAME_OPTION "com.docker.network.bridge.name"
#define MAX_NAME 128
#define MAX_INTERFACE 15

/* The three that are always there. The subnet of "bridge" is chosen when it is first needed. */
const char hd_network_schema[]
    = "CREATE TABLE network ("
      " id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, driver TEXT NOT NULL, bridge TEXT UNIQUE,"
      " created INTEGER NOT NULL, internal INTEGER NOT NULL, ipv6 INTEGER NOT NULL,"
      " cidr4 TEXT, gateway4 TEXT, range4 TEXT, cidr6 TEXT, gateway6 TEXT, range6 TEXT,"
      " labels TEXT NOT NULL, options TEXT NOT NULL) WITHOUT ROWID;"
      "INSERT INTO network (id, name, driver, bridge, created, internal, ipv6, labels, options)"
      " VALUES (lower (hex (randomblob (32))), 'bridge', 'bridge', 'atomic0',"
      "  strftime ('%s'), 0, 0, '[]', '[]'),"
      " (lower (hex (randomblob (32))), 'host', 'host', NULL, strftime ('%s'), 0, 0, '[]', '[]'),"
      " (lower (hex (randomblob (32))), 'none', 'null', NULL, strftime ('%s'), 0, 0, '[]', '[]');";

#define COLUMNS                                                                                    \
  "id, name, driver, bridge, created, internal, ipv6, cidr4, gateway4, range4,"                    \
  " cidr6, gateway6, range6, labels, options"

static void
subnet_clear (HdSubnet *subnet)
{
  g_free (subnet->cidr);
  g_free (subnet->gateway);
  g_free (subnet->range);
}

void
hd_network_free (HdNetwork *network)
{
  if (network == NULL)
    return;
  g_free (network->id);
  g_free (network->name);
  g_free (network->driver);
  g_free (network->bridge);
  subnet_clear (&network->v4);
  subnet_clear (&network->v6);
  g_strfreev (network->labels);
  g_strfreev (network->options);
  g_free (network);
}

static HdNetwork *
network_of_row (HdRows *rows)
{
  HdNetwork *network = g_new0 (HdNetwork, 1);
  network->id = g_strdup (hd_rows_text (rows, 0));
  network->name = g_strdup (hd_rows_text (rows, 1));
  network->driver = g_strdup (hd_rows_text (rows, 2));
  network->bridge = g_strdup (hd_rows_text (rows, 3));
  network->created = hd_rows_int (rows, 4);
  network->internal = hd_rows_int (rows, 5) != 0;
  network->ipv6 = hd_rows_int (rows, 6) != 0;
  network->v4.cidr = g_strdup (hd_rows_text (rows, 7));
  network->v4.gateway = g_strdup (hd_rows_text (rows, 8));
  network->v4.range = g_strdup (hd_rows_text (rows, 9));
  network->v6.cidr = g_strdup (hd_rows_text (rows, 10));
  network->v6.gateway = g_strdup (hd_rows_text (rows, 11));
  network->v6.range = g_strdup (hd_rows_text (rows, 12));
  network->labels = hd_strv_from_json (hd_rows_text (rows, 13));
  network->options = hd_strv_from_json (hd_rows_text (rows, 14));
  return network;
}

static GPtrArray *
collect (HdRows *rows, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_network_free);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    g_ptr_array_add (list, network_of_row (rows));
  if (local == NULL)
    return g_steal_pointer (&list);
  g_propagate_error (error, local);
  return NULL;
}

GPtrArray *
hd_network_list (HdStore *store, GError **error)
{
  g_autoptr (HdRows) rows
      = hd_store_query (store, error, "SELECT " COLUMNS " FROM network ORDER BY name", "");
  return collect (rows, error);
}

const char *
hd_network_option (const HdNetwork *network, const char *key)
{
  return hd_strv_value ((const char *const *)network->options, key);
}

static gboolean
throw_no_network (HdStore *store, const char *name, GError **error)
{
  g_autoptr (GPtrArray) all = hd_network_list (store, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; all != NULL && i < all->len; i++)
    g_ptr_array_add (names, ((HdNetwork *)g_ptr_array_index (all, i))->name);
  g_ptr_array_add (names, NULL);
  const char *nearest = hd_nearest_word (name, (const char *const *)names->pdata);
  g_autofree char *hint
      = nearest != NULL ? g_strdup_printf ("did you mean \"%s\"?", nearest)
                        : g_strdup ("\"network ls\" lists them, \"network create\" makes one");
  return hd_throw (error, HD_NOT_FOUND, hint, "there is no network \"%s\"", name);
}

HdNetwork *
hd_network_find (HdStore *store, const char *name, GError **error)
{
  /* A name counts before the beginning of an id. */
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT " COLUMNS " FROM network WHERE name = ?1 OR (length (?1) > 0"
      " AND substr (id, 1, length (?1)) = ?1) ORDER BY name <> ?1, id <> ?1 LIMIT 2",
      "s", name);
  g_autoptr (GPtrArray) found = collect (rows, error);
  if (found == NULL)
    return NULL;
  if (found->len == 0)
    {
      throw_no_network (store, name, error);
      return NULL;
    }
  HdNetwork *first = g_ptr_array_index (found, 0);
  if (found->len == 2 && !g_str_equal (first->name, name) && !g_str_equal (first->id, name))
    {
      hd_throw (error, HD_USAGE, "give more of it", "several networks begin with \"%s\"", name);
      return NULL;
    }
  return g_ptr_array_steal_index (found, 0);
}

static gboolean
check_name (const char *name, GError **error)
{
  gboolean good = g_ascii_isalnum (*name) && strlen (name) <= MAX_NAME;
  for (const char *c = name; good && *c != '\0'; c++)
    good = g_ascii_isalnum (*c) || strchr ("_.-", *c) != NULL;
  if (!good)
    return hd_throw (error, HD_USAGE, NULL,
                     "\"%s\" is no name for a network: letters, digits, _ . and - are", name);
  if (g_str_equal (name, "container") || g_str_equal (name, "default"))
    return hd_throw (error, HD_USAGE, NULL, "the name \"%s\" has a meaning of its own", name);
  return TRUE;
}

/* The interface of a new network: as an option says, or of the id. */
static char *
choose_bridge (const HdNetwork *wanted, const char *id, GError **error)
{
  const char *name = hd_network_option (wanted, BRIDGE_NAME_OPTION);
  if (name == NULL)
    return g_strdup_printf (HD_BRIDGE_PREFIX "%.12s", id);
  gboolean good = *name != '\0' && strlen (name) <= MAX_INTERFACE && !g_str_equal (name, ".")
                  && !g_str_equal (name, "..");
  for (const char *c = name; good && *c != '\0'; c++)
    good = g_ascii_isgraph (*c) && strchr ("/:%", *c) == NULL;
  if (good)
    return g_strdup (name);
  hd_throw (error, HD_USAGE, NULL, "\"%s\" is no name for an interface", name);
  return NULL;
}

static gboolean
insert (HdStore *store, const HdNetwork *network, GError **error)
{
  g_autofree char *labels = hd_strv_to_json ((const char *const *)network->labels);
  g_autofree char *options = hd_strv_to_json ((const char *const *)network->options);
  return hd_store_run (store, error,
                       "INSERT INTO network (" COLUMNS ") VALUES"
                       " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                       "ssssiiissssssss", network->id, network->name, network->driver,
                       network->bridge, network->created, (gint64)network->internal,
                       (gint64)network->ipv6, network->v4.cidr, network->v4.gateway,
                       network->v4.range, network->v6.cidr, network->v6.gateway, network->v6.range,
                       labels, options);
}

/* Refuse a name or an interface that another network has. */
static gboolean
check_taken (HdStore *store, const char *name, const char *bridge, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error, "SELECT name, bridge FROM network WHERE name = ?1 OR bridge = ?2", "ss", name,
      bridge);
  GError *local = NULL;
  if (rows == NULL)
    return FALSE;
  if (hd_rows_next (rows, &local))
    return g_str_equal (hd_rows_text (rows, 0), name)
               ? hd_throw (error, HD_BUSY, NULL, "there is a network \"%s\" already", name)
               : hd_throw (error, HD_BUSY, NULL, "interface %s belongs to network \"%s\"", bridge,
                           hd_rows_text (rows, 0));
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

static gboolean
create_row (HdStore *store, HdNetwork *network, GError **error)
{
  g_autoptr (HdNetwork) first = hd_network_find (store, "bridge", error);
  if (first == NULL || !hd_store_begin (store, error))
    return FALSE;
  /* "bridge" has the first subnet, whenever it is used. */
  if (hd_network_prepare (store, first, error)
      && check_taken (store, network->name, network->bridge, error)
      && hd_network_choose_subnets (store, network, error) && insert (store, network, error))
    return hd_store_commit (store, error);
  hd_store_rollback (store);
  return FALSE;
}

HdNetwork *
hd_network_create (HdStore *store, const HdNetwork *wanted, GError **error)
{
  g_autoptr (HdNetwork) network = g_new0 (HdNetwork, 1);
  if (!check_name (wanted->name, error))
    return NULL;
  network->id = hd_network_new_id ();
  network->name = g_strdup (wanted->name);
  network->driver = g_strdup ("bridge");
  network->created = time (NULL);
  network->internal = wanted->internal;
  network->ipv6 = wanted->ipv6 || wanted->v6.cidr != NULL;
  network->labels = g_strdupv (wanted->labels);
  network->options = g_strdupv (wanted->options);
  network->bridge = choose_bridge (wanted, network->id, error);
  network->v4 = (HdSubnet){ g_strdup (wanted->v4.cidr), g_strdup (wanted->v4.gateway),
                            g_strdup (wanted->v4.range) };
  network->v6 = (HdSubnet){ g_strdup (wanted->v6.cidr), g_strdup (wanted->v6.gateway),
                            g_strdup (wanted->v6.range) };
  if (network->bridge == NULL || !create_row (store, network, error))
    return NULL;
  return g_steal_pointer (&network);
}

gboolean
hd_network_prepare (HdStore *store, HdNetwork *network, GError **error)
{
  if (network->bridge == NULL || network->v4.cidr != NULL || network->v6.cidr != NULL)
    return TRUE;
  return hd_network_choose_subnets (store, network, error)
         && hd_store_run (store, error,
                          "UPDATE network SET cidr4 = ?2, gateway4 = ?3 WHERE id = ?1", "sss",
                          network->id, network->v4.cidr, network->v4.gateway);
}

/* "a, b": who has an endpoint in it; "" is nobody. */
static char *
users_of (HdStore *store, const char *id, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT name FROM container WHERE id IN (SELECT container FROM endpoint WHERE network = ?1)"
      " ORDER BY name",
      "s", id);
  g_autoptr (GString) names = g_string_new (NULL);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", hd_rows_text (rows, 0));
  if (local == NULL)
    return g_string_free (g_steal_pointer (&names), FALSE);
  g_propagate_error (error, local);
  return NULL;
}

static gboolean
remove_row (HdStore *store, const HdNetwork *network, GError **error)
{
  g_autofree char *users = users_of (store, network->id, error);
  if (users == NULL)
    return FALSE;
  if (*users != '\0')
    return hd_throw (error, HD_BUSY, "disconnect or remove them first",
                     "network \"%s\" is used by %s", network->name, users);
  return hd_store_run (store, error, "DELETE FROM network WHERE id = ?1", "s", network->id);
}

gboolean
hd_network_remove (HdStore *store, const HdNetwork *network, GError **error)
{
  if (hd_network_is_first (network))
    return hd_throw (error, HD_USAGE, NULL, "network \"%s\" is always there", network->name);
  if (!hd_store_begin (store, error))
    return FALSE;
  if (remove_row (store, network, error))
    return hd_store_commit (store, error);
  hd_store_rollback (store);
  return FALSE;
}

gboolean
hd_network_is_first (const HdNetwork *network)
{
  return g_str_equal (network->name, "bridge") || g_str_equal (network->name, "host")
         || g_str_equal (network->name, "none");
}
