/* network ls and prune. */
#include "cli/network-list.h"

#include <string.h>
#include <time.h>

#include "cli/filter.h"
#include "cli/listing.h"
#include "cli/network-json.h"
#include "engine/attach.h"

#define SHORT_ID 12

static gboolean
is_used (HdStore *store, const HdNetwork *network, gboolean *ret, GError **error)
{
  g_autoptr (GPtrArray) endpoints = hd_network_endpoints (store, NULL, network->id, error);
  if (endpoints == NULL)
    return FALSE;
  *ret = endpoints->len > 0;
  return TRUE;
}

static gboolean
is_builtin (const HdNetwork *network)
{
  return g_str_equal (network->name, "bridge") || g_str_equal (network->name, "host")
         || g_str_equal (network->name, "none");
}

static gboolean
is_listed (HdStore *store, const HdNetwork *network, const char *const *filters, gboolean *ret,
           GError **error)
{
  gboolean used;
  if (!is_used (store, network, &used, error))
    return FALSE;
  *ret = hd_filter_equals (filters, "driver", network->driver)
         && hd_filter_contains (filters, "id", network->id)
         && hd_filter_contains (filters, "name", network->name)
         && hd_filter_equals (filters, "type", is_builtin (network) ? "builtin" : "custom")
         && hd_filter_equals (filters, "scope", "local")
         && hd_filter_labels (filters, network->labels)
         && hd_filter_dangling (filters, used || is_builtin (network));
  return TRUE;
}

static hd_json *
row_of (const HdNetwork *network, gboolean whole)
{
  hd_json *row = hd_json_new_object ();
  g_autofree char *id = g_strndup (network->id, whole ? strlen (network->id) : SHORT_ID);
  g_autofree char *labels = g_strjoinv (",", network->labels);
  hd_json_set_string (row, "ID", id);
  hd_json_set_string (row, "Name", network->name);
  hd_json_set_string (row, "Driver", network->driver);
  hd_json_set_string (row, "Scope", "local");
  hd_json_set_string (row, "IPv6", network->ipv6 ? "true" : "false");
  hd_json_set_string (row, "Internal", network->internal ? "true" : "false");
  hd_json_set_string (row, "Labels", labels);
  hd_json_set_time (row, "CreatedAt", network->created);
  return row;
}

gboolean
hd_network_ls (HdStore *store, const HdInvocation *invocation, GError **error)
{
  static const HdColumn columns[] = {
    { "ID", "NETWORK ID", TRUE },
    { "Name", "NAME", TRUE },
    { "Driver", "DRIVER", TRUE },
    { "Scope", "SCOPE", TRUE },
    { "IPv6", "IPV6", FALSE },
    { "Internal", "INTERNAL", FALSE },
    { "Labels", "LABELS", FALSE },
    { "CreatedAt", "CREATED AT", FALSE },
    { NULL },
  };
  static const char *const known[]
      = { "driver", "id", "name", "type", "scope", "label", "label!", "dangling", NULL };
  const char *format = hd_inv_string (invocation, "format");
  const char *const *filters = hd_inv_strings (invocation, "filter");
  g_autoptr (GPtrArray) rows = hd_listing_new ();
  if (!hd_filter_check (filters, known, error))
    return FALSE;
  g_autoptr (GPtrArray) networks = hd_network_list (store, error);
  if (networks == NULL)
    return FALSE;
  for (guint i = 0; i < networks->len; i++)
    {
      const HdNetwork *network = g_ptr_array_index (networks, i);
      gboolean listed;
      if (!is_listed (store, network, filters, &listed, error))
        return FALSE;
      if (listed)
        g_ptr_array_add (rows, row_of (network, hd_inv_flag (invocation, "no-trunc")));
    }
  if (hd_inv_flag (invocation, "quiet") && format == NULL)
    format = "{{.ID}}";
  return hd_listing_print (rows, columns, format, error);
}

GPtrArray *
hd_network_prune (HdStore *store, const char *const *filters, GError **error)
{
  static const char *const known[] = { "label", "label!", "until", NULL };
  g_autoptr (GPtrArray) removed = g_ptr_array_new_with_free_func (g_free);
  if (!hd_filter_check (filters, known, error))
    return NULL;
  g_autoptr (GPtrArray) networks = hd_network_list (store, error);
  for (guint i = 0; networks != NULL && i < networks->len; i++)
    {
      const HdNetwork *network = g_ptr_array_index (networks, i);
      gboolean used, old;
      if (!is_used (store, network, &used, error)
          || !hd_filter_until (filters, network->created, time (NULL), &old, error))
        return NULL;
      if (used || !old || is_builtin (network) || !hd_filter_labels (filters, network->labels))
        continue;
      if (!hd_network_remove (store, network, error) || !hd_network_unmake (store, network, error))
        return NULL;
      g_ptr_array_add (removed, g_strdup (network->name));
    }
  return networks != NULL ? g_steal_pointer (&removed) : NULL;
}
