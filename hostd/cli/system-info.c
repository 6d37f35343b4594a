/* info: the host and its engine. */
#include "cli/system-info.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <linux/magic.h>

#include "base/output.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/container.h"
#include "engine/driver.h"
#include "engine/image-rows.h"
#include "engine/programs.h"
#include "engine/status.h"

#define MAX_BYTES (64u << 10)

static gboolean
add_containers (HdStore *store, hd_json *info, GError **error)
{
  g_autoptr (GPtrArray) list = hd_container_list (store, error);
  int running = 0, paused = 0;
  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < list->len; i++)
    {
      const HdContainer *container = g_ptr_array_index (list, i);
      g_auto (HdStatusNow) now = { .lives = FALSE };
      if (!hd_status_now (store, container->id, &now, NULL) || !hd_status_now_is_running (&now))
        continue;
      if (now.state.status == MON_PAUSED)
        paused++;
      else
        running++;
    }
  hd_json_set_int (info, "Containers", (int)list->len);
  hd_json_set_int (info, "ContainersRunning", running);
  hd_json_set_int (info, "ContainersPaused", paused);
  hd_json_set_int (info, "ContainersStopped", (int)list->len - running - paused);
  return TRUE;
}

/* ---- Storage ---- */

static void
add_pair (hd_json *list, const char *key, const char *value)
{
  hd_json *pair = hd_json_new_array ();
  hd_json_append (pair, hd_json_new_string (key));
  hd_json_append (pair, hd_json_new_string (value));
  hd_json_append (list, pair);
}

static void
add_drivers (HdStore *store, hd_json *info)
{
  hd_json *status = hd_json_new_array ();
  g_autofree char *backing = hd_driver_backing (store);
  const HdDriver *chosen = hd_driver_choose (store, NULL);
  add_pair (status, "Backing Filesystem", backing);
  for (const HdDriver *driver = hd_drivers; driver->name != NULL; driver++)
    {
      g_autofree char *reason = driver->refuse (store);
      g_autofree char *text = reason != NULL ? g_strdup_printf ("unsupported: %s", reason) : NULL;
      if (driver != chosen)
        add_pair (status, driver->name, text != NULL ? text : "supported");
    }
  hd_json_set_string (info, "Driver", chosen != NULL ? chosen->name : "none");
  hd_json_set (info, "DriverStatus", status);
  hd_json_set_string (info, "DockerRootDir", hd_store_root (store));
}

/* ---- The host ---- */

/* The value of a key of os-release(5), without quotes. Free with g_free. */
static char *
os_release (const char *key)
{
  hd_autofree char *text = NULL;
  char *found = NULL;
  if (hd_fs_read (AT_FDCWD, "/etc/os-release", MAX_BYTES, &text, NULL) < 0)
    return g_strdup ("Linux");
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; found == NULL && *line != NULL; line++)
    if (g_str_has_prefix (*line, key) && (*line)[strlen (key)] == '=')
      {
        const char *value = *line + strlen (key) + 1;
        found = *value == '"' ? g_strndup (value + 1, strcspn (value + 1, "\"")) : g_strdup (value);
      }
  return found != NULL ? found : g_strdup ("Linux");
}

static gboolean
has_systemd (void)
{
  return access ("/run/systemd/system", F_OK) == 0;
}

static const char *
cgroup_version (void)
{
  struct statfs st;
  return statfs ("/sys/fs/cgroup", &st) == 0 && st.f_type == CGROUP2_SUPER_MAGIC ? "2" : "1";
}

static hd_json *
security_options (void)
{
  hd_json *list = hd_json_new_array ();
  if (access ("/sys/kernel/security/apparmor", F_OK) == 0)
    hd_json_append (list, hd_json_new_string ("name=apparmor"));
  hd_json_append (list, hd_json_new_string ("name=seccomp,profile=builtin"));
  if (access ("/sys/fs/selinux/enforce", F_OK) == 0)
    hd_json_append (list, hd_json_new_string ("name=selinux"));
  if (g_str_equal (cgroup_version (), "2"))
    hd_json_append (list, hd_json_new_string ("name=cgroupns"));
  return list;
}

static void
add_host (hd_json *info)
{
  struct utsname uts;
  struct sysinfo sys;
  g_autofree char *name = os_release ("PRETTY_NAME"), *version = os_release ("VERSION_ID");
  uname (&uts);
  sysinfo (&sys);
  hd_json_set_string (info, "Name", uts.nodename);
  hd_json_set_string (info, "KernelVersion", uts.release);
  hd_json_set_string (info, "OperatingSystem", name);
  hd_json_set_string (info, "OSVersion", version);
  hd_json_set_string (info, "OSType", "linux");
  hd_json_set_string (info, "Architecture", uts.machine);
  hd_json_set_int (info, "NCPU", sysconf (_SC_NPROCESSORS_ONLN));
  hd_json_set_uint (info, "MemTotal", (uint64_t)sys.totalram * sys.mem_unit);
  hd_json_set_string (info, "CgroupDriver", has_systemd () ? "systemd" : "cgroupfs");
  hd_json_set_string (info, "CgroupVersion", cgroup_version ());
  hd_json_set (info, "SecurityOptions", security_options ());
}

/* ---- What can be chosen ---- */

static hd_json *
list_of (const char *const *names)
{
  hd_json *list = hd_json_new_array ();
  for (; *names != NULL; names++)
    hd_json_append (list, hd_json_new_string (*names));
  return list;
}

static void
add_plugins (hd_json *info)
{
  static const char *const volumes[] = { "local", NULL };
  static const char *const networks[] = { "bridge", "host", "null", NULL };
  static const char *const logs[] = { "journald", "json-file", "none", NULL };
  hd_json *plugins = hd_json_new_object (), *runtimes = hd_json_new_object (),
          *runtime = hd_json_new_object ();
  g_autofree char *path = hd_programs_find ("atomic-runtime");
  hd_json_set (plugins, "Volume", list_of (volumes));
  hd_json_set (plugins, "Network", list_of (networks));
  hd_json_set (plugins, "Log", list_of (logs));
  hd_json_set (info, "Plugins", plugins);
  hd_json_set_string (runtime, "path", path);
  hd_json_set (runtimes, "atomic-runtime", runtime);
  hd_json_set (info, "Runtimes", runtimes);
  hd_json_set_string (info, "DefaultRuntime", "atomic-runtime");
  hd_json_set_string (info, "LoggingDriver", "json-file");
  hd_json_set_bool (info, "LiveRestoreEnabled", true);
}

hd_json *
hd_system_info (HdStore *store, const char *version, GError **error)
{
  hd_autojson info = hd_json_new_object ();
  if (!add_containers (store, info, error))
    return NULL;
  g_autoptr (GPtrArray) images = hd_image_list (store, error);
  if (images == NULL)
    return NULL;
  hd_json_set_int (info, "Images", (int)images->len);
  hd_json_set_string (info, "ServerVersion", version);
  add_drivers (store, info);
  add_plugins (info);
  add_host (info);
  hd_json *taken = info;
  info = NULL;
  return taken;
}

/* ---- Text ---- */

static int
print_driver_line (const hd_json *pair)
{
  const char *key = "", *value = "";
  hd_json_as_string (hd_json_at (pair, 0), &key);
  hd_json_as_string (hd_json_at (pair, 1), &value);
  printf ("  %s: %s\n", key, value);
  return 0;
}

/* "a b c" of a list of strings. Free with g_free. */
static char *
joined (const hd_json *list)
{
  GString *out = g_string_new (NULL);
  for (size_t i = 0; i < hd_json_length (list); i++)
    {
      const char *text = "";
      hd_json_as_string (hd_json_at (list, i), &text);
      g_string_append_printf (out, "%s%s", i > 0 ? " " : "", text);
    }
  return g_string_free (out, FALSE);
}

static void
print_text (const hd_json *info, const char *label, const char *key)
{
  g_autofree char *clean = hd_printable (hd_json_get_string (info, key, ""));
  printf (" %s: %s\n", label, clean);
}

static void
print_counts (const hd_json *info)
{
  static const char *const keys[][2] = { { " Containers", "Containers" },
                                         { "  Running", "ContainersRunning" },
                                         { "  Paused", "ContainersPaused" },
                                         { "  Stopped", "ContainersStopped" },
                                         { " Images", "Images" } };
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    printf ("%s: %" G_GINT64_FORMAT "\n", keys[i][0], hd_json_get_int (info, keys[i][1], 0));
}

static void
print_plugins (const hd_json *info)
{
  static const char *const kinds[] = { "Volume", "Network", "Log" };
  const hd_json *plugins = hd_json_get (info, "Plugins");
  puts (" Plugins:");
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *names = joined (hd_json_get (plugins, kinds[i]));
      printf ("  %s: %s\n", kinds[i], names);
    }
}

void
hd_system_info_print (const hd_json *info)
{
  static const char *const host[][2] = { { "Kernel Version", "KernelVersion" },
                                         { "Operating System", "OperatingSystem" },
                                         { "OSType", "OSType" },
                                         { "Architecture", "Architecture" } };
  const hd_json *drivers = hd_json_get (info, "DriverStatus");
  const hd_json *security = hd_json_get (info, "SecurityOptions");
  printf ("Client:\n Version:    %s\n Context:    default\n\nServer:\n",
          hd_json_get_string (info, "ServerVersion", ""));
  print_counts (info);
  print_text (info, "Server Version", "ServerVersion");
  print_text (info, "Storage Driver", "Driver");
  for (size_t i = 0; i < hd_json_length (drivers); i++)
    print_driver_line (hd_json_at (drivers, i));
  print_text (info, "Logging Driver", "LoggingDriver");
  print_text (info, "Cgroup Driver", "CgroupDriver");
  print_text (info, "Cgroup Version", "CgroupVersion");
  print_plugins (info);
  puts (" Runtimes: atomic-runtime");
  print_text (info, "Default Runtime", "DefaultRuntime");
  puts (" Security Options:");
  for (size_t i = 0; i < hd_json_length (security); i++)
    {
      const char *text = "";
      hd_json_as_string (hd_json_at (security, i), &text);
      printf ("  %s\n", g_str_has_prefix (text, "name=") ? text + strlen ("name=") : text);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (host); i++)
    print_text (info, host[i][0], host[i][1]);
  printf (" CPUs: %" G_GINT64_FORMAT "\n", hd_json_get_int (info, "NCPU", 0));
  printf (" Total Memory: %.4gGiB\n",
          (double)hd_json_get_int (info, "MemTotal", 0) / (double)(1 << 30));
  print_text (info, "Name", "Name");
  print_text (info, "Docker Root Dir", "DockerRootDir");
  puts (" Live Restore Enabled: true");
}
