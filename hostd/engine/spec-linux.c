/* Namespaces, limits, devices, masks. */
#include "engine/spec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "engine/seccomp-profile.h"

/* Docker's (moby, "oci/defaults"). */
static const char *const masked_paths[] = { "/proc/asound",
                                            "/proc/acpi",
                                            "/proc/interrupts",
                                            "/proc/kcore",
                                            "/proc/keys",
                                            "/proc/latency_stats",
                                            "/proc/timer_list",
                                            "/proc/timer_stats",
                                            "/proc/sched_debug",
                                            "/proc/scsi",
                                            "/sys/firmware",
                                            "/sys/devices/virtual/powercap",
                                            NULL };
static const char *const readonly_paths[]
    = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL };

/* Namespaces */

static void
add_namespace (hd_json *list, const char *type, const char *path)
{
  hd_json *item = hd_json_new_object ();
  hd_json_set_string (item, "type", type);
  hd_json_set_string (item, "path", path);
  hd_json_append (list, item);
}

static gboolean
is_host (const hd_json *host, const char *key)
{
  return strcmp (hd_json_get_string (host, key, ""), "host") == 0;
}

static hd_json *
make_namespaces (const HdSpecInput *input, const hd_json *host)
{
  hd_json *list = hd_json_new_array ();
  add_namespace (list, "mount", NULL);
  if (input->netns != NULL)
    add_namespace (list, "network", input->netns);
  else if (!is_host (host, "NetworkMode"))
    add_namespace (list, "network", NULL);
  if (!is_host (host, "UTSMode"))
    add_namespace (list, "uts", input->uts_ns);
  if (!is_host (host, "PidMode"))
    add_namespace (list, "pid", input->pid_ns);
  if (!is_host (host, "IpcMode"))
    add_namespace (list, "ipc", input->ipc_ns);
  if (!is_host (host, "CgroupnsMode"))
    add_namespace (list, "cgroup", NULL);
  return list;
}

/* Limits */

static void
copy_number (const hd_json *host, const char *from, hd_json *to, const char *key)
{
  gint64 number = hd_json_get_int (host, from, 0);
  if (number != 0)
    hd_json_set_int (to, key, number);
}

static void
copy_string (const hd_json *host, const char *from, hd_json *to, const char *key)
{
  const char *text = hd_json_get_string (host, from, "");
  if (*text != '\0')
    hd_json_set_string (to, key, text);
}

static void
set_unless_empty (hd_json *to, const char *key, hd_json *child)
{
  if (hd_json_length (child) > 0)
    hd_json_set (to, key, child);
  else
    hd_json_free (child);
}

static hd_json *
make_memory (const hd_json *host)
{
  hd_json *memory = hd_json_new_object ();
  gint64 limit = hd_json_get_int (host, "Memory", 0);
  gint64 swap = hd_json_get_int (host, "MemorySwap", 0);
  copy_number (host, "Memory", memory, "limit");
  copy_number (host, "MemoryReservation", memory, "reservation");
  /* Docker: as much swap as memory, unless something else is said. */
  if (swap == 0 && limit > 0)
    swap = 2 * limit;
  if (swap != 0)
    hd_json_set_int (memory, "swap", swap);
  if (hd_json_get (host, "MemorySwappiness") != NULL)
    hd_json_set_int (memory, "swappiness", hd_json_get_int (host, "MemorySwappiness", 0));
  if (hd_json_get_bool (host, "OomKillDisable", false))
    hd_json_set_bool (memory, "disableOOMKiller", true);
  return memory;
}

static hd_json *
make_cpu (const hd_json *host)
{
  hd_json *cpu = hd_json_new_object ();
  gint64 nano = hd_json_get_int (host, "NanoCpus", 0);
  copy_number (host, "CpuShares", cpu, "shares");
  copy_number (host, "CpuPeriod", cpu, "period");
  copy_number (host, "CpuQuota", cpu, "quota");
  copy_string (host, "CpusetCpus", cpu, "cpus");
  copy_string (host, "CpusetMems", cpu, "mems");
  if (nano > 0)
    {
      hd_json_set_int (cpu, "period", 100000);
      hd_json_set_int (cpu, "quota", nano / 10000);
    }
  return cpu;
}

static gboolean
add_throttle (const hd_json *host, const char *from, const char *option, hd_json *to,
              const char *key, GError **error)
{
  const hd_json *given = hd_json_get (host, from);
  hd_json *list = hd_json_new_array ();
  for (gsize i = 0; i < hd_json_length (given); i++)
    {
      const hd_json *entry = hd_json_at (given, i);
      const char *path = hd_json_get_string (entry, "Path", "");
      struct stat stat_of;
      if (stat (path, &stat_of) < 0 || !S_ISBLK (stat_of.st_mode))
        {
          hd_json_free (list);
          return hd_throw (error, HD_NOT_FOUND, NULL, "%s: %s is no block device of this host",
                           option, path);
        }
      hd_json *item = hd_json_new_object ();
      hd_json_set_int (item, "major", major (stat_of.st_rdev));
      hd_json_set_int (item, "minor", minor (stat_of.st_rdev));
      hd_json_set_int (
          item, hd_json_get (entry, "Weight") != NULL ? "weight" : "rate",
          hd_json_get_int (entry, hd_json_get (entry, "Weight") ? "Weight" : "Rate", 0));
      hd_json_append (list, item);
    }
  set_unless_empty (to, key, list);
  return TRUE;
}

static hd_json *
make_block_io (const hd_json *host, GError **error)
{
  hd_autojson io = hd_json_new_object ();
  copy_number (host, "BlkioWeight", io, "weight");
  if (!add_throttle (host, "BlkioWeightDevice", "--blkio-weight-device", io, "weightDevice", error)
      || !add_throttle (host, "BlkioDeviceReadBps", "--device-read-bps", io,
                        "throttleReadBpsDevice", error)
      || !add_throttle (host, "BlkioDeviceWriteBps", "--device-write-bps", io,
                        "throttleWriteBpsDevice", error)
      || !add_throttle (host, "BlkioDeviceReadIOps", "--device-read-iops", io,
                        "throttleReadIOPSDevice", error)
      || !add_throttle (host, "BlkioDeviceWriteIOps", "--device-write-iops", io,
                        "throttleWriteIOPSDevice", error))
    return NULL;
  return g_steal_pointer (&io);
}

hd_json *
hd_spec_resources (const hd_json *host_config, GError **error)
{
  hd_autojson io = make_block_io (host_config, error);
  if (io == NULL)
    return NULL;
  hd_json *resources = hd_json_new_object ();
  gint64 pids = hd_json_get_int (host_config, "PidsLimit", 0);
  set_unless_empty (resources, "memory", make_memory (host_config));
  set_unless_empty (resources, "cpu", make_cpu (host_config));
  set_unless_empty (resources, "blockIO", g_steal_pointer (&io));
  if (pids != 0)
    {
      hd_json *limit = hd_json_new_object ();
      hd_json_set_int (limit, "limit", pids);
      hd_json_set (resources, "pids", limit);
    }
  return resources;
}

/* Devices */

typedef struct
{
  gboolean allow;
  char type; /* 'a' is all */
  int major;
  int minor;
} Rule;

static void
add_rule (hd_json *rules, const Rule *rule, const char *access)
{
  char type[] = { rule->type, '\0' };
  hd_json *item = hd_json_new_object ();
  hd_json_set_bool (item, "allow", rule->allow);
  if (rule->type != 'a')
    hd_json_set_string (item, "type", type);
  if (rule->major >= 0)
    hd_json_set_int (item, "major", rule->major);
  if (rule->minor >= 0)
    hd_json_set_int (item, "minor", rule->minor);
  hd_json_set_string (item, "access", access);
  hd_json_append (rules, item);
}

static gboolean
add_device (const hd_json *entry, hd_json *devices, hd_json *rules, GError **error)
{
  const char *path = hd_json_get_string (entry, "PathOnHost", "");
  struct stat stat_of;
  if (stat (path, &stat_of) < 0)
    return hd_throw_errno (error, errno, "--device: %s", path);
  if (!S_ISBLK (stat_of.st_mode) && !S_ISCHR (stat_of.st_mode))
    return hd_throw (error, HD_USAGE, "mount it with --volume", "--device: %s is no device", path);
  Rule rule = { TRUE, S_ISBLK (stat_of.st_mode) ? 'b' : 'c', (int)major (stat_of.st_rdev),
                (int)minor (stat_of.st_rdev) };
  char type[] = { rule.type, '\0' };
  hd_json *device = hd_json_new_object ();
  hd_json_set_string (device, "path", hd_json_get_string (entry, "PathInContainer", path));
  hd_json_set_string (device, "type", type);
  hd_json_set_int (device, "major", rule.major);
  hd_json_set_int (device, "minor", rule.minor);
  hd_json_set_int (device, "fileMode", stat_of.st_mode & 07777);
  hd_json_set_uint (device, "uid", stat_of.st_uid);
  hd_json_set_uint (device, "gid", stat_of.st_gid);
  hd_json_append (devices, device);
  add_rule (rules, &rule, hd_json_get_string (entry, "CgroupPermissions", "rwm"));
  return TRUE;
}

/* "c 10:200 rwm", "a *:* rwm" (kernel, cgroup-v1/devices). */
static gboolean
add_device_rule (const char *text, hd_json *rules, GError **error)
{
  char type, major_text[16], minor_text[16], access[8];
  if (sscanf (text, "%c %15[0-9*]:%15[0-9*] %7s", &type, major_text, minor_text, access) != 4
      || strchr ("abc", type) == NULL)
    return hd_throw (error, HD_USAGE, "as --device-cgroup-rule \"c 10:200 rwm\"",
                     "--device-cgroup-rule: \"%s\" is no rule", text);
  Rule rule = { TRUE, type, *major_text == '*' ? -1 : atoi (major_text),
                *minor_text == '*' ? -1 : atoi (minor_text) };
  add_rule (rules, &rule, access);
  return TRUE;
}

static gboolean
make_devices (const hd_json *host, hd_json *devices, hd_json *rules, GError **error)
{
  static const Rule usual[] = {
    { FALSE, 'a', -1, -1 }, { TRUE, 'c', -1, -1 }, { TRUE, 'b', -1, -1 },  { TRUE, 'c', 1, 3 },
    { TRUE, 'c', 1, 5 },    { TRUE, 'c', 1, 7 },   { TRUE, 'c', 1, 8 },    { TRUE, 'c', 1, 9 },
    { TRUE, 'c', 5, 0 },    { TRUE, 'c', 5, 2 },   { TRUE, 'c', 136, -1 },
  };
  static const Rule all = { TRUE, 'a', -1, -1 };
  const hd_json *given = hd_json_get (host, "Devices");
  const hd_json *more = hd_json_get (host, "DeviceCgroupRules");
  if (hd_json_get_bool (host, "Privileged", false))
    add_rule (rules, &all, "rwm");
  else
    for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
      /* Nodes may be made, but not opened. */
      add_rule (rules, &usual[i], usual[i].major < 0 && usual[i].allow ? "m" : "rwm");
  for (gsize i = 0; i < hd_json_length (given); i++)
    if (!add_device (hd_json_at (given, i), devices, rules, error))
      return FALSE;
  for (gsize i = 0; i < hd_json_length (more); i++)
    {
      const char *text = "";
      hd_json_as_string (hd_json_at (more, i), &text);
      if (!add_device_rule (text, rules, error))
        return FALSE;
    }
  return TRUE;
}

/* Security */

static const char *
security_option (const hd_json *host, const char *name)
{
  const hd_json *options = hd_json_get (host, "SecurityOpt");
  gsize length = strlen (name);
  const char *found = NULL;
  for (gsize i = 0; i < hd_json_length (options); i++)
    {
      const char *text = "";
      hd_json_as_string (hd_json_at (options, i), &text);
      if (strncmp (text, name, length) == 0 && (text[length] == '=' || text[length] == ':'))
        found = text + length + 1;
    }
  return found;
}

static gboolean
set_seccomp (const hd_json *host, hd_json *linux_part, GError **error)
{
  const char *profile = security_option (host, "seccomp");
  if (hd_json_get_bool (host, "Privileged", false) && profile == NULL)
    return TRUE;
  if (profile != NULL && strcmp (profile, "unconfined") == 0)
    return TRUE;
  g_auto (GStrv) caps = hd_spec_capabilities (host, error);
  hd_json *filter
      = caps != NULL ? hd_seccomp_profile (profile, (const char *const *)caps, error) : NULL;
  if (filter == NULL)
    return FALSE;
  hd_json_set (linux_part, "seccomp", filter);
  return TRUE;
}

static void
set_masks (const hd_json *host, hd_json *linux_part)
{
  const char *how = security_option (host, "systempaths");
  if (hd_json_get_bool (host, "Privileged", false)
      || (how != NULL && strcmp (how, "unconfined") == 0))
    return;
  hd_json_set (linux_part, "maskedPaths", hd_spec_strings (masked_paths));
  hd_json_set (linux_part, "readonlyPaths", hd_spec_strings (readonly_paths));
}

hd_json *
hd_spec_linux (const HdSpecInput *input, const hd_json *process, GError **error)
{
  const hd_json *host = hd_container_host_config (input->container);
  const hd_json *sysctls = hd_json_get (host, "Sysctls");
  hd_autojson linux_part = hd_json_new_object ();
  hd_autojson resources = hd_spec_resources (host, error);
  hd_autojson devices = hd_json_new_array ();
  hd_autojson rules = hd_json_new_array ();
  if (resources == NULL || !make_devices (host, devices, rules, error)
      || !set_seccomp (host, linux_part, error))
    return NULL;
  hd_json_set (resources, "devices", g_steal_pointer (&rules));
  hd_json_set (linux_part, "resources", g_steal_pointer (&resources));
  set_unless_empty (linux_part, "devices", g_steal_pointer (&devices));
  hd_json_set (linux_part, "namespaces", make_namespaces (input, host));
  hd_json_set_string (linux_part, "cgroupsPath", input->cgroup);
  set_masks (host, linux_part);
  if (hd_json_length (sysctls) > 0)
    hd_json_set (linux_part, "sysctl", hd_json_copy (sysctls));
  return g_steal_pointer (&linux_part);
}
