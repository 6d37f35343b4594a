/* The checks of a config.json that go over one member, or over what a type can say. */
#include "runtime/spec-internal.h"

#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define OOM_SCORE_LIMIT 1000 /* OOM_SCORE_ADJ_MAX of linux/oom.h */
#define NICE_LEAST (-20)
#define NICE_MOST 19
#define IO_PRIORITY_MOST 7
#define NANOSECONDS 1000000000
#define SECCOMP_ARGUMENTS 6
#define ERRNO_MOST 4095
#define DEVICE_NUMBERS_MOST 0xfffff /* MINORBITS of linux/kdev_t.h */

/* Every message is "PATH: expected ..., got ..." or "PATH: what is wrong". */
#define WRONG(...) hd_err_set (err, HD_CONFIG, NULL, __VA_ARGS__)

static int
check_absolute (const char *path, const char *name, hd_err *err)
{
  if (path[0] == '/')
    return 0;
  return WRONG ("%s: expected an absolute path, got \"%.200s\"", name, path);
}

static int
check_range (int64_t value, int64_t least, int64_t most, const char *name, hd_err *err)
{
  if (value >= least && value <= most)
    return 0;
  return WRONG ("%s: expected a number from %lld to %lld, got %lld", name, (long long)least,
                (long long)most, (long long)value);
}

/* Process */

static int
check_rlimits (const rt_process *process, const char *name, hd_err *err)
{
  for (size_t i = 0; i < process->rlimits.count; i++)
    {
      const rt_rlimit *limit = &process->rlimits.items[i];
      const char *word = rt_word_name (rt_rlimit_words, limit->type.value);
      if (limit->soft.value > limit->hard.value)
        return WRONG ("%s.rlimits[%zu]: the soft limit of %s is above the hard limit", name, i,
                      word);
      for (size_t j = 0; j < i; j++)
        if (process->rlimits.items[j].type.value == limit->type.value)
          return WRONG ("%s.rlimits[%zu].type: %s is there twice", name, i, word);
    }
  return 0;
}

static int
check_scheduler (const rt_scheduler *s, const char *name, hd_err *err)
{
  const int64_t policy = s->policy.value;
  char path[96];
  snprintf (path, sizeof path, "%s.scheduler.nice", name);
  if (check_range (s->nice, NICE_LEAST, NICE_MOST, path, err) < 0)
    return -EINVAL;
  if (s->priority != 0 && policy != SCHED_FIFO && policy != SCHED_RR)
    return WRONG ("%s.scheduler.priority: is for SCHED_FIFO and SCHED_RR alone", name);
  if ((s->runtime.value | s->deadline.value | s->period.value) != 0 && policy != RT_SCHED_DEADLINE)
    return WRONG ("%s.scheduler: runtime, deadline and period are for SCHED_DEADLINE alone", name);
  return 0;
}

static int
check_scheduling (const rt_process *process, const char *name, hd_err *err)
{
  char path[96];
  if (process->scheduler != NULL && check_scheduler (process->scheduler, name, err) < 0)
    return -EINVAL;
  snprintf (path, sizeof path, "%s.ioPriority.priority", name);
  if (process->io_priority != NULL
      && check_range (process->io_priority->priority, 0, IO_PRIORITY_MOST, path, err) < 0)
    return -EINVAL;
  snprintf (path, sizeof path, "%s.oomScoreAdj", name);
  return check_range (process->oom_score_adj.value, -OOM_SCORE_LIMIT, OOM_SCORE_LIMIT, path, err);
}

int
rt_spec_check_process (const rt_process *process, const char *name, hd_err *err)
{
  char path[96];
  snprintf (path, sizeof path, "%s.cwd", name);
  if (check_absolute (process->cwd, path, err) < 0)
    return -EINVAL;
  if (process->args.count == 0 || process->args.items[0][0] == '\0')
    return WRONG ("%s.args: expected a program and its arguments, got none", name);
  snprintf (path, sizeof path, "%s.user.umask", name);
  if (check_range (process->user.umask.value, 0, 0777, path, err) < 0
      || check_rlimits (process, name, err) < 0)
    return -EINVAL;
  return check_scheduling (process, name, err);
}

/* Hooks */

static int
check_hooks (const rt_hook_list *list, const char *name, hd_err *err)
{
  for (size_t i = 0; i < list->count; i++)
    {
      const rt_hook *hook = &list->items[i];
      char path[64];
      snprintf (path, sizeof path, "hooks.%s[%zu].path", name, i);
      if (check_absolute (hook->path, path, err) < 0)
        return -EINVAL;
      if (hook->timeout.set && hook->timeout.value <= 0)
        return WRONG ("hooks.%s[%zu].timeout: expected a number above 0, got %lld", name, i,
                      (long long)hook->timeout.value);
    }
  return 0;
}

static int
check_all_hooks (const rt_hooks *all, hd_err *err)
{
  if (check_hooks (&all->prestart, "prestart", err) < 0
      || check_hooks (&all->create_runtime, "createRuntime", err) < 0
      || check_hooks (&all->create_container, "createContainer", err) < 0
      || check_hooks (&all->start_container, "startContainer", err) < 0
      || check_hooks (&all->poststart, "poststart", err) < 0
      || check_hooks (&all->poststop, "poststop", err) < 0)
    return -EINVAL;
  return 0;
}

/* Mounts and id maps */

static int
check_mappings (const rt_id_mappings *list, const char *name, hd_err *err)
{
  for (size_t i = 0; i < list->count; i++)
    if (list->items[i].size == 0)
      return WRONG ("%s[%zu].size: expected a number above 0, got 0", name, i);
  return 0;
}

static int
check_mounts (const rt_spec *s, hd_err *err)
{
  for (size_t i = 0; i < s->mounts.count; i++)
    {
      const rt_mount *mount = &s->mounts.items[i];
      char path[48];
      if (mount->destination[0] == '\0')
        return WRONG ("mounts[%zu].destination: is empty", i);
      if ((mount->uid_mappings.count > 0) != (mount->gid_mappings.count > 0))
        return WRONG ("mounts[%zu]: uidMappings and gidMappings must be given together", i);
      snprintf (path, sizeof path, "mounts[%zu].uidMappings", i);
      if (check_mappings (&mount->uid_mappings, path, err) < 0)
        return -EINVAL;
      snprintf (path, sizeof path, "mounts[%zu].gidMappings", i);
      if (check_mappings (&mount->gid_mappings, path, err) < 0)
        return -EINVAL;
    }
  return 0;
}

/* Namespaces */

static int
check_namespaces (const rt_linux *l, hd_err *err)
{
  for (size_t i = 0; i < l->namespaces.count; i++)
    {
      const rt_namespace *ns = &l->namespaces.items[i];
      char path[48];
      snprintf (path, sizeof path, "linux.namespaces[%zu].path", i);
      if (ns->path != NULL && check_absolute (ns->path, path, err) < 0)
        return -EINVAL;
      for (size_t j = 0; j < i; j++)
        if (l->namespaces.items[j].type.value == ns->type.value)
          return WRONG ("linux.namespaces[%zu].type: %s is there twice", i,
                        rt_word_name (rt_namespace_words, ns->type.value));
    }
  return 0;
}

static int
check_user_namespace (const rt_spec *s, hd_err *err)
{
  const rt_linux *l = s->linux_;
  const rt_namespace *user = rt_spec_namespace (s, CLONE_NEWUSER);
  const bool uids = l->uid_mappings.count > 0, gids = l->gid_mappings.count > 0;
  if (user == NULL && (uids || gids))
    return hd_err_set (err, HD_CONFIG, "add {\"type\": \"user\"} to linux.namespaces",
                       "linux.%sMappings: need a user namespace", uids ? "uid" : "gid");
  if (user != NULL && user->path == NULL && !(uids && gids))
    return hd_err_set (
        err, HD_CONFIG, "as [{\"containerID\": 0, \"hostID\": 100000, \"size\": 65536}]",
        "linux.%sMappings: is required by a new user namespace", uids ? "gid" : "uid");
  if (check_mappings (&l->uid_mappings, "linux.uidMappings", err) < 0)
    return -EINVAL;
  return check_mappings (&l->gid_mappings, "linux.gidMappings", err);
}

static int
check_clocks (const rt_spec *s, hd_err *err)
{
  const rt_time_offsets *offsets = s->linux_->time_offsets;
  const rt_namespace *ns = rt_spec_namespace (s, CLONE_NEWTIME);
  if (offsets == NULL)
    return 0;
  if (ns == NULL || ns->path != NULL)
    return hd_err_set (err, HD_CONFIG, "add {\"type\": \"time\"} to linux.namespaces",
                       "linux.timeOffsets: needs a new time namespace");
  if (offsets->monotonic != NULL
      && check_range (offsets->monotonic->nanosecs, 0, NANOSECONDS - 1,
                      "linux.timeOffsets.monotonic.nanosecs", err)
             < 0)
    return -EINVAL;
  return offsets->boottime == NULL ? 0
                                   : check_range (offsets->boottime->nanosecs, 0, NANOSECONDS - 1,
                                                  "linux.timeOffsets.boottime.nanosecs", err);
}

/* Members that need a namespace of the container's own, or they would change the host. */
static int
check_namespaced (const rt_spec *s, hd_err *err)
{
  if (rt_spec_namespace (s, CLONE_NEWNS) == NULL)
    return hd_err_set (err, HD_CONFIG, "add {\"type\": \"mount\"} to linux.namespaces",
                       "linux.namespaces: a container needs a mount namespace");
  if ((s->hostname != NULL || s->domainname != NULL) && rt_spec_namespace (s, CLONE_NEWUTS) == NULL)
    return hd_err_set (err, HD_CONFIG, "add {\"type\": \"uts\"} to linux.namespaces",
                       "%s: needs a uts namespace",
                       s->hostname != NULL ? "hostname" : "domainname");
  if (check_user_namespace (s, err) < 0 || check_clocks (s, err) < 0)
    return -EINVAL;
  return rt_spec_check_sysctl (s, err);
}

/* Devices */

/* The last part of the path names the node. */
static bool
names_node (const char *path)
{
  const char *name = strrchr (path, '/');
  return name != NULL && name[1] != '\0' && strcmp (name, "/.") != 0 && strcmp (name, "/..") != 0;
}

static int
check_device (const rt_device *d, size_t index, hd_err *err)
{
  char path[48];
  snprintf (path, sizeof path, "linux.devices[%zu].path", index);
  if (check_absolute (d->path, path, err) < 0)
    return -EINVAL;
  if (!names_node (d->path))
    return WRONG ("%s: expected the path of a file, got \"%.200s\"", path, d->path);
  if (strlen (d->type) != 1 || strchr ("bcup", d->type[0]) == NULL)
    return WRONG ("linux.devices[%zu].type: expected one of b, c, u, p, got \"%.20s\"", index,
                  d->type);
  snprintf (path, sizeof path, "linux.devices[%zu].major", index);
  if (check_range (d->major, 0, DEVICE_NUMBERS_MOST, path, err) < 0)
    return -EINVAL;
  snprintf (path, sizeof path, "linux.devices[%zu].minor", index);
  if (check_range (d->minor, 0, DEVICE_NUMBERS_MOST, path, err) < 0)
    return -EINVAL;
  snprintf (path, sizeof path, "linux.devices[%zu].fileMode", index);
  return check_range (d->file_mode.value, 0, UINT32_MAX, path, err);
}

static int
check_devices (const rt_linux *l, hd_err *err)
{
  for (size_t i = 0; i < l->devices.count; i++)
    {
      const rt_device *d = &l->devices.items[i];
      char path[48];
      if (check_device (d, i, err) < 0)
        return -EINVAL;
      snprintf (path, sizeof path, "linux.devices[%zu].uid", i);
      if (check_range (d->uid.value, 0, UINT32_MAX - 1, path, err) < 0)
        return -EINVAL;
      snprintf (path, sizeof path, "linux.devices[%zu].gid", i);
      if (check_range (d->gid.value, 0, UINT32_MAX - 1, path, err) < 0)
        return -EINVAL;
    }
  return 0;
}

static bool
is_interface_name (const char *name)
{
  return name[0] != '\0' && strlen (name) < IFNAMSIZ && strpbrk (name, "/: \t\n") == NULL
         && strcmp (name, ".") != 0 && strcmp (name, "..") != 0;
}

static const char *
inner_name (const rt_net_device *device)
{
  return device->name != NULL && device->name[0] != '\0' ? device->name : device->host_name;
}

static int
check_net_devices (const rt_spec *s, hd_err *err)
{
  const rt_linux *l = s->linux_;
  if (l->net_devices.count > 0 && rt_spec_namespace (s, CLONE_NEWNET) == NULL)
    return hd_err_set (err, HD_CONFIG, "add {\"type\": \"network\"} to linux.namespaces",
                       "linux.netDevices: needs a network namespace");
  for (size_t i = 0; i < l->net_devices.count; i++)
    {
      const rt_net_device *device = &l->net_devices.items[i];
      const char *name = inner_name (device);
      if (!is_interface_name (device->host_name) || !is_interface_name (name))
        return WRONG ("linux.netDevices.%.32s: \"%.32s\" is no name of an interface",
                      device->host_name, is_interface_name (name) ? device->host_name : name);
      for (size_t j = 0; j < i; j++)
        if (strcmp (inner_name (&l->net_devices.items[j]), name) == 0)
          return WRONG ("linux.netDevices.%.32s.name: \"%.32s\" is there twice", device->host_name,
                        name);
    }
  return 0;
}

/* Limits */

static int
check_device_rules (const rt_resources *r, const char *name, hd_err *err)
{
  for (size_t i = 0; i < r->devices.count; i++)
    {
      const rt_device_rule *d = &r->devices.items[i];
      if (d->type != NULL && (strlen (d->type) > 1 || strchr ("abc", d->type[0]) == NULL))
        return WRONG ("%s.devices[%zu].type: expected one of a, b, c, got \"%.20s\"", name, i,
                      d->type);
      if (d->access != NULL && strspn (d->access, "rwm") != strlen (d->access))
        return WRONG ("%s.devices[%zu].access: expected letters of rwm, got \"%.20s\"", name, i,
                      d->access);
    }
  return 0;
}

/* "2MB", "1GB": becomes part of a file's name. */
static bool
is_page_size (const char *text)
{
  size_t digits = strspn (text, "0123456789");
  const char *unit = text + digits;
  return digits > 0 && unit[0] != '\0' && strchr ("KMG", unit[0]) != NULL
         && strcmp (unit + 1, "B") == 0;
}

static int
check_hugepages (const rt_resources *r, const char *name, hd_err *err)
{
  for (size_t i = 0; i < r->hugepage_limits.count; i++)
    if (!is_page_size (r->hugepage_limits.items[i].page_size))
      return WRONG ("%s.hugepageLimits[%zu].pageSize: expected a size as \"2MB\", got \"%.40s\"",
                    name, i, r->hugepage_limits.items[i].page_size);
  return 0;
}

static int
check_weights (const rt_block_io *io, const char *name, hd_err *err)
{
  for (size_t i = 0; io != NULL && i < io->weight_device.count; i++)
    if (!io->weight_device.items[i].weight.set && !io->weight_device.items[i].leaf_weight.set)
      return WRONG ("%s.blockIO.weightDevice[%zu]: needs weight or leafWeight", name, i);
  return 0;
}

/* Keys are names of files in the container's cgroup, and of nothing else. */
static int
check_unified (const rt_map *unified, const char *name, hd_err *err)
{
  for (size_t i = 0; i < unified->count; i++)
    {
      const char *key = unified->items[i].key;
      if (strchr (key, '/') != NULL || strchr (key, '.') == NULL || strstr (key, "..") != NULL)
        return WRONG ("%s.unified: expected a file as \"memory.high\", got \"%.80s\"", name, key);
    }
  return 0;
}

int
rt_spec_check_resources (const rt_resources *r, const char *name, hd_err *err)
{
  if (check_device_rules (r, name, err) < 0 || check_hugepages (r, name, err) < 0
      || check_weights (r->block_io, name, err) < 0 || check_unified (&r->unified, name, err) < 0)
    return -EINVAL;
  for (size_t i = 0; i < r->rdma.count; i++)
    if (!r->rdma.items[i].hca_handles.set && !r->rdma.items[i].hca_objects.set)
      return WRONG ("%s.rdma.%.64s: needs hcaHandles or hcaObjects", name, r->rdma.items[i].device);
  return 0;
}

/* Seccomp */

static int
check_seccomp_rule (const rt_seccomp_rule *rule, size_t index, hd_err *err)
{
  if (rule->names.count == 0)
    return WRONG ("linux.seccomp.syscalls[%zu].names: expected at least one name, got none", index);
  if (rule->errno_ret.value > ERRNO_MOST)
    return WRONG ("linux.seccomp.syscalls[%zu].errnoRet: expected a number from 0 to %d, got %llu",
                  index, ERRNO_MOST, (unsigned long long)rule->errno_ret.value);
  for (size_t i = 0; i < rule->args.count; i++)
    if (rule->args.items[i].index >= SECCOMP_ARGUMENTS)
      return WRONG (
          "linux.seccomp.syscalls[%zu].args[%zu].index: expected a number from 0 to %d, got %u",
          index, i, SECCOMP_ARGUMENTS - 1, rule->args.items[i].index);
  return 0;
}

static int
check_seccomp (const rt_seccomp *seccomp, hd_err *err)
{
  if (seccomp->listener_metadata != NULL && seccomp->listener_path == NULL)
    return WRONG ("linux.seccomp.listenerMetadata: needs listenerPath");
  if (seccomp->listener_path != NULL
      && check_absolute (seccomp->listener_path, "linux.seccomp.listenerPath", err) < 0)
    return -EINVAL;
  if (seccomp->default_errno_ret.value > ERRNO_MOST)
    return WRONG ("linux.seccomp.defaultErrnoRet: expected a number from 0 to %d, got %llu",
                  ERRNO_MOST, (unsigned long long)seccomp->default_errno_ret.value);
  for (size_t i = 0; i < seccomp->syscalls.count; i++)
    if (check_seccomp_rule (&seccomp->syscalls.items[i], i, err) < 0)
      return -EINVAL;
  return 0;
}

/* All of linux */

static int
check_paths (const rt_strings *paths, const char *name, hd_err *err)
{
  for (size_t i = 0; i < paths->count; i++)
    {
      char path[48];
      snprintf (path, sizeof path, "linux.%s[%zu]", name, i);
      if (check_absolute (paths->items[i], path, err) < 0)
        return -EINVAL;
    }
  return 0;
}

/* What is not there must not be passed over: the container would run without it. */
static int
check_unsupported (const rt_linux *l, hd_err *err)
{
  if (l->intel_rdt != NULL)
    return hd_err_set (err, HD_CONFIG, "leave it out", "linux.intelRdt: is not supported");
  if (l->personality != NULL && l->personality->flags.count > 0)
    return WRONG ("linux.personality.flags: expected none, the specification knows no flag");
  return 0;
}

static int
check_linux (const rt_spec *s, hd_err *err)
{
  const rt_linux *l = s->linux_;
  if (check_namespaces (l, err) < 0 || check_namespaced (s, err) < 0 || check_devices (l, err) < 0
      || check_net_devices (s, err) < 0 || check_paths (&l->masked_paths, "maskedPaths", err) < 0
      || check_paths (&l->readonly_paths, "readonlyPaths", err) < 0
      || check_unsupported (l, err) < 0)
    return -EINVAL;
  if (l->resources != NULL && rt_spec_check_resources (l->resources, "linux.resources", err) < 0)
    return -EINVAL;
  return l->seccomp != NULL ? check_seccomp (l->seccomp, err) : 0;
}

/* "1.MINOR.PATCH" with an optional "-suffix"; semantic versioning promises that 1.x can be read. */
static int
check_version (const char *version, hd_err *err)
{
  unsigned major, minor, patch;
  int end = 0;
  if (version[0] < '0' || version[0] > '9'
      || sscanf (version, "%u.%u.%u%n", &major, &minor, &patch, &end) != 3
      || strchr ("-+", version[end]) == NULL)
    return WRONG ("ociVersion: expected a version as \"" RT_SPEC_VERSION "\", got \"%.40s\"",
                  version);
  if (major != 1)
    return WRONG ("ociVersion: expected version 1, got \"%.40s\"", version);
  return 0;
}

int
rt_spec_check (rt_spec *s, rt_arena *arena, hd_err *err)
{
  if (check_version (s->oci_version, err) < 0)
    return -EINVAL;
  if (s->root == NULL)
    return WRONG ("root: is required");
  if (s->root->path[0] == '\0')
    return WRONG ("root.path: is empty");
  if (s->process == NULL)
    return WRONG ("process: is required");
  if (s->linux_ == NULL)
    s->linux_ = rt_new (arena, rt_linux);
  if (s->hooks == NULL)
    s->hooks = rt_new (arena, rt_hooks);
  if (rt_spec_check_process (s->process, "process", err) < 0 || check_all_hooks (s->hooks, err) < 0
      || check_mounts (s, err) < 0)
    return -EINVAL;
  return check_linux (s, err);
}
