/* network create, ls, inspect, rm, connect, disconnect, prune, restore. */
#include "cli/network.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/confirm.h"
#include "cli/engine.h"
#include "cli/listing.h"
#include "cli/network-json.h"
#include "cli/network-list.h"
#include "common/cleanup.h"
#include "engine/attach.h"
#include "engine/container.h"
#include "engine/status.h"

/* ---- create ---- */

/* Sort --subnet, --gateway and --ip-range into the two families. */
static int
set_subnets (const HdInvocation *invocation, HdNetwork *network)
{
  static const struct
  {
    const char *option;
    gsize field;
  } fields[] = {
    { "subnet", G_STRUCT_OFFSET (HdSubnet, cidr) },
    { "gateway", G_STRUCT_OFFSET (HdSubnet, gateway) },
    { "ip-range", G_STRUCT_OFFSET (HdSubnet, range) },
  };
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    for (const char *const *text = hd_inv_strings (invocation, fields[i].option); *text != NULL;
         text++)
      {
        HdSubnet *subnet = strchr (*text, ':') != NULL ? &network->v6 : &network->v4;
        char **field = &G_STRUCT_MEMBER (char *, subnet, fields[i].field);
        if (*field != NULL)
          return hd_inv_usage_error (invocation, "--%s is given twice for one family of addresses",
                                     fields[i].option);
        *field = g_strdup (*text);
      }
  if ((network->v4.cidr == NULL && (network->v4.gateway != NULL || network->v4.range != NULL))
      || (network->v6.cidr == NULL && (network->v6.gateway != NULL || network->v6.range != NULL)))
    return hd_inv_usage_error (invocation,
                               "--gateway and --ip-range need the --subnet they are in");
  return 0;
}

static int
run_create (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdNetwork) wanted = g_new0 (HdNetwork, 1);
  const char *driver = hd_inv_string (invocation, "driver");
  wanted->name = g_strdup (hd_inv_args (invocation)[0]);
  wanted->internal = hd_inv_flag (invocation, "internal");
  wanted->ipv6 = hd_inv_flag (invocation, "ipv6");
  wanted->labels = g_strdupv ((char **)hd_inv_strings (invocation, "label"));
  wanted->options = g_strdupv ((char **)hd_inv_strings (invocation, "opt"));
  if (driver != NULL && !g_str_equal (driver, "bridge"))
    return hd_inv_usage_error (invocation, "there is no network driver \"%s\": bridge is", driver);
  int status = set_subnets (invocation, wanted);
  if (status != 0)
    return status;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (HdNetwork) network = store != NULL ? hd_network_create (store, wanted, &error) : NULL;
  if (network == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  puts (network->id);
  return 0;
}

/* ---- ls, inspect ---- */

static int
run_ls (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store != NULL && hd_network_ls (store, invocation, &error))
    return 0;
  return hd_engine_fail (error, HD_STATUS_FAILED);
}

static gboolean
append_inspected (HdStore *store, const char *name, GPtrArray *values, GError **error)
{
  g_autoptr (HdNetwork) network = hd_network_find (store, name, error);
  hd_json *value = network != NULL ? hd_network_to_json (store, network, error) : NULL;
  if (value == NULL)
    return FALSE;
  g_ptr_array_add (values, value);
  return TRUE;
}

static int
run_inspect (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (GPtrArray) values = hd_listing_new ();
  int status = 0;
  if (store == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  for (const char *const *name = hd_inv_args (invocation); *name != NULL; name++)
    {
      g_autoptr (GError) local = NULL;
      if (!append_inspected (store, *name, values, &local))
        status = hd_engine_fail (local, HD_STATUS_FAILED);
    }
  if (!hd_listing_inspect (values, hd_inv_string (invocation, "format"), &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return status;
}

/* ---- connect, disconnect ---- */

/* The namespace of a container that runs, or -1; *ret_good is FALSE on an error. */
static int
open_netns (HdStore *store, const HdContainer *container, gboolean *ret_good, GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  *ret_good = hd_status_now (store, container->id, &now, error);
  if (!*ret_good || !hd_status_now_is_running (&now))
    return -1;
  g_autofree char *path = g_strdup_printf ("/proc/%d/ns/net", (int)now.state.pid);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    *ret_good = hd_throw_errno (error, errno, "opening the network namespace of container %s",
                                container->name);
  return fd;
}

/* A container in the host's or another's namespace has nothing that could be connected. */
static gboolean
check_mode (const HdContainer *container, GError **error)
{
  const char *mode
      = hd_json_get_string (hd_container_host_config (container), "NetworkMode", "default");
  if (!g_str_equal (mode, "host") && !g_str_has_prefix (mode, "container:"))
    return TRUE;
  return hd_throw (error, HD_USAGE, NULL, "container %s has no network of its own (--network %s)",
                   container->name, mode);
}

static HdNetworkRequest *
request_of (const HdInvocation *invocation)
{
  HdNetworkRequest *request = g_new0 (HdNetworkRequest, 1);
  request->mode = HD_NETWORK_BRIDGE;
  request->name = g_strdup (hd_inv_args (invocation)[0]);
  request->ip4 = g_strdup (hd_inv_string (invocation, "ip"));
  request->ip6 = g_strdup (hd_inv_string (invocation, "ip6"));
  request->aliases = g_strdupv ((char **)hd_inv_strings (invocation, "alias"));
  return request;
}

static gboolean
connect_one (HdStore *store, const HdInvocation *invocation, gboolean connect, GError **error)
{
  const char *const *args = hd_inv_args (invocation);
  g_autoptr (HdNetworkRequest) request = connect ? request_of (invocation) : NULL;
  g_autoptr (HdContainer) container = hd_container_find (store, args[1], error);
  gboolean good;
  if (container == NULL || !check_mode (container, error))
    return FALSE;
  hd_autofd netns = open_netns (store, container, &good, error);
  if (!good)
    return FALSE;
  return connect ? hd_network_connect (store, container->id, request, netns, error)
                 : hd_network_disconnect (store, container->id, args[0], netns, error);
}

static int
run_connect_either (const HdInvocation *invocation, gboolean connect)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store != NULL && connect_one (store, invocation, connect, &error))
    return 0;
  return hd_engine_fail (error, HD_STATUS_FAILED);
}

static int
run_connect (const HdInvocation *invocation)
{
  return run_connect_either (invocation, TRUE);
}

static int
run_disconnect (const HdInvocation *invocation)
{
  return run_connect_either (invocation, FALSE);
}

/* ---- rm, prune, restore ---- */

/* -f: the containers that do not run leave the network. */
static gboolean
empty_network (HdStore *store, const HdNetwork *network, GError **error)
{
  g_autoptr (GPtrArray) endpoints = hd_network_endpoints (store, NULL, network->id, error);
  for (guint i = 0; endpoints != NULL && i < endpoints->len; i++)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (endpoints, i);
      if (endpoint->ip4 == NULL && endpoint->ip6 == NULL
          && !hd_network_disconnect (store, endpoint->container, network->id, -1, error))
        return FALSE;
    }
  return endpoints != NULL;
}

static gboolean
remove_one (HdStore *store, const char *name, const HdInvocation *invocation, GError **error)
{
  g_autoptr (HdNetwork) network = hd_network_find (store, name, error);
  if (network == NULL)
    return FALSE;
  if (hd_inv_flag (invocation, "force") && !empty_network (store, network, error))
    return FALSE;
  return hd_network_remove (store, network, error) && hd_network_unmake (store, network, error);
}

static int
run_rm (const HdInvocation *invocation)
{
  return hd_engine_each (invocation, remove_one, TRUE);
}

static int
run_prune (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store != NULL && !hd_inv_flag (invocation, "force")
      && !hd_confirm ("all networks that no container uses"))
    return 0;
  g_autoptr (GPtrArray) removed
      = store != NULL ? hd_network_prune (store, hd_inv_strings (invocation, "filter"), &error)
                      : NULL;
  if (removed == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  if (removed->len > 0)
    puts ("Deleted Networks:");
  for (guint i = 0; i < removed->len; i++)
    puts (g_ptr_array_index (removed, i));
  return 0;
}

static int
run_restore (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  if (store != NULL && hd_network_restore (store, &error))
    return 0;
  return hd_engine_fail (error, HD_STATUS_FAILED);
}

/* ---- Tables ---- */

static const HdOption create_options[] = {
  { "driver", 'd', HD_OPT_STRING, "DRIVER", "bridge, the only one" },
  { "subnet", 0, HD_OPT_STRINGS, "CIDR", "addresses of the network, once for each family" },
  { "gateway", 0, HD_OPT_STRINGS, "ADDRESS", "the host's address in it (the first)" },
  { "ip-range", 0, HD_OPT_STRINGS, "CIDR", "the part of the subnet that containers get" },
  { "ipv6", 0, HD_OPT_FLAG, NULL, "IPv6, too, with a private subnet unless one is given" },
  { "internal", 0, HD_OPT_FLAG, NULL, "no way out, and no published ports" },
  { "label", 0, HD_OPT_STRINGS, "KEY=VALUE", "a label" },
  { "opt", 'o', HD_OPT_STRINGS, "KEY=VALUE", "an option of the driver" },
  { "attachable", 0, HD_OPT_FLAG, NULL, "as every network is" },
  { NULL },
};

static const HdOption ls_options[] = {
  { "quiet", 'q', HD_OPT_FLAG, NULL, "print ids only" },
  { "no-trunc", 0, HD_OPT_FLAG, NULL, "print whole ids" },
  { "filter", 'f', HD_OPT_STRINGS, "KEY=VALUE", "driver, id, label, name, type, dangling" },
  { "format", 0, HD_OPT_STRING, "TEMPLATE", "a Go template, \"table TEMPLATE\" or json" },
  { NULL },
};

static const HdOption inspect_options[] = {
  { "format", 'f', HD_OPT_STRING, "TEMPLATE", "a Go template, or json" },
  { "verbose", 'v', HD_OPT_FLAG, NULL, "as without it" },
  { NULL },
};

static const HdOption connect_options[] = {
  { "ip", 0, HD_OPT_STRING, "ADDRESS", "the container's IPv4 address" },
  { "ip6", 0, HD_OPT_STRING, "ADDRESS", "the container's IPv6 address" },
  { "alias", 0, HD_OPT_STRINGS, "NAME", "a further name on this network" },
  { NULL },
};

static const HdOption disconnect_options[] = {
  { "force", 'f', HD_OPT_FLAG, NULL, "as without it" },
  { NULL },
};

static const HdOption rm_options[] = {
  { "force", 'f', HD_OPT_FLAG, NULL, "even if containers that do not run want it" },
  { NULL },
};

static const HdOption prune_options[] = {
  { "force", 'f', HD_OPT_FLAG, NULL, "do not ask" },
  { "filter", 0, HD_OPT_STRINGS, "KEY=VALUE", "label, until" },
  { NULL },
};

const HdVerb hd_network_verbs[] = {
  { "network create", "NETWORK", 1, 1, FALSE, create_options, "Make a network",
    "A network is a bridge with a subnet of its own. Containers on it reach each other by name; "
    "those "
    "on different networks do not reach each other.",
    run_create },
  { "network ls", "", 0, 0, FALSE, ls_options, "List networks", NULL, run_ls },
  { "network list", "", 0, 0, FALSE, ls_options, "List networks", NULL, run_ls },
  { "network inspect", "NETWORK...", 1, -1, FALSE, inspect_options, "Show all that is known", NULL,
    run_inspect },
  { "network rm", "NETWORK...", 1, -1, FALSE, rm_options, "Remove networks", NULL, run_rm },
  { "network remove", "NETWORK...", 1, -1, FALSE, rm_options, "Remove networks", NULL, run_rm },
  { "network connect", "NETWORK CONTAINER", 2, 2, FALSE, connect_options,
    "Give a container an interface in a network", NULL, run_connect },
  { "network disconnect", "NETWORK CONTAINER", 2, 2, FALSE, disconnect_options,
    "Take a container out of a network", NULL, run_disconnect },
  { "network prune", "", 0, 0, FALSE, prune_options, "Remove networks that no container uses", NULL,
    run_prune },
  { "network restore", "", 0, 0, FALSE, NULL, "Put the packet filter rules of containers back",
    "Monitors of containers run it when somebody has flushed the host's rules.", run_restore },
  { NULL },
};
