/* spec: a config.json to start from, as runc and crun write it. */
#include "runtime/verb-common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"

#define CAPABILITIES "[\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"]"
#define MOUNT(destination, type, source, options)                                                  \
  "    {\n      \"destination\": \"" destination "\",\n      \"type\": \"" type                    \
  "\",\n      \"source\": \"" source "\",\n      \"options\": [" options "]\n    }"
#define STRICT "\"nosuid\", \"noexec\", \"nodev\""

static const char head[]
    = "{\n"
      "  \"ociVersion\": \"" RT_SPEC_VERSION "\",\n"
      "  \"process\": {\n"
      "    \"terminal\": true,\n"
      "    \"user\": {\n      \"uid\": 0,\n      \"gid\": 0\n    },\n"
      "    \"args\": [\"sh\"],\n"
      "    \"env\": [\n"
      "      \"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\n"
      "      \"TERM=xterm\"\n"
      "    ],\n"
      "    \"cwd\": \"/\",\n"
      "    \"capabilities\": {\n"
      "      \"bounding\": " CAPABILITIES ",\n"
      "      \"effective\": " CAPABILITIES ",\n"
      "      \"permitted\": " CAPABILITIES "\n"
      "    },\n"
      "    \"rlimits\": [\n"
      "      {\n        \"type\": \"RLIMIT_NOFILE\",\n        \"hard\": 1024,\n"
      "        \"soft\": 1024\n      }\n"
      "    ],\n"
      "    \"noNewPrivileges\": true\n"
      "  },\n"
      "  \"root\": {\n    \"path\": \"rootfs\",\n    \"readonly\": true\n  },\n"
      "  \"hostname\": \"container\",\n"
      "  \"mounts\": [\n" MOUNT ("/proc", "proc", "proc", STRICT) ",\n" MOUNT (
          "/dev", "tmpfs", "tmpfs",
          "\"nosuid\", \"strictatime\", \"mode=755\", \"size=65536k\"") ",\n";

static const char middle[]
    = ",\n" MOUNT ("/dev/shm", "tmpfs", "shm",
                   STRICT ", \"mode=1777\", \"size=65536k\"") ",\n" MOUNT ("/dev/mqueue", "mqueue",
                                                                           "mqueue", STRICT) ",\n";

static const char tail[]
    = "    \"maskedPaths\": [\n"
      "      \"/proc/acpi\", \"/proc/asound\", \"/proc/kcore\", \"/proc/keys\",\n"
      "      \"/proc/latency_stats\", \"/proc/timer_list\", \"/proc/timer_stats\",\n"
      "      \"/proc/sched_debug\", \"/sys/firmware\", \"/proc/scsi\"\n"
      "    ],\n"
      "    \"readonlyPaths\": [\n"
      "      \"/proc/bus\", \"/proc/fs\", \"/proc/irq\", \"/proc/sys\", \"/proc/sysrq-trigger\"\n"
      "    ]\n"
      "  }\n"
      "}\n";

#define PTS_OPTIONS "\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\""
#define NAMESPACES                                                                                 \
  "    \"namespaces\": [\n"                                                                        \
  "      {\"type\": \"pid\"}, {\"type\": \"ipc\"}, {\"type\": \"uts\"}, {\"type\": \"mount\"},\n"
#define CGROUP_NAMESPACE "      {\"type\": \"cgroup\"},\n"

static const char pts[] = MOUNT ("/dev/pts", "devpts", "devpts", PTS_OPTIONS ", \"gid=5\"");
static const char sys[] = MOUNT ("/sys", "sysfs", "sysfs", STRICT ", \"ro\"") ",\n" MOUNT (
    "/sys/fs/cgroup", "cgroup", "cgroup", STRICT ", \"relatime\", \"ro\"");
static const char namespaces[] = "    \"resources\": {\n"
                                 "      \"devices\": [\n        {\n          \"allow\": false,\n"
                                 "          \"access\": \"rwm\"\n        }\n      ]\n"
                                 "    },\n" NAMESPACES "%s      {\"type\": \"network\"}\n    ],\n";

/* An ordinary user has one group, may not mount a sysfs without a network namespace of its own, and
 * has no cgroups.  What is mounted below /sys is read-only too, or the user's own cgroups could be
 * written from inside (CVE-2023-25809). */
static const char user_pts[] = MOUNT ("/dev/pts", "devpts", "devpts", PTS_OPTIONS);
static const char user_sys[] = MOUNT ("/sys", "none", "/sys", "\"rbind\", " STRICT ", \"rro\"");
static const char user_namespaces[]
    = "    \"uidMappings\": [{\"containerID\": 0, \"hostID\": %u, \"size\": 1}],\n"
      "    \"gidMappings\": [{\"containerID\": 0, \"hostID\": %u, \"size\": 1}],\n" //
    NAMESPACES "%s      {\"type\": \"user\"}\n    ],\n";

/* As runc and crun have it: on version 1 a container sees the host's cgroups. */
static const char *
cgroup_namespace (void)
{
  struct statfs fs;
  const bool unified = statfs ("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
  return unified ? CGROUP_NAMESPACE : "";
}

static const char *
config_text (bool rootless, rt_arena *arena)
{
  const char *linux_ = rootless ? rt_printf (arena, user_namespaces, (unsigned)geteuid (),
                                             (unsigned)getegid (), cgroup_namespace ())
                                : rt_printf (arena, namespaces, cgroup_namespace ());
  return rt_printf (arena, "%s%s%s%s\n  ],\n  \"linux\": {\n%s%s", head, rootless ? user_pts : pts,
                    middle, rootless ? user_sys : sys, linux_, tail);
}

int
rt_verb_spec (const rt_args *args, rt_arena *arena, hd_err *err)
{
  const char *path = rt_printf (arena, "%s/config.json", args->bundle != NULL ? args->bundle : ".");
  const char *text = config_text (args->rootless, arena);
  hd_autofd fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0 && errno == EEXIST)
    return hd_err_set (err, HD_BUSY, "remove it first", "%s already exists", path);
  int r = fd < 0 ? -errno : hd_fs_write_all (fd, text, strlen (text));
  return r < 0 ? hd_err_set_errno (err, -r, "writing %s", path) : 0;
}
