/* A network as `network inspect` prints it: docker's members. */
#include "cli/network-json.h"

#include <string.h>

#include "base/output.h"
#include "engine/container.h"

hd_json *
hd_labels_to_json (char **labels)
{
  hd_json *object = hd_json_new_object ();
  for (char **label = labels; label != NULL && *label != NULL; label++)
    {
      g_autofree char *key = g_strndup (*label, strcspn (*label, "="));
      const char *equals = strchr (*label, '=');
      hd_json_set_string (object, key, equals != NULL ? equals + 1 : "");
    }
  return object;
}

void
hd_json_set_time (hd_json *object, const char *key, gint64 seconds)
{
  g_autofree char *text = hd_format_time (seconds);
  hd_json_set_string (object, key, text);
}

static void
append_subnet (hd_json *list, const HdSubnet *subnet)
{
  if (subnet->cidr == NULL)
    return;
  hd_json *object = hd_json_new_object ();
  hd_json_set_string (object, "Subnet", subnet->cidr);
  hd_json_set_string (object, "IPRange", subnet->range);
  hd_json_set_string (object, "Gateway", subnet->gateway);
  hd_json_append (list, object);
}

static hd_json *
ipam_of (const HdNetwork *network)
{
  hd_json *ipam = hd_json_new_object (), *config = hd_json_new_array ();
  append_subnet (config, &network->v4);
  append_subnet (config, &network->v6);
  hd_json_set_string (ipam, "Driver", "default");
  hd_json_set (ipam, "Options", hd_json_new_object ());
  hd_json_set (ipam, "Config", config);
  return ipam;
}

static char *
with_prefix (const char *address, guint prefix)
{
  return address != NULL ? g_strdup_printf ("%s/%u", address, prefix) : g_strdup ("");
}

static hd_json *
container_of (HdStore *store, const HdNetworkEndpoint *endpoint)
{
  hd_json *object = hd_json_new_object ();
  g_autoptr (HdContainer) container = hd_container_find (store, endpoint->container, NULL);
  g_autofree char *ip4 = with_prefix (endpoint->ip4, endpoint->prefix4);
  g_autofree char *ip6 = with_prefix (endpoint->ip6, endpoint->prefix6);
  hd_json_set_string (object, "Name", container != NULL ? container->name : "");
  hd_json_set_string (object, "EndpointID", "");
  hd_json_set_string (object, "MacAddress", endpoint->mac);
  hd_json_set_string (object, "IPv4Address", ip4);
  hd_json_set_string (object, "IPv6Address", ip6);
  return object;
}

hd_json *
hd_network_to_json (HdStore *store, const HdNetwork *network, GError **error)
{
  g_autoptr (GPtrArray) endpoints = hd_network_endpoints (store, NULL, network->id, error);
  if (endpoints == NULL)
    return NULL;
  hd_json *object = hd_json_new_object (), *containers = hd_json_new_object ();
  for (guint i = 0; i < endpoints->len; i++)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (endpoints, i);
      if (endpoint->ip4 != NULL || endpoint->ip6 != NULL)
        hd_json_set (containers, endpoint->container, container_of (store, endpoint));
    }
  hd_json_set_string (object, "Name", network->name);
  hd_json_set_string (object, "Id", network->id);
  hd_json_set_time (object, "Created", network->created);
  hd_json_set_string (object, "Scope", "local");
  hd_json_set_string (object, "Driver", network->driver);
  hd_json_set_bool (object, "EnableIPv4", network->v4.cidr != NULL);
  hd_json_set_bool (object, "EnableIPv6", network->ipv6);
  hd_json_set (object, "IPAM", ipam_of (network));
  hd_json_set_bool (object, "Internal", network->internal);
  hd_json_set_bool (object, "Attachable", false);
  hd_json_set_bool (object, "Ingress", false);
  hd_json_set (object, "Containers", containers);
  hd_json_set (object, "Options", hd_labels_to_json (network->options));
  hd_json_set (object, "Labels", hd_labels_to_json (network->labels));
  hd_json_set_string (object, "Interface", network->bridge);
  return object;
}
