/* What is left behind, and what was taken away: rules, interfaces, reservations. */
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/attach-internal.h"
#include "engine/forwarding.h"
#include "engine/holder.h"
#include "engine/link.h"
#include "engine/network-internal.h"

/* ---- Rules ---- */

/* What all containers publish: forwards whose texts belong to `endpoints`. */
static GArray *
collect_forwards (HdStore *store, const GPtrArray *endpoints, GError **error)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (HdForward));
  const char *last = "";
  for (guint i = 0; i < endpoints->len; i++)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (endpoints, i);
      if (g_str_equal (endpoint->container, last))
        continue;
      last = endpoint->container;
      g_autoptr (GArray) forwards = hd_network_forwards (store, last, endpoints, error);
      if (forwards == NULL)
        return NULL;
      g_array_append_vals (all, forwards->data, forwards->len);
    }
  return g_steal_pointer (&all);
}

gboolean
hd_network_rewrite (HdStore *store, HdNetlink *host, HdNetlink *rules, GError **error)
{
  g_autoptr (GPtrArray) networks = hd_network_list (store, error);
  if (networks == NULL)
    return FALSE;
  g_autoptr (GPtrArray) endpoints = hd_network_endpoints (store, NULL, NULL, error);
  if (endpoints == NULL)
    return FALSE;
  g_autoptr (GArray) forwards = collect_forwards (store, endpoints, error);
  return forwards != NULL
         && hd_rules_replace (rules, networks, forwards, hd_link_index (host, HD_DETOUR_OUT),
                              hd_forwarding_is_ours (store), error);
}

/* Sockets and lock of a call that concerns all. */
typedef struct
{
  int lock;
  HdNetlink *host;
  HdNetlink *rules;
} Kernel;

static void
kernel_clear (Kernel *kernel)
{
  hd_netlink_free (kernel->host);
  hd_netlink_free (kernel->rules);
  hd_closep (&kernel->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Kernel, kernel_clear)

static gboolean
kernel_open (Kernel *kernel, HdStore *store, GError **error)
{
  kernel->lock = hd_network_lock (store, error);
  kernel->host = kernel->lock >= 0 ? hd_netlink_open (NETLINK_ROUTE, 0, error) : NULL;
  kernel->rules = kernel->host != NULL ? hd_rules_open (error) : NULL;
  return kernel->rules != NULL;
}

gboolean
hd_network_restore (HdStore *store, GError **error)
{
  g_auto (Kernel) kernel = { .lock = -1 };
  return kernel_open (&kernel, store, error)
         && hd_network_rewrite (store, kernel.host, kernel.rules, error);
}

gboolean
hd_network_unmake (HdStore *store, const HdNetwork *network, GError **error)
{
  g_auto (Kernel) kernel = { .lock = -1 };
  if (network->bridge == NULL)
    return TRUE;
  return kernel_open (&kernel, store, error) && hd_link_remove (kernel.host, network->bridge, error)
         && hd_network_rewrite (store, kernel.host, kernel.rules, error);
}

/* ---- What is left behind ---- */

static gboolean
release_dead (HdStore *store, guint *removed, GError **error)
{
  g_autoptr (GPtrArray) ids = hd_holder_list (store, error);
  for (guint i = 0; ids != NULL && i < ids->len; i++)
    {
      const char *id = g_ptr_array_index (ids, i);
      if (hd_holder_is_living (store, id))
        continue;
      if (!hd_network_detach (store, id, error) || !hd_network_release (store, id, error))
        return FALSE;
      (*removed)++;
    }
  return ids != NULL;
}

/* "atv" or "atb" and 12 hexadecimal digits. */
static gboolean
is_name_of_ours (const char *name, const char *prefix)
{
  return strlen (name) == 15 && g_str_has_prefix (name, prefix)
         && strspn (name + 3, "0123456789abcdef") == 12;
}

static gboolean
has_row (HdStore *store, const char *name)
{
  g_autoptr (HdRows) rows
      = is_name_of_ours (name, HD_LINK_PREFIX)
            ? hd_store_query (store, NULL,
                              "SELECT 1 FROM endpoint WHERE"
                              " substr (container, 1, 10) || printf ('%02x', position) = ?1"
                              " AND (ip4 IS NOT NULL OR ip6 IS NOT NULL)",
                              "s", name + 3)
            : hd_store_query (store, NULL, "SELECT 1 FROM network WHERE bridge = ?1", "s", name);
  return rows == NULL || hd_rows_next (rows, NULL);
}

GPtrArray *
hd_network_strays (HdStore *store, HdNetlink *host, GError **error)
{
  g_autoptr (GPtrArray) links = hd_link_list (host, error);
  if (links == NULL)
    return NULL;
  for (guint i = links->len; i > 0; i--)
    {
      const char *name = g_ptr_array_index (links, i - 1);
      gboolean ours
          = is_name_of_ours (name, HD_LINK_PREFIX) || is_name_of_ours (name, HD_BRIDGE_PREFIX);
      if (!ours || has_row (store, name))
        g_ptr_array_remove_index (links, i - 1);
    }
  return g_steal_pointer (&links);
}

static gboolean
remove_strays (HdStore *store, guint *removed, GError **error)
{
  g_auto (Kernel) kernel = { .lock = -1 };
  if (!kernel_open (&kernel, store, error))
    return FALSE;
  g_autoptr (GPtrArray) strays = hd_network_strays (store, kernel.host, error);
  for (guint i = 0; strays != NULL && i < strays->len; i++)
    {
      if (!hd_link_remove (kernel.host, g_ptr_array_index (strays, i), error))
        return FALSE;
      (*removed)++;
    }
  return strays != NULL
         && (*removed == 0 || hd_network_rewrite (store, kernel.host, kernel.rules, error));
}

gboolean
hd_network_reap (HdStore *store, guint *ret_removed, GError **error)
{
  guint removed = 0;
  if (!release_dead (store, &removed, error) || !remove_strays (store, &removed, error))
    return FALSE;
  if (ret_removed != NULL)
    *ret_removed = removed;
  return TRUE;
}
