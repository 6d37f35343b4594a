/* Options that say more than one thing, or are checked. */
#include "cli/container-options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"
#include "engine/mountspec.h"
#include "engine/network.h"
#include "engine/port.h"
#include "engine/signal-name.h"
#include "monitor/config.h"

#define FILE_BYTES_MAX (1u << 20)
#define NS_PER_MS 1000000

static hd_json *
string_list (const char *const *entries)
{
  hd_json *list = hd_json_new_array ();
  for (; *entries != NULL; entries++)
    hd_json_append (list, hd_json_new_string (*entries));
  return list;
}

/* Environment and labels */

/* Lines of a file, without comments and empty ones. */
static char **
read_lines (const char *option, const char *path, GError **error)
{
  hd_autofree char *text = NULL;
  int r = hd_fs_read (AT_FDCWD, path, FILE_BYTES_MAX, &text, NULL);
  if (r < 0)
    {
      hd_throw_errno (error, -r, "--%s: %s", option, path);
      return NULL;
    }
  g_auto (GStrv) all = g_strsplit (text, "\n", -1);
  GPtrArray *lines = g_ptr_array_new ();
  for (char **line = all; *line != NULL; line++)
    {
      char *start = *line + strspn (*line, " \t");
      gsize length = strlen (start);
      if (length > 0 && start[length - 1] == '\r')
        start[length - 1] = '\0';
      if (*start != '\0' && *start != '#')
        g_ptr_array_add (lines, g_strdup (start));
    }
  g_ptr_array_add (lines, NULL);
  return (char **)g_ptr_array_free (lines, FALSE);
}

/* A name alone passes the variable on, if there is one. */
static void
add_variable (hd_json *env, const char *text)
{
  const char *value = strchr (text, '=') == NULL ? g_getenv (text) : NULL;
  if (value != NULL)
    {
      g_autofree char *joined = g_strconcat (text, "=", value, NULL);
      hd_json_append (env, hd_json_new_string (joined));
    }
  else if (strchr (text, '=') != NULL)
    hd_json_append (env, hd_json_new_string (text));
}

static gboolean
set_env (const HdInvocation *inv, hd_json *config, GError **error)
{
  hd_autojson env = hd_json_new_array ();
  for (const char *const *file = hd_inv_strings (inv, "env-file"); *file != NULL; file++)
    {
      g_auto (GStrv) lines = read_lines ("env-file", *file, error);
      if (lines == NULL)
        return FALSE;
      for (char **line = lines; *line != NULL; line++)
        add_variable (env, *line);
    }
  for (const char *const *text = hd_inv_strings (inv, "env"); *text != NULL; text++)
    {
      if (**text == '\0' || **text == '=')
        return hd_throw (error, HD_USAGE, NULL, "--env wants NAME=VALUE or NAME, not \"%s\"",
                         *text);
      add_variable (env, *text);
    }
  hd_json_set (config, "Env", g_steal_pointer (&env));
  return TRUE;
}

static void
add_label (hd_json *labels, const char *text)
{
  gsize length = strcspn (text, "=");
  g_autofree char *key = g_strndup (text, length);
  hd_json_set_string (labels, key, text[length] == '=' ? text + length + 1 : "");
}

static gboolean
set_labels (const HdInvocation *inv, hd_json *config, GError **error)
{
  hd_autojson labels = hd_json_new_object ();
  for (const char *const *file = hd_inv_strings (inv, "label-file"); *file != NULL; file++)
    {
      g_auto (GStrv) lines = read_lines ("label-file", *file, error);
      if (lines == NULL)
        return FALSE;
      for (char **line = lines; *line != NULL; line++)
        add_label (labels, *line);
    }
  for (const char *const *text = hd_inv_strings (inv, "label"); *text != NULL; text++)
    add_label (labels, *text);
  hd_json_set (config, "Labels", g_steal_pointer (&labels));
  return TRUE;
}

/* Health */

static gboolean
set_time (const HdInvocation *inv, const char *option, hd_json *check, const char *key,
          GError **error)
{
  const char *text = hd_inv_string (inv, option);
  guint64 ms;
  if (text == NULL)
    return TRUE;
  if (hd_parse_duration (text, &ms) < 0 || ms > G_MAXINT64 / NS_PER_MS)
    return hd_throw (error, HD_USAGE, NULL, "--%s wants a time as 30s or 5m, not \"%s\"", option,
                     text);
  hd_json_set_int (check, key, (gint64)ms * NS_PER_MS);
  return TRUE;
}

static gboolean
set_health (const HdInvocation *inv, hd_json *config, GError **error)
{
  hd_autojson check = hd_json_new_object ();
  const char *command = hd_inv_string (inv, "health-cmd");
  const char *retries = hd_inv_string (inv, "health-retries");
  gboolean off = hd_inv_flag (inv, "no-healthcheck");
  gint64 number;
  if (off && command != NULL)
    return hd_throw (error, HD_USAGE, NULL, "--no-healthcheck and --health-cmd contradict");
  if (off)
    hd_json_set (check, "Test", string_list ((const char *const[]){ "NONE", NULL }));
  else if (command != NULL && *command != '\0')
    hd_json_set (check, "Test", string_list ((const char *const[]){ "CMD-SHELL", command, NULL }));
  if (!set_time (inv, "health-interval", check, "Interval", error)
      || !set_time (inv, "health-timeout", check, "Timeout", error)
      || !set_time (inv, "health-start-period", check, "StartPeriod", error))
    return FALSE;
  if (retries != NULL)
    {
      if (hd_parse_int64 (retries, &number) < 0 || number < 0)
        return hd_throw (error, HD_USAGE, NULL, "--health-retries wants a number, not \"%s\"",
                         retries);
      hd_json_set_int (check, "Retries", number);
    }
  if (hd_json_length (check) > 0)
    hd_json_set (config, "Healthcheck", g_steal_pointer (&check));
  return TRUE;
}

/* Limits and devices */

static gboolean
parse_limit (const char *text, gint64 *ret)
{
  if (strcmp (text, "unlimited") == 0)
    *ret = -1;
  else if (hd_parse_int64 (text, ret) < 0 || *ret < -1)
    return FALSE;
  return TRUE;
}

static gboolean
set_ulimits (const HdInvocation *inv, hd_json *host, GError **error)
{
  hd_autojson list = hd_json_new_array ();
  for (const char *const *text = hd_inv_strings (inv, "ulimit"); *text != NULL; text++)
    {
      g_auto (GStrv) parts = g_strsplit_set (*text, "=:", 3);
      guint n = g_strv_length (parts);
      gint64 soft = 0, hard = 0;
      if (n < 2 || !parse_limit (parts[1], &soft)
          || !parse_limit (n == 3 ? parts[2] : parts[1], &hard))
        return hd_throw (error, HD_USAGE, "as --ulimit nofile=1024:2048",
                         "--ulimit wants NAME=SOFT[:HARD], not \"%s\"", *text);
      if (hard >= 0 && (soft > hard || soft < 0))
        return hd_throw (error, HD_USAGE, NULL,
                         "--ulimit %s: the soft limit is greater than the hard one", *text);
      hd_json *item = hd_json_new_object ();
      hd_json_set_string (item, "Name", parts[0]);
      hd_json_set_int (item, "Soft", soft);
      hd_json_set_int (item, "Hard", hard);
      hd_json_append (list, item);
    }
  hd_json_set (host, "Ulimits", g_steal_pointer (&list));
  return TRUE;
}

static gboolean
is_permissions (const char *text)
{
  return *text != '\0' && strspn (text, "rwm") == strlen (text);
}

static gboolean
set_devices (const HdInvocation *inv, hd_json *host, GError **error)
{
  hd_autojson list = hd_json_new_array ();
  for (const char *const *text = hd_inv_strings (inv, "device"); *text != NULL; text++)
    {
      g_auto (GStrv) parts = g_strsplit (*text, ":", -1);
      guint n = g_strv_length (parts);
      const char *inside = n > 1 && parts[1][0] == '/' ? parts[1] : parts[0];
      const char *permissions = n == 3 ? parts[2] : n == 2 && inside == parts[0] ? parts[1] : "rwm";
      if (n == 0 || n > 3 || parts[0][0] != '/' || !is_permissions (permissions))
        return hd_throw (error, HD_USAGE, "as --device /dev/ttyUSB0:/dev/ttyS0:rw",
                         "--device: \"%s\" is not understood", *text);
      hd_json *item = hd_json_new_object ();
      hd_json_set_string (item, "PathOnHost", parts[0]);
      hd_json_set_string (item, "PathInContainer", inside);
      hd_json_set_string (item, "CgroupPermissions", permissions);
      hd_json_append (list, item);
    }
  hd_json_set (host, "Devices", g_steal_pointer (&list));
  return TRUE;
}

static const struct
{
  const char *option;
  const char *key;
  const char *value;
  gboolean size;
} throttles[] = {
  { "blkio-weight-device", "BlkioWeightDevice", "Weight", FALSE },
  { "device-read-bps", "BlkioDeviceReadBps", "Rate", TRUE },
  { "device-write-bps", "BlkioDeviceWriteBps", "Rate", TRUE },
  { "device-read-iops", "BlkioDeviceReadIOps", "Rate", FALSE },
  { "device-write-iops", "BlkioDeviceWriteIOps", "Rate", FALSE },
};

static gboolean
set_throttles (const HdInvocation *inv, hd_json *host, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (throttles); i++)
    {
      hd_autojson list = hd_json_new_array ();
      for (const char *const *text = hd_inv_strings (inv, throttles[i].option); *text != NULL;
           text++)
        {
          const char *colon = strrchr (*text, ':');
          gint64 number = 0;
          if (colon == NULL || **text != '/'
              || !(throttles[i].size ? hd_container_options_size (colon + 1, &number)
                                     : hd_parse_int64 (colon + 1, &number) == 0)
              || number < 0)
            return hd_throw (error, HD_USAGE, "as /dev/vda:1m", "--%s: \"%s\" is not understood",
                             throttles[i].option, *text);
          g_autofree char *path = g_strndup (*text, (gsize)(colon - *text));
          hd_json *item = hd_json_new_object ();
          hd_json_set_string (item, "Path", path);
          hd_json_set_int (item, throttles[i].value, number);
          hd_json_append (list, item);
        }
      hd_json_set (host, throttles[i].key, g_steal_pointer (&list));
    }
  return TRUE;
}

/* Policies and modes */

hd_json *
hd_container_options_restart (const char *text, GError **error)
{
  gsize length = strcspn (text, ":");
  g_autofree char *name = g_strndup (text, length);
  gint64 retries = 0;
  mon_restart restart = mon_restart_parse (*name != '\0' ? name : "no");
  gboolean counted = text[length] == ':';
  if (restart == MON_N_RESTARTS || (counted && restart != MON_RESTART_ON_FAILURE)
      || (counted && (hd_parse_int64 (text + length + 1, &retries) < 0 || retries < 0)))
    {
      hd_throw (error, HD_USAGE, "no, on-failure[:N], always or unless-stopped",
                "--restart: unknown policy \"%s\"", text);
      return NULL;
    }
  hd_json *policy = hd_json_new_object ();
  hd_json_set_string (policy, "Name", mon_restart_name (restart));
  hd_json_set_int (policy, "MaximumRetryCount", retries);
  return policy;
}

static gboolean
set_restart (const HdInvocation *inv, hd_json *host, GError **error)
{
  const char *text = hd_inv_string (inv, "restart");
  hd_json *policy = hd_container_options_restart (text != NULL ? text : "no", error);
  if (policy == NULL)
    return FALSE;
  if (hd_inv_flag (inv, "rm") && strcmp (hd_json_get_string (policy, "Name", "no"), "no") != 0)
    {
      hd_json_free (policy);
      return hd_throw (error, HD_USAGE, NULL, "--rm and --restart contradict");
    }
  hd_json_set (host, "RestartPolicy", policy);
  return TRUE;
}

static gboolean
set_log (const HdInvocation *inv, hd_json *host, GError **error)
{
  static const char *const known[] = { "max-size", "max-file", "tag", NULL };
  const char *driver = hd_inv_string (inv, "log-driver");
  hd_json *log = hd_json_new_object ();
  hd_json *options = hd_json_new_object ();
  if (driver == NULL || strcmp (driver, "k8s-file") == 0)
    driver = "json-file";
  hd_json_set_string (log, "Type", driver);
  hd_json_set (log, "Config", options);
  hd_json_set (host, "LogConfig", log);
  if (strcmp (driver, "json-file") != 0 && strcmp (driver, "journald") != 0
      && strcmp (driver, "none") != 0)
    return hd_throw (error, HD_USAGE, "json-file, journald or none",
                     "--log-driver: no driver \"%s\"", driver);
  for (const char *const *text = hd_inv_strings (inv, "log-opt"); *text != NULL; text++)
    {
      gsize length = strcspn (*text, "=");
      g_autofree char *key = g_strndup (*text, length);
      const char *value = (*text)[length] == '=' ? *text + length + 1 : "";
      g_autofree char *number = NULL;
      gint64 bytes = 0;
      if (!g_strv_contains (known, key) || *value == '\0')
        return hd_throw (error, HD_USAGE, "max-size=10m, max-file=3 or tag=NAME",
                         "--log-opt: \"%s\" is not understood", *text);
      if (strcmp (key, "max-size") == 0)
        {
          if (!hd_container_options_size (value, &bytes) || bytes == 0)
            return hd_throw (error, HD_USAGE, NULL, "--log-opt max-size wants a size, not \"%s\"",
                             value);
          value = number = g_strdup_printf ("%" G_GINT64_FORMAT, bytes);
        }
      else if (strcmp (key, "max-file") == 0
               && (hd_parse_int64 (value, &bytes) < 0 || bytes < 1 || bytes > 1000))
        return hd_throw (error, HD_USAGE, NULL, "--log-opt max-file wants a number, not \"%s\"",
                         value);
      hd_json_set_string (options, key, value);
    }
  return TRUE;
}

static gboolean
check_mode (const hd_json *host, const char *key, const char *option, const char *const *modes,
            gboolean container, GError **error)
{
  const char *mode = hd_json_get_string (host, key, "");
  if (*mode == '\0' || g_strv_contains (modes, mode)
      || (container && g_str_has_prefix (mode, "container:")))
    return TRUE;
  return hd_throw (error, HD_USAGE, NULL, "--%s: there is no mode \"%s\"", option, mode);
}

static gboolean
check_security (const hd_json *host, GError **error)
{
  static const char *const known[] = { "no-new-privileges",
                                       "no-new-privileges=true",
                                       "no-new-privileges=false",
                                       "no-new-privileges:true",
                                       "no-new-privileges:false",
                                       "systempaths=unconfined",
                                       "label=disable",
                                       "label:disable",
                                       "apparmor=unconfined",
                                       "apparmor:unconfined",
                                       NULL };
  const hd_json *options = hd_json_get (host, "SecurityOpt");
  for (gsize i = 0; i < hd_json_length (options); i++)
    {
      const char *text = "";
      hd_json_as_string (hd_json_at (options, i), &text);
      if (!g_strv_contains (known, text) && !g_str_has_prefix (text, "seccomp=")
          && !g_str_has_prefix (text, "seccomp:"))
        return hd_throw (error, HD_USAGE, "no-new-privileges, seccomp=FILE, seccomp=unconfined ...",
                         "--security-opt: \"%s\" is not possible", text);
    }
  return TRUE;
}

static gboolean
check_modes (const hd_json *config, const hd_json *host, GError **error)
{
  static const char *const host_only[] = { "host", NULL };
  static const char *const private_host[] = { "private", "host", NULL };
  const char *signal = hd_json_get_string (config, "StopSignal", NULL);
  const char *dir = hd_json_get_string (config, "WorkingDir", "/");
  if (signal != NULL && hd_signal_parse (signal) < 0)
    return hd_throw (error, HD_USAGE, NULL, "--stop-signal: unknown signal \"%s\"", signal);
  if (*dir != '/')
    return hd_throw (error, HD_USAGE, NULL, "--workdir: \"%s\" is no absolute path", dir);
  return check_mode (host, "PidMode", "pid", host_only, TRUE, error)
         && check_mode (host, "IpcMode", "ipc", private_host, TRUE, error)
         && check_mode (host, "UTSMode", "uts", host_only, FALSE, error)
         && check_mode (host, "UsernsMode", "userns", host_only, FALSE, error)
         && check_mode (host, "CgroupnsMode", "cgroupns", private_host, FALSE, error)
         && check_security (host, error);
}

/* Streams and command */

static gboolean
set_streams (const HdInvocation *inv, gboolean attached, hd_json *config, GError **error)
{
  static const char *const names[] = { "stdin", "stdout", "stderr", NULL };
  static const char *const keys[] = { "AttachStdin", "AttachStdout", "AttachStderr" };
  const char *const *wanted = hd_inv_strings (inv, "attach");
  gboolean input = hd_inv_flag (inv, "interactive");
  for (const char *const *name = wanted; *name != NULL; name++)
    if (!g_strv_contains (names, *name))
      return hd_throw (error, HD_USAGE, "stdin, stdout or stderr",
                       "--attach: there is no stream \"%s\"", *name);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    hd_json_set_bool (
        config, keys[i],
        attached && (*wanted != NULL ? g_strv_contains (wanted, names[i]) : i > 0 || input));
  hd_json_set_bool (config, "StdinOnce", attached && input);
  return TRUE;
}

static void
set_command (const HdInvocation *inv, hd_json *config)
{
  const char *const *args = hd_inv_args (inv);
  const char *entrypoint = hd_inv_string (inv, "entrypoint");
  gboolean rootfs = hd_inv_given (inv, "rootfs");
  if (args[0] != NULL && (rootfs || args[1] != NULL))
    hd_json_set (config, "Cmd", string_list (rootfs ? args : args + 1));
  if (entrypoint == NULL)
    return;
  /* An empty one leaves out the image's. */
  hd_json *list = hd_json_new_array ();
  if (*entrypoint != '\0')
    hd_json_append (list, hd_json_new_string (entrypoint));
  hd_json_set (config, "Entrypoint", list);
}

/* Networks */

/* What is said of the first network by options of its own. */
static gboolean
set_addresses (const HdInvocation *inv, HdNetworkRequest *request, GError **error)
{
  static const char *const options[] = { "ip", "ip6", "mac-address", "network-alias" };
  char **places[] = { &request->ip4, &request->ip6, &request->mac };
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      if (!hd_inv_given (inv, options[i]))
        continue;
      if (request->mode != HD_NETWORK_BRIDGE)
        return hd_throw (error, HD_USAGE, NULL, "--%s: the container has no network of its own",
                         options[i]);
      if (i < G_N_ELEMENTS (places))
        {
          g_free (*places[i]);
          *places[i] = g_strdup (hd_inv_string (inv, options[i]));
        }
      else
        {
          g_strfreev (request->aliases);
          request->aliases = g_strdupv ((char **)hd_inv_strings (inv, options[i]));
        }
    }
  return TRUE;
}

static void
set_network_mode (hd_json *host, const HdNetworkRequest *request, const char *text)
{
  g_autofree char *other = request->mode == HD_NETWORK_CONTAINER
                               ? g_strconcat ("container:", request->name, NULL)
                               : NULL;
  const char *mode = request->mode == HD_NETWORK_HOST   ? "host"
                     : request->mode == HD_NETWORK_NONE ? "none"
                     : other != NULL                    ? other
                     : text == NULL                     ? "default"
                                                        : request->name;
  hd_json_set_string (host, "NetworkMode", mode);
}

/* The request goes to the list, or is freed. */
static gboolean
take_request (HdContainerOptions *ret, HdNetworkRequest *request, guint n, GError **error)
{
  if (request->mode == HD_NETWORK_BRIDGE)
    {
      g_ptr_array_add (ret->networks, request);
      return TRUE;
    }
  hd_network_request_free (request);
  return n == 1
         || hd_throw (error, HD_USAGE, NULL,
                      "none, host and container:NAME cannot be joined with other networks");
}

static gboolean
set_networks (const HdInvocation *inv, hd_json *host, HdContainerOptions *ret, GError **error)
{
  const char *const *given
      = hd_inv_strings (inv, hd_inv_given (inv, "network") ? "network" : "net");
  guint n = g_strv_length ((char **)given);
  ret->networks = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_network_request_free);
  for (guint i = 0; i < MAX (n, 1); i++)
    {
      HdNetworkRequest *request = hd_network_request_parse (n > 0 ? given[i] : "default", error);
      if (request == NULL)
        return FALSE;
      if (i == 0)
        {
          set_network_mode (host, request, n > 0 ? given[0] : NULL);
          if (!set_addresses (inv, request, error))
            {
              hd_network_request_free (request);
              return FALSE;
            }
        }
      if (!take_request (ret, request, MAX (n, 1), error))
        return FALSE;
    }
  return TRUE;
}

/* Ports */

static void
add_binding (hd_json *bindings, hd_json *exposed, const HdPort *port, guint offset)
{
  g_autofree char *key = g_strdup_printf ("%u/%s", port->container_first + offset,
                                          hd_protocol_name (port->protocol));
  g_autofree char *number
      = port->host_first != 0 ? g_strdup_printf ("%u", port->host_first + offset) : g_strdup ("");
  const hd_json *before = hd_json_get (bindings, key);
  hd_json *list = before != NULL ? hd_json_copy (before) : hd_json_new_array ();
  hd_json *item = hd_json_new_object ();
  hd_json_set_string (item, "HostIp", port->address);
  hd_json_set_string (item, "HostPort", number);
  hd_json_append (list, item);
  hd_json_set (bindings, key, list);
  hd_json_set (exposed, key, hd_json_new_object ());
}

static gboolean
set_ports (const HdInvocation *inv, hd_json *config, hd_json *host, HdContainerOptions *ret,
           GError **error)
{
  hd_json *bindings = hd_json_new_object (), *exposed = hd_json_new_object ();
  g_autoptr (GArray) more = g_array_new (FALSE, FALSE, sizeof (HdPort));
  hd_json_set (host, "PortBindings", bindings);
  hd_json_set (config, "ExposedPorts", exposed);
  ret->ports = g_array_new (FALSE, FALSE, sizeof (HdPort));
  for (const char *const *text = hd_inv_strings (inv, "publish"); *text != NULL; text++)
    if (!hd_port_parse (*text, ret->ports, error))
      return FALSE;
  for (guint i = 0; i < ret->ports->len; i++)
    for (guint offset = 0; offset < g_array_index (ret->ports, HdPort, i).count; offset++)
      add_binding (bindings, exposed, &g_array_index (ret->ports, HdPort, i), offset);
  for (const char *const *text = hd_inv_strings (inv, "expose"); *text != NULL; text++)
    if (!hd_port_parse_exposed (*text, more, error))
      return FALSE;
  for (guint i = 0; i < more->len; i++)
    {
      const HdPort *port = &g_array_index (more, HdPort, i);
      g_autofree char *key
          = g_strdup_printf ("%u/%s", port->container_first, hd_protocol_name (port->protocol));
      hd_json_set (exposed, key, hd_json_new_object ());
    }
  return TRUE;
}

/* Mounts */

static gboolean
set_mounts (const HdInvocation *inv, HdContainerOptions *ret, GError **error)
{
  static const char *const options[] = { "volume", "mount", "tmpfs" };
  g_autofree char *cwd = g_get_current_dir ();
  ret->mounts = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_mountspec_free);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    for (const char *const *text = hd_inv_strings (inv, options[i]); *text != NULL; text++)
      {
        HdMountSpec *spec = i == 0   ? hd_mountspec_parse_volume (*text, cwd, error)
                            : i == 1 ? hd_mountspec_parse_mount (*text, cwd, error)
                                     : hd_mountspec_parse_tmpfs (*text, error);
        if (spec == NULL)
          return FALSE;
        g_ptr_array_add (ret->mounts, spec);
      }
  return TRUE;
}

gboolean
hd_container_options_read (const HdInvocation *inv, gboolean attached, HdContainerOptions *ret,
                           GError **error)
{
  hd_json *config = hd_json_new_object (), *host = hd_json_new_object ();
  const char *rootfs = hd_inv_string (inv, "rootfs");
  *ret = (HdContainerOptions){ .body = hd_json_new_object () };
  hd_json_set (ret->body, "Config", config);
  hd_json_set (ret->body, "HostConfig", host);
  if (rootfs != NULL)
    {
      g_autofree char *path = g_canonicalize_filename (rootfs, NULL);
      hd_json_set_string (host, "Rootfs", path);
    }
  if (!set_streams (inv, attached, config, error) || !set_networks (inv, host, ret, error)
      || !set_ports (inv, config, host, ret, error) || !set_mounts (inv, ret, error))
    return FALSE;
  set_command (inv, config);
  return hd_container_options_simple (inv, FALSE, config, host, error)
         && set_env (inv, config, error) && set_labels (inv, config, error)
         && set_health (inv, config, error) && set_ulimits (inv, host, error)
         && set_devices (inv, host, error) && set_throttles (inv, host, error)
         && set_restart (inv, host, error) && set_log (inv, host, error)
         && check_modes (config, host, error);
}

void
hd_container_options_clear (HdContainerOptions *options)
{
  hd_json_freep (&options->body);
  options->body = NULL;
  g_clear_pointer (&options->mounts, g_ptr_array_unref);
  g_clear_pointer (&options->networks, g_ptr_array_unref);
  g_clear_pointer (&options->ports, g_array_unref);
}
