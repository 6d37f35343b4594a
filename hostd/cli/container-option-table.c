/* The tables of options. What one option says alone is a row of `simple_options`, too. */
#include "cli/container-options.h"

#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/parse.h"

#define TEXT(name, letter, arg, help)                                                              \
  {                                                                                                \
    name, letter, HD_OPT_STRING, arg, help                                                         \
  }
#define LIST(name, letter, arg, help)                                                              \
  {                                                                                                \
    name, letter, HD_OPT_STRINGS, arg, help                                                        \
  }
#define FLAG(name, letter, help)                                                                   \
  {                                                                                                \
    name, letter, HD_OPT_FLAG, NULL, help                                                          \
  }

#define CREATE_OPTIONS                                                                             \
  LIST ("add-host", 0, "NAME:ADDRESS", "add a line to /etc/hosts"),                                \
      LIST ("annotation", 0, "KEY=VALUE", "add an annotation for the runtime"),                    \
      LIST ("attach", 'a', "STREAM", "attach to stdin, stdout or stderr only"),                    \
      TEXT ("blkio-weight", 0, "WEIGHT", "weight of block I/O, 10 to 1000"),                       \
      LIST ("blkio-weight-device", 0, "PATH:WEIGHT", "weight on one device"),                      \
      LIST ("cap-add", 0, "CAPABILITY", "give a capability, or ALL"),                              \
      LIST ("cap-drop", 0, "CAPABILITY", "take a capability, or ALL"),                             \
      TEXT ("cgroupns", 0, "MODE", "cgroup namespace: private or host"),                           \
      TEXT ("cidfile", 0, "FILE", "write the id of the container to a file"),                      \
      TEXT ("cpu-period", 0, "USEC", "length of a period of CPU time"),                            \
      TEXT ("cpu-quota", 0, "USEC", "CPU time in each period"),                                    \
      TEXT ("cpu-shares", 'c', "SHARES", "weight of CPU time against others"),                     \
      TEXT ("cpus", 0, "NUMBER", "number of CPUs, as 1.5"),                                        \
      TEXT ("cpuset-cpus", 0, "LIST", "CPUs to run on, as 0-3,7"),                                 \
      TEXT ("cpuset-mems", 0, "LIST", "memory nodes to use"),                                      \
      LIST ("device", 0, "PATH[:PATH][:rwm]", "give a device of the host"),                        \
      LIST ("device-cgroup-rule", 0, "RULE", "allow devices by type and numbers"),                 \
      LIST ("device-read-bps", 0, "PATH:RATE", "limit of bytes read a second"),                    \
      LIST ("device-read-iops", 0, "PATH:RATE", "limit of reads a second"),                        \
      LIST ("device-write-bps", 0, "PATH:RATE", "limit of bytes written a second"),                \
      LIST ("device-write-iops", 0, "PATH:RATE", "limit of writes a second"),                      \
      LIST ("dns", 0, "ADDRESS", "name server"),                                                   \
      LIST ("dns-option", 0, "OPTION", "resolver option"),                                         \
      LIST ("dns-search", 0, "DOMAIN", "domain to search names in"),                               \
      TEXT ("domainname", 0, "NAME", "NIS domain name"),                                           \
      TEXT ("entrypoint", 0, "PROGRAM", "run this instead of the image's entrypoint"),             \
      LIST ("env", 'e', "NAME[=VALUE]", "set a variable, or pass it on"),                          \
      LIST ("env-file", 0, "FILE", "set variables from a file"),                                   \
      LIST ("expose", 0, "PORT", "a port that the container serves"),                              \
      LIST ("group-add", 0, "GROUP", "add a group to the process"),                                \
      TEXT ("health-cmd", 0, "COMMAND", "line for the shell that checks the container"),           \
      TEXT ("health-interval", 0, "TIME", "time between checks (30s)"),                            \
      TEXT ("health-retries", 0, "NUMBER", "failures in a row that make it unhealthy (3)"),        \
      TEXT ("health-start-period", 0, "TIME", "time in which failures do not count"),              \
      TEXT ("health-timeout", 0, "TIME", "longest time of a check (30s)"),                         \
      TEXT ("hostname", 'h', "NAME", "host name of the container"),                                \
      FLAG ("init", 0, "run an init that reaps processes and forwards signals"),                   \
      FLAG ("interactive", 'i', "keep standard input open"),                                       \
      TEXT ("ip", 0, "ADDRESS", "IPv4 address on its network"),                                    \
      TEXT ("ip6", 0, "ADDRESS", "IPv6 address on its network"),                                   \
      TEXT ("ipc", 0, "MODE", "IPC namespace: private, host or container:NAME"),                   \
      LIST ("label", 'l', "KEY=VALUE", "set a label"),                                             \
      LIST ("label-file", 0, "FILE", "set labels from a file"),                                    \
      TEXT ("log-driver", 0, "DRIVER", "json-file, journald or none"),                             \
      LIST ("log-opt", 0, "KEY=VALUE", "option of the log: max-size, max-file, tag"),              \
      TEXT ("mac-address", 0, "ADDRESS", "hardware address on its network"),                       \
      TEXT ("memory", 'm', "BYTES", "limit of memory"),                                            \
      TEXT ("memory-reservation", 0, "BYTES", "memory that is kept for it when it gets scarce"),   \
      TEXT ("memory-swap", 0, "BYTES", "limit of memory and swap together, -1 for none"),          \
      TEXT ("memory-swappiness", 0, "PERCENT", "how readily memory is swapped out, 0 to 100"),     \
      LIST ("mount", 0, "MOUNT", "mount a volume, a folder or a tmpfs (type=...,...)"),            \
      TEXT ("name", 0, "NAME", "name of the container"),                                           \
      LIST ("net", 0, "NETWORK", "the same as --network"),                                         \
      LIST ("network", 0, "NETWORK", "network, none, host or container:NAME"),                     \
      LIST ("network-alias", 0, "NAME", "further name on its network"),                            \
      FLAG ("no-healthcheck", 0, "leave out the image's check"),                                   \
      FLAG ("oom-kill-disable", 0, "do not kill it when its memory is used up"),                   \
      TEXT ("oom-score-adj", 0, "NUMBER", "how readily it is killed, -1000 to 1000"),              \
      TEXT ("pid", 0, "MODE", "process namespace: host or container:NAME"),                        \
      TEXT ("pids-limit", 0, "NUMBER", "limit of processes, -1 for none"),                         \
      TEXT ("platform", 0, "OS/ARCH", "platform of the image"),                                    \
      FLAG ("privileged", 0, "give all capabilities and devices"),                                 \
      LIST ("publish", 'p', "[[ADDRESS:]PORT:]PORT", "publish a port on the host"),                \
      FLAG ("publish-all", 'P', "publish all ports that the image exposes"),                       \
      TEXT ("pull", 0, "POLICY", "missing, always, never or newer"),                               \
      FLAG ("quiet", 'q', "no progress of the pull"),                                              \
      FLAG ("read-only", 0, "mount the root file system read-only"),                               \
      TEXT ("restart", 0, "POLICY", "no, on-failure[:N], always or unless-stopped"),               \
      FLAG ("rm", 0, "remove the container when it has ended"),                                    \
      TEXT ("rootfs", 0, "DIR", "start from a folder instead of an image"),                        \
      LIST ("security-opt", 0, "OPTION", "no-new-privileges, seccomp=FILE|unconfined ..."),        \
      TEXT ("shm-size", 0, "BYTES", "size of /dev/shm (64m)"),                                     \
      TEXT ("stop-signal", 0, "SIGNAL", "signal that stops it"),                                   \
      TEXT ("stop-timeout", 0, "SECONDS", "time to stop before it is killed (10)"),                \
      LIST ("sysctl", 0, "KEY=VALUE", "kernel parameter of its namespaces"),                       \
      LIST ("tmpfs", 0, "PATH[:OPTIONS]", "mount a tmpfs"),                                        \
      FLAG ("tty", 't', "give it a terminal"),                                                     \
      LIST ("ulimit", 0, "NAME=SOFT[:HARD]", "limit of a process"),                                \
      TEXT ("user", 'u', "USER[:GROUP]", "user to run as"),                                        \
      TEXT ("userns", 0, "MODE", "user namespace: host"),                                          \
      TEXT ("uts", 0, "MODE", "UTS namespace: host"),                                              \
      LIST ("volume", 'v', "[SOURCE:]PATH[:OPTIONS]", "mount a volume or a folder of the host"),   \
      TEXT ("workdir", 'w', "PATH", "working folder")

const HdOption hd_create_options[] = { CREATE_OPTIONS, { NULL } };

const HdOption hd_run_options[] = {
  FLAG ("detach", 'd', "run in the background and print its id"),
  TEXT ("detach-keys", 0, "KEYS", "keys that detach from it (ctrl-p,ctrl-q)"),
  FLAG ("sig-proxy", 0, "pass signals on to it (on unless --sig-proxy=false)"),
  CREATE_OPTIONS,
  { NULL },
};

typedef enum
{
  KIND_TEXT,
  KIND_NUMBER,
  KIND_BOOL,
  KIND_SIZE,
  KIND_CPUS,
  KIND_LIST,
  KIND_MAP
} Kind;

typedef struct
{
  const char *option;
  gboolean config; /* else HostConfig */
  const char *key;
  Kind kind;
  gboolean update; /* `update` has it */
} Simple;

static const Simple simple_options[] = {
  { "hostname", TRUE, "Hostname", KIND_TEXT, FALSE },
  { "domainname", TRUE, "Domainname", KIND_TEXT, FALSE },
  { "user", TRUE, "User", KIND_TEXT, FALSE },
  { "workdir", TRUE, "WorkingDir", KIND_TEXT, FALSE },
  { "tty", TRUE, "Tty", KIND_BOOL, FALSE },
  { "interactive", TRUE, "OpenStdin", KIND_BOOL, FALSE },
  { "stop-signal", TRUE, "StopSignal", KIND_TEXT, FALSE },
  { "stop-timeout", TRUE, "StopTimeout", KIND_NUMBER, FALSE },
  { "add-host", FALSE, "ExtraHosts", KIND_LIST, FALSE },
  { "annotation", FALSE, "Annotations", KIND_MAP, FALSE },
  { "blkio-weight", FALSE, "BlkioWeight", KIND_NUMBER, TRUE },
  { "cap-add", FALSE, "CapAdd", KIND_LIST, FALSE },
  { "cap-drop", FALSE, "CapDrop", KIND_LIST, FALSE },
  { "cgroupns", FALSE, "CgroupnsMode", KIND_TEXT, FALSE },
  { "cidfile", FALSE, "ContainerIDFile", KIND_TEXT, FALSE },
  { "cpu-period", FALSE, "CpuPeriod", KIND_NUMBER, TRUE },
  { "cpu-quota", FALSE, "CpuQuota", KIND_NUMBER, TRUE },
  { "cpu-shares", FALSE, "CpuShares", KIND_NUMBER, TRUE },
  { "cpus", FALSE, "NanoCpus", KIND_CPUS, TRUE },
  { "cpuset-cpus", FALSE, "CpusetCpus", KIND_TEXT, TRUE },
  { "cpuset-mems", FALSE, "CpusetMems", KIND_TEXT, TRUE },
  { "device-cgroup-rule", FALSE, "DeviceCgroupRules", KIND_LIST, FALSE },
  { "dns", FALSE, "Dns", KIND_LIST, FALSE },
  { "dns-option", FALSE, "DnsOptions", KIND_LIST, FALSE },
  { "dns-search", FALSE, "DnsSearch", KIND_LIST, FALSE },
  { "group-add", FALSE, "GroupAdd", KIND_LIST, FALSE },
  { "init", FALSE, "Init", KIND_BOOL, FALSE },
  { "ipc", FALSE, "IpcMode", KIND_TEXT, FALSE },
  { "memory", FALSE, "Memory", KIND_SIZE, TRUE },
  { "memory-reservation", FALSE, "MemoryReservation", KIND_SIZE, TRUE },
  { "memory-swap", FALSE, "MemorySwap", KIND_SIZE, TRUE },
  { "memory-swappiness", FALSE, "MemorySwappiness", KIND_NUMBER, FALSE },
  { "oom-kill-disable", FALSE, "OomKillDisable", KIND_BOOL, FALSE },
  { "oom-score-adj", FALSE, "OomScoreAdj", KIND_NUMBER, FALSE },
  { "pid", FALSE, "PidMode", KIND_TEXT, FALSE },
  { "pids-limit", FALSE, "PidsLimit", KIND_NUMBER, TRUE },
  { "privileged", FALSE, "Privileged", KIND_BOOL, FALSE },
  { "publish-all", FALSE, "PublishAllPorts", KIND_BOOL, FALSE },
  { "read-only", FALSE, "ReadonlyRootfs", KIND_BOOL, FALSE },
  { "rm", FALSE, "AutoRemove", KIND_BOOL, FALSE },
  { "security-opt", FALSE, "SecurityOpt", KIND_LIST, FALSE },
  { "shm-size", FALSE, "ShmSize", KIND_SIZE, FALSE },
  { "sysctl", FALSE, "Sysctls", KIND_MAP, FALSE },
  { "userns", FALSE, "UsernsMode", KIND_TEXT, FALSE },
  { "uts", FALSE, "UTSMode", KIND_TEXT, FALSE },
};

gboolean
hd_container_options_size (const char *text, gint64 *ret_bytes)
{
  g_autofree char *upper = g_ascii_strup (text, -1);
  gsize length = strlen (upper);
  guint64 bytes;
  if (strcmp (text, "-1") == 0)
    {
      *ret_bytes = -1;
      return TRUE;
    }
  /* "1gb", "100b" */
  if (length > 1 && upper[length - 1] == 'B' && upper[length - 2] != 'I')
    upper[length - 1] = '\0';
  if (hd_parse_size (upper, &bytes) < 0 || bytes > G_MAXINT64)
    return FALSE;
  *ret_bytes = (gint64)bytes;
  return TRUE;
}

static gboolean
parse_cpus (const char *text, gint64 *ret_nano)
{
  char *end;
  double number = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || !(number >= 0) || number > 1e6)
    return FALSE;
  *ret_nano = (gint64)(number * 1e9 + 0.5);
  return TRUE;
}

static gboolean
set_number (hd_json *to, const Simple *simple, const char *text, GError **error)
{
  gint64 number = 0;
  gboolean good = simple->kind == KIND_SIZE   ? hd_container_options_size (text, &number)
                  : simple->kind == KIND_CPUS ? parse_cpus (text, &number)
                                              : hd_parse_int64 (text, &number) == 0;
  if (!good)
    return hd_throw (error, HD_USAGE, NULL, "--%s wants %s, not \"%s\"", simple->option,
                     simple->kind == KIND_SIZE ? "a size as 512m or 2g" : "a number", text);
  hd_json_set_int (to, simple->key, number);
  return TRUE;
}

static gboolean
set_map (hd_json *to, const Simple *simple, const char *const *entries, GError **error)
{
  hd_json *map = hd_json_new_object ();
  for (; *entries != NULL; entries++)
    {
      gsize length = strcspn (*entries, "=");
      g_autofree char *key = g_strndup (*entries, length);
      if ((*entries)[length] != '=' || length == 0)
        {
          hd_json_free (map);
          return hd_throw (error, HD_USAGE, NULL, "--%s wants KEY=VALUE, not \"%s\"",
                           simple->option, *entries);
        }
      hd_json_set_string (map, key, *entries + length + 1);
    }
  hd_json_set (to, simple->key, map);
  return TRUE;
}

static void
set_list (hd_json *to, const char *key, const char *const *entries)
{
  hd_json *list = hd_json_new_array ();
  for (; *entries != NULL; entries++)
    hd_json_append (list, hd_json_new_string (*entries));
  hd_json_set (to, key, list);
}

static gboolean
set_one (const HdInvocation *invocation, const Simple *simple, hd_json *to, GError **error)
{
  switch (simple->kind)
    {
    case KIND_TEXT:
      hd_json_set_string (to, simple->key, hd_inv_string (invocation, simple->option));
      return TRUE;
    case KIND_BOOL:
      hd_json_set_bool (to, simple->key, hd_inv_flag (invocation, simple->option));
      return TRUE;
    case KIND_LIST:
      set_list (to, simple->key, hd_inv_strings (invocation, simple->option));
      return TRUE;
    case KIND_MAP:
      return set_map (to, simple, hd_inv_strings (invocation, simple->option), error);
    default:
      return set_number (to, simple, hd_inv_string (invocation, simple->option), error);
    }
}

gboolean
hd_container_options_simple (const HdInvocation *invocation, gboolean update, hd_json *config,
                             hd_json *host, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (simple_options); i++)
    {
      const Simple *simple = &simple_options[i];
      if ((update && !simple->update) || !hd_inv_given (invocation, simple->option))
        continue;
      if (!set_one (invocation, simple, simple->config ? config : host, error))
        return FALSE;
    }
  return TRUE;
}
