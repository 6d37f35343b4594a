/* The sections of Docker's object, one function each. */
#include "engine/inspect.h"

#include <string.h>

#include "common/cleanup.h"
#include "engine/launch.h"
#include "engine/network.h"
#include "engine/port.h"
#include "engine/status.h"
#include "engine/tree-size.h"

#define NEVER "0001-01-01T00:00:00Z"

static void
set_time (hd_json *to, const char *key, gint64 ns)
{
  char text[MON_TIME_MAX];
  mon_format_time (ns, text);
  hd_json_set_string (to, key, ns != 0 ? text : NEVER);
}

static hd_json *
make_health (const mon_state *state)
{
  hd_json *health = hd_json_new_object ();
  hd_json_set_string (health, "Status", mon_health_name (state->health));
  hd_json_set_int (health, "FailingStreak", state->failing);
  hd_json_set (health, "Log",
               state->checks != NULL ? hd_json_copy (state->checks) : hd_json_new_array ());
  return health;
}

static hd_json *
make_state (const HdStatusNow *now)
{
  const mon_state *state = &now->state;
  hd_json *json = hd_json_new_object ();
  gboolean running = hd_status_now_is_running (now);
  hd_json_set_string (json, "Status", now->broken ? "dead" : mon_status_name (state->status));
  hd_json_set_bool (json, "Running", running || (now->lives && state->status == MON_RESTARTING));
  hd_json_set_bool (json, "Paused", now->lives && state->status == MON_PAUSED);
  hd_json_set_bool (json, "Restarting", now->lives && state->status == MON_RESTARTING);
  hd_json_set_bool (json, "OOMKilled", state->oom_killed);
  hd_json_set_bool (json, "Dead", now->broken || state->status == MON_DEAD);
  hd_json_set_int (json, "Pid", running ? state->pid : 0);
  hd_json_set_int (json, "ExitCode", state->exit_code);
  hd_json_set_string (json, "Error", state->error);
  set_time (json, "StartedAt", state->started_ns);
  set_time (json, "FinishedAt", state->finished_ns);
  if (state->health != MON_HEALTH_NONE)
    hd_json_set (json, "Health", make_health (state));
  return json;
}

/* Path and Args: the command as it is started. */
static void
set_command (hd_json *json, const hd_json *config)
{
  static const char *const keys[] = { "Entrypoint", "Cmd" };
  hd_json *args = hd_json_new_array ();
  const char *path = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const hd_json *list = hd_json_get (config, keys[i]);
      for (gsize j = 0; j < hd_json_length (list); j++)
        if (path == NULL)
          hd_json_as_string (hd_json_at (list, j), &path);
        else
          hd_json_append (args, hd_json_copy (hd_json_at (list, j)));
    }
  hd_json_set_string (json, "Path", path != NULL ? path : "");
  hd_json_set (json, "Args", args);
}

/* Members that scripts look for, with the values of who asked for nothing. */
static hd_json *
make_host_config (const HdContainer *container)
{
  static const char *const numbers[]
      = { "Memory",    "MemorySwap", "MemoryReservation", "NanoCpus",    "CpuShares",
          "CpuPeriod", "CpuQuota",   "BlkioWeight",       "OomScoreAdj", NULL };
  static const char *const flags[]
      = { "Privileged", "PublishAllPorts", "ReadonlyRootfs", "AutoRemove", "OomKillDisable", NULL };
  static const char *const lists[]
      = { "CapAdd",   "CapDrop",     "Dns",     "DnsOptions", "DnsSearch",         "ExtraHosts",
          "GroupAdd", "SecurityOpt", "Devices", "Ulimits",    "DeviceCgroupRules", NULL };
  static const char *const texts[]
      = { "CpusetCpus", "CpusetMems", "PidMode", "UTSMode", "UsernsMode", "ContainerIDFile", NULL };
  hd_json *host = hd_json_copy (hd_container_host_config (container));
  for (const char *const *key = numbers; *key != NULL; key++)
    if (hd_json_get (host, *key) == NULL)
      hd_json_set_int (host, *key, 0);
  for (const char *const *key = flags; *key != NULL; key++)
    if (hd_json_get (host, *key) == NULL)
      hd_json_set_bool (host, *key, false);
  for (const char *const *key = lists; *key != NULL; key++)
    if (hd_json_get (host, *key) == NULL)
      hd_json_set (host, *key, hd_json_new_null ());
  for (const char *const *key = texts; *key != NULL; key++)
    if (hd_json_get (host, *key) == NULL)
      hd_json_set_string (host, *key, "");
  if (hd_json_get (host, "IpcMode") == NULL)
    hd_json_set_string (host, "IpcMode", "private");
  if (hd_json_get (host, "CgroupnsMode") == NULL)
    hd_json_set_string (host, "CgroupnsMode", "private");
  if (hd_json_get (host, "PidsLimit") == NULL)
    hd_json_set (host, "PidsLimit", hd_json_new_null ());
  if (hd_json_get_int (host, "ShmSize", 0) == 0)
    hd_json_set_int (host, "ShmSize", 64 << 20);
  return host;
}

/* "SOURCE:TARGET[:ro]" of binds and named volumes. */
static hd_json *
make_binds (const hd_json *mounts)
{
  hd_json *binds = hd_json_new_array ();
  for (gsize i = 0; i < hd_json_length (mounts); i++)
    {
      const hd_json *mount = hd_json_at (mounts, i);
      const char *source
          = hd_json_get_string (mount, "Name", hd_json_get_string (mount, "Source", ""));
      if (strcmp (hd_json_get_string (mount, "Type", ""), "tmpfs") == 0)
        continue;
      g_autofree char *text
          = g_strconcat (source, ":", hd_json_get_string (mount, "Destination", ""),
                         hd_json_get_bool (mount, "RW", true) ? "" : ":ro", NULL);
      hd_json_append (binds, hd_json_new_string (text));
    }
  return binds;
}

static int
copy_shown (const char *key, const hd_json *value, void *data)
{
  if (strcmp (key, "Options") != 0 && strcmp (key, "FsType") != 0 && strcmp (key, "Device") != 0)
    hd_json_set (data, key, hd_json_copy (value));
  return 0;
}

static hd_json *
make_mounts (const hd_json *mounts)
{
  hd_json *list = hd_json_new_array ();
  for (gsize i = 0; i < hd_json_length (mounts); i++)
    {
      hd_json *mount = hd_json_new_object ();
      hd_json_each (hd_json_at (mounts, i), copy_shown, mount);
      hd_json_append (list, mount);
    }
  return list;
}

/* Networks */

static void
set_text (hd_json *to, const char *key, const char *text)
{
  hd_json_set_string (to, key, text != NULL ? text : "");
}

static hd_json *
make_endpoint (const HdNetworkEndpoint *endpoint)
{
  hd_json *json = hd_json_new_object ();
  hd_json *aliases = hd_json_new_array ();
  for (char **alias = endpoint->aliases; alias != NULL && *alias != NULL; alias++)
    hd_json_append (aliases, hd_json_new_string (*alias));
  hd_json_set (json, "Aliases", aliases);
  set_text (json, "NetworkID", endpoint->network);
  set_text (json, "EndpointID", endpoint->ip4 != NULL ? endpoint->host_link : "");
  set_text (json, "Gateway", endpoint->ip4 != NULL ? endpoint->gateway4 : "");
  set_text (json, "IPAddress", endpoint->ip4);
  hd_json_set_int (json, "IPPrefixLen", endpoint->ip4 != NULL ? endpoint->prefix4 : 0);
  set_text (json, "IPv6Gateway", endpoint->ip6 != NULL ? endpoint->gateway6 : "");
  set_text (json, "GlobalIPv6Address", endpoint->ip6);
  hd_json_set_int (json, "GlobalIPv6PrefixLen", endpoint->ip6 != NULL ? endpoint->prefix6 : 0);
  set_text (json, "MacAddress",
            endpoint->ip4 != NULL || endpoint->ip6 != NULL ? endpoint->mac : "");
  return json;
}

static void
add_port (hd_json *ports, const HdPort *port, guint offset)
{
  g_autofree char *key = g_strdup_printf ("%u/%s", port->container_first + offset,
                                          hd_protocol_name (port->protocol));
  g_autofree char *number = g_strdup_printf ("%u", port->host_first + offset);
  const hd_json *before = hd_json_get (ports, key);
  hd_json *list = before != NULL && hd_json_get_type (before) == HD_JSON_ARRAY
                      ? hd_json_copy (before)
                      : hd_json_new_array ();
  hd_json *item = hd_json_new_object ();
  hd_json_set_string (item, "HostIp", *port->address != '\0' ? port->address : "0.0.0.0");
  hd_json_set_string (item, "HostPort", number);
  hd_json_append (list, item);
  hd_json_set (ports, key, list);
}

static int
add_exposed (const char *key, const hd_json *value, void *data)
{
  hd_json_set (data, key, hd_json_new_null ());
  return 0;
}

hd_json *
hd_inspect_ports (HdStore *store, const HdContainer *container, GError **error)
{
  const hd_json *exposed = hd_json_get (hd_container_config (container), "ExposedPorts");
  g_autoptr (GArray) held = hd_port_list (store, container->id, TRUE, error);
  if (held == NULL)
    return NULL;
  hd_json *ports = hd_json_new_object ();
  if (exposed != NULL)
    hd_json_each (exposed, add_exposed, ports);
  for (guint i = 0; i < held->len; i++)
    for (guint offset = 0; offset < g_array_index (held, HdPort, i).count; offset++)
      add_port (ports, &g_array_index (held, HdPort, i), offset);
  return ports;
}

/* Docker repeats the default network's addresses outside of Networks. */
static void
repeat_default (hd_json *settings, const hd_json *networks)
{
  static const char *const keys[]
      = { "EndpointID", "Gateway",     "GlobalIPv6Address", "GlobalIPv6PrefixLen",
          "IPAddress",  "IPPrefixLen", "IPv6Gateway",       "MacAddress" };
  const hd_json *bridge = hd_json_get (networks, "bridge");
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const hd_json *value = hd_json_get (bridge, keys[i]);
      if (value != NULL)
        hd_json_set (settings, keys[i], hd_json_copy (value));
      else if (g_str_has_suffix (keys[i], "Len"))
        hd_json_set_int (settings, keys[i], 0);
      else
        hd_json_set_string (settings, keys[i], "");
    }
}

static hd_json *
make_network_settings (HdStore *store, const HdContainer *container, const HdStatusNow *now,
                       GError **error)
{
  const char *mode
      = hd_json_get_string (hd_container_host_config (container), "NetworkMode", "default");
  g_autoptr (GPtrArray) endpoints = hd_network_endpoints (store, container->id, NULL, error);
  hd_autojson ports = endpoints != NULL ? hd_inspect_ports (store, container, error) : NULL;
  g_autofree char *sandbox = hd_status_now_is_running (now)
                                 ? g_strdup_printf ("/proc/%d/ns/net", now->state.pid)
                                 : g_strdup ("");
  if (ports == NULL)
    return NULL;
  hd_json *settings = hd_json_new_object ();
  hd_json *networks = hd_json_new_object ();
  for (guint i = 0; i < endpoints->len; i++)
    {
      const HdNetworkEndpoint *endpoint = g_ptr_array_index (endpoints, i);
      hd_json_set (networks, endpoint->network_name, make_endpoint (endpoint));
    }
  if (endpoints->len == 0 && (strcmp (mode, "host") == 0 || strcmp (mode, "none") == 0))
    hd_json_set (networks, mode, hd_json_new_object ());
  hd_json_set_string (settings, "SandboxKey", sandbox);
  hd_json_set (settings, "Ports", g_steal_pointer (&ports));
  repeat_default (settings, networks);
  hd_json_set (settings, "Networks", networks);
  return settings;
}

/* Paths */

static void
set_path (hd_json *to, const char *key, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  hd_json_set_string (to, key, path);
}

static hd_json *
make_driver (HdStore *store, const HdContainer *container, const char *folder)
{
  hd_json *driver = hd_json_new_object (), *data = hd_json_new_object ();
  g_auto (GStrv) layers = hd_launch_layers (store, container, NULL);
  g_autofree char *lower = layers != NULL ? g_strjoinv (":", layers) : g_strdup ("");
  hd_json_set_string (data, "LowerDir", lower);
  set_path (data, "MergedDir", folder, "rootfs");
  set_path (data, "UpperDir", folder, "upper");
  set_path (data, "WorkDir", folder, "work");
  hd_json_set (driver, "Data", data);
  hd_json_set_string (driver, "Name", "overlay");
  return driver;
}

static void
set_paths (hd_json *json, const char *folder, const HdContainer *container)
{
  const hd_json *log = hd_json_get (hd_container_host_config (container), "LogConfig");
  set_path (json, "ResolvConfPath", folder, "resolv.conf");
  set_path (json, "HostnamePath", folder, "hostname");
  set_path (json, "HostsPath", folder, "hosts");
  if (strcmp (hd_json_get_string (log, "Type", "json-file"), "json-file") == 0)
    set_path (json, "LogPath", folder, "log.json");
  else
    hd_json_set_string (json, "LogPath", "");
}

static void
set_sizes (HdStore *store, const HdContainer *container, hd_json *json, const char *folder)
{
  g_autofree char *upper = g_build_filename (folder, "upper", NULL);
  g_auto (GStrv) layers = hd_launch_layers (store, container, NULL);
  guint64 written = hd_tree_size (upper), all = written;
  for (char **layer = layers; layer != NULL && *layer != NULL; layer++)
    all += hd_tree_size (*layer);
  hd_json_set_uint (json, "SizeRw", written);
  hd_json_set_uint (json, "SizeRootFs", all);
}

hd_json *
hd_inspect_container (HdStore *store, const HdContainer *container, gboolean size, GError **error)
{
  const hd_json *config = hd_container_config (container);
  const hd_json *mounts = hd_json_get (container->body, "Mounts");
  g_auto (HdStatusNow) now = { .lives = FALSE };
  if (!hd_status_now (store, container->id, &now, error))
    return NULL;
  hd_json *settings = make_network_settings (store, container, &now, error);
  if (settings == NULL)
    return NULL;
  g_autofree char *folder = hd_container_folder (store, container->id);
  g_autofree char *image = g_strconcat (container->image != NULL ? "sha256:" : "",
                                        container->image != NULL ? container->image : "", NULL);
  g_autofree char *name = g_strconcat ("/", container->name, NULL);
  hd_json *json = hd_json_new_object ();
  hd_json_set_string (json, "Id", container->id);
  set_time (json, "Created", container->created_ns);
  set_command (json, config);
  hd_json_set (json, "State", make_state (&now));
  hd_json_set_string (json, "Image", image);
  set_paths (json, folder, container);
  hd_json_set_string (json, "Name", name);
  hd_json_set_int (json, "RestartCount", now.state.restarts);
  hd_json_set_string (json, "Driver", "overlay");
  hd_json_set_string (json, "Platform", "linux");
  hd_json_set_string (json, "MountLabel", "");
  hd_json_set_string (json, "ProcessLabel", "");
  hd_json_set_string (json, "AppArmorProfile", "");
  hd_json_set (json, "ExecIDs", hd_json_new_null ());
  hd_json *host = make_host_config (container);
  hd_json_set (host, "Binds", make_binds (mounts));
  hd_json_set (json, "HostConfig", host);
  hd_json_set (json, "GraphDriver", make_driver (store, container, folder));
  if (size)
    set_sizes (store, container, json, folder);
  hd_json_set (json, "Mounts", make_mounts (mounts));
  hd_json_set (json, "Config", hd_json_copy (config));
  hd_json_set (json, "NetworkSettings", settings);
  return json;
}
