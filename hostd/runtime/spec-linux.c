/* The checks of linux: what needs a namespace, devices, limits, seccomp. */
#include "runtime/spec-internal.h"

#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "runtime/numberlist.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define NANOSECONDS 1000000000
#define SECCOMP_ARGUMENTS 6
#define ERRNO_MOST 4095
#define DEVICE_NUMBERS_MOST 0xfffff /* MINORBITS of linux/kdev_t.h */
#define NODES_LIMIT 64
#define NET_DEVICES_MOST 1024

/* Namespaces */

static int
check_namespaces (const rt_linux *l, hd_err *err)
{
  for (size_t i = 0; i < l->namespaces.count; i++)
    {
      const rt_namespace *ns = &l->namespaces.items[i];
      char path[48];
      snprintf (path, sizeof path, "linux.namespaces[%zu].path", i);
      if (ns->path != NULL && rt_spec_check_absolute (ns->path, path, err) < 0)
        return -EINVAL;
      for (size_t j = 0; j < i; j++)
        if (l->namespaces.items[j].type.value == ns->type.value)
          return RT_WRONG ("linux.namespaces[%zu].type: %s is there twice", i,
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
  if (rt_spec_check_mappings (&l->uid_mappings, "linux.uidMappings", err) < 0)
    return -EINVAL;
  return rt_spec_check_mappings (&l->gid_mappings, "linux.gidMappings", err);
}

static int
check_clocks (const rt_spec *s, hd_err *err)
{
  const rt_time_offsets *offsets = s->linux_->time_offsets;
  const rt_namespace *ns = rt_spec_namespace (s, CLONE_NEWTIME);
  if (offsets == NULL)
    return 0;
  for (size_t i = 0; i < s->linux_->clocks.count; i++)
    if (strcmp (s->linux_->clocks.items[i].name, "monotonic") != 0
        && strcmp (s->linux_->clocks.items[i].name, "boottime") != 0)
      return RT_WRONG ("linux.timeOffsets.%.40s: expected one of monotonic, boottime",
                       s->linux_->clocks.items[i].name);
  if (ns == NULL || ns->path != NULL)
    return hd_err_set (err, HD_CONFIG, "add {\"type\": \"time\"} to linux.namespaces",
                       "linux.timeOffsets: needs a new time namespace");
  if (offsets->monotonic != NULL
      && rt_spec_check_range (offsets->monotonic->nanosecs, 0, NANOSECONDS - 1,
                              "linux.timeOffsets.monotonic.nanosecs", err)
             < 0)
    return -EINVAL;
  return offsets->boottime == NULL
             ? 0
             : rt_spec_check_range (offsets->boottime->nanosecs, 0, NANOSECONDS - 1,
                                    "linux.timeOffsets.boottime.nanosecs", err);
}

/* Members that need a namespace of the container's own, or they would change the host. */
static int
check_namespaced (const rt_spec *s, hd_err *err)
{
  if (rt_spec_namespace (s, CLONE_NEWNS) == NULL
      && s->linux_->masked_paths.count + s->linux_->readonly_paths.count > 0)
    return hd_err_set (err, HD_CONFIG, "add {\"type\": \"mount\"} to linux.namespaces",
                       "linux.%s: needs a mount namespace",
                       s->linux_->masked_paths.count > 0 ? "maskedPaths" : "readonlyPaths");
  if ((s->hostname != NULL || s->domainname != NULL) && rt_spec_namespace (s, CLONE_NEWUTS) == NULL)
    return hd_err_set (err, HD_CONFIG, "add {\"type\": \"uts\"} to linux.namespaces",
                       "%s: needs a uts namespace",
                       s->hostname != NULL ? "hostname" : "domainname");
  if (check_user_namespace (s, err) < 0 || check_clocks (s, err) < 0)
    return -EINVAL;
  return rt_spec_check_sysctl (s, err);
}

/* Devices */

/* The last part of the path names the node; slashes behind it say nothing. */
static bool
names_node (const char *path)
{
  size_t end = strlen (path);
  while (end > 0 && path[end - 1] == '/')
    end--;
  size_t start = end;
  while (start > 0 && path[start - 1] != '/')
    start--;
  const size_t length = end - start;
  return length > 0 && !(length <= 2 && strncmp (path + start, "..", length) == 0);
}

static int
check_device_number (const rt_device *d, const rt_int64 *number, const char *member, size_t index,
                     hd_err *err)
{
  char path[48];
  snprintf (path, sizeof path, "linux.devices[%zu].%s", index, member);
  if (!number->set && d->type[0] != 'p')
    return RT_WRONG ("%s: is required", path);
  return rt_spec_check_range (number->value, 0, DEVICE_NUMBERS_MOST, path, err);
}

static int
check_device (const rt_device *d, size_t index, hd_err *err)
{
  char path[48];
  snprintf (path, sizeof path, "linux.devices[%zu].path", index);
  if (rt_spec_check_absolute (d->path, path, err) < 0)
    return -EINVAL;
  if (!names_node (d->path))
    return RT_WRONG ("%s: expected the path of a file, got \"%.200s\"", path, d->path);
  if (strlen (d->type) != 1 || strchr ("bcup", d->type[0]) == NULL)
    return RT_WRONG ("linux.devices[%zu].type: expected one of b, c, u, p, got \"%.20s\"", index,
                     d->type);
  if (check_device_number (d, &d->major, "major", index, err) < 0
      || check_device_number (d, &d->minor, "minor", index, err) < 0)
    return -EINVAL;
  snprintf (path, sizeof path, "linux.devices[%zu].fileMode", index);
  return rt_spec_check_range (d->file_mode.value, 0, UINT32_MAX, path, err);
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
      if (rt_spec_check_range (d->uid.value, 0, UINT32_MAX - 1, path, err) < 0)
        return -EINVAL;
      snprintf (path, sizeof path, "linux.devices[%zu].gid", i);
      if (rt_spec_check_range (d->gid.value, 0, UINT32_MAX - 1, path, err) < 0)
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
  if (l->net_devices.count > NET_DEVICES_MOST)
    return RT_WRONG ("linux.netDevices: expected at most %d, got %zu", NET_DEVICES_MOST,
                     l->net_devices.count);
  for (size_t i = 0; i < l->net_devices.count; i++)
    {
      const rt_net_device *device = &l->net_devices.items[i];
      const char *name = inner_name (device);
      if (!is_interface_name (device->host_name) || !is_interface_name (name))
        return RT_WRONG ("linux.netDevices.%.32s: \"%.32s\" is no name of an interface",
                         device->host_name, is_interface_name (name) ? device->host_name : name);
      /* "eth%d" is a template, from which the kernel makes a name that is free. */
      for (size_t j = 0; strchr (name, '%') == NULL && j < i; j++)
        if (strcmp (inner_name (&l->net_devices.items[j]), name) == 0)
          return RT_WRONG ("linux.netDevices.%.32s.name: \"%.32s\" is there twice",
                           device->host_name, name);
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
        return RT_WRONG ("%s.devices[%zu].type: expected one of a, b, c, got \"%.20s\"", name, i,
                         d->type);
      if (d->access != NULL && strspn (d->access, "rwm") != strlen (d->access))
        return RT_WRONG ("%s.devices[%zu].access: expected letters of rwm, got \"%.20s\"", name, i,
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
      return RT_WRONG ("%s.hugepageLimits[%zu].pageSize: expected a size as \"2MB\", got \"%.40s\"",
                       name, i, r->hugepage_limits.items[i].page_size);
  return 0;
}

static int
check_weights (const rt_block_io *io, const char *name, hd_err *err)
{
  for (size_t i = 0; io != NULL && i < io->weight_device.count; i++)
    if (!io->weight_device.items[i].weight.set && !io->weight_device.items[i].leaf_weight.set)
      return RT_WRONG ("%s.blockIO.weightDevice[%zu]: needs weight or leafWeight", name, i);
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
        return RT_WRONG ("%s.unified: expected a file as \"memory.high\", got \"%.80s\"", name,
                         key);
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
      return RT_WRONG ("%s.rdma.%.64s: needs hcaHandles or hcaObjects", name,
                       r->rdma.items[i].device);
  return 0;
}

/* Seccomp */

static int
check_seccomp_rule (const rt_seccomp_rule *rule, size_t index, hd_err *err)
{
  if (rule->names.count == 0)
    return RT_WRONG ("linux.seccomp.syscalls[%zu].names: expected at least one name, got none",
                     index);
  if (rule->errno_ret.value > ERRNO_MOST)
    return RT_WRONG (
        "linux.seccomp.syscalls[%zu].errnoRet: expected a number from 0 to %d, got %llu", index,
        ERRNO_MOST, (unsigned long long)rule->errno_ret.value);
  for (size_t i = 0; i < rule->args.count; i++)
    if (rule->args.items[i].index >= SECCOMP_ARGUMENTS)
      return RT_WRONG (
          "linux.seccomp.syscalls[%zu].args[%zu].index: expected a number from 0 to %d, got %u",
          index, i, SECCOMP_ARGUMENTS - 1, rule->args.items[i].index);
  return 0;
}

static int
check_seccomp (const rt_seccomp *seccomp, hd_err *err)
{
  if (seccomp->listener_metadata != NULL && seccomp->listener_path == NULL)
    return RT_WRONG ("linux.seccomp.listenerMetadata: needs listenerPath");
  if (seccomp->default_errno_ret.value > ERRNO_MOST)
    return RT_WRONG ("linux.seccomp.defaultErrnoRet: expected a number from 0 to %d, got %llu",
                     ERRNO_MOST, (unsigned long long)seccomp->default_errno_ret.value);
  for (size_t i = 0; i < seccomp->syscalls.count; i++)
    if (check_seccomp_rule (&seccomp->syscalls.items[i], i, err) < 0)
      return -EINVAL;
  return 0;
}

/* All of linux */

static int
check_memory_policy (const rt_memory_policy *policy, hd_err *err)
{
  uint64_t mask[NODES_LIMIT / 64] = { 0 };
  if (policy->nodes == NULL || policy->nodes[0] == '\0'
      || rt_number_list_parse (policy->nodes, NODES_LIMIT, mask, NULL) == 0)
    return 0;
  return RT_WRONG (
      "linux.memoryPolicy.nodes: expected numbers below %d as \"0-3,7\", got \"%.80s\"",
      NODES_LIMIT, policy->nodes);
}

static int
check_paths (const rt_strings *paths, const char *name, hd_err *err)
{
  for (size_t i = 0; i < paths->count; i++)
    {
      char path[48];
      snprintf (path, sizeof path, "linux.%s[%zu]", name, i);
      if (rt_spec_check_absolute (paths->items[i], path, err) < 0)
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
    return RT_WRONG ("linux.personality.flags: expected none, the specification knows no flag");
  return 0;
}

int
rt_spec_check_linux (const rt_spec *s, hd_err *err)
{
  const rt_linux *l = s->linux_;
  if (check_namespaces (l, err) < 0 || check_namespaced (s, err) < 0 || check_devices (l, err) < 0
      || check_net_devices (s, err) < 0 || check_paths (&l->masked_paths, "maskedPaths", err) < 0
      || check_paths (&l->readonly_paths, "readonlyPaths", err) < 0
      || check_unsupported (l, err) < 0)
    return -EINVAL;
  if (l->resources != NULL && rt_spec_check_resources (l->resources, "linux.resources", err) < 0)
    return -EINVAL;
  if (l->memory_policy != NULL && check_memory_policy (l->memory_policy, err) < 0)
    return -EINVAL;
  return l->seccomp != NULL ? check_seccomp (l->seccomp, err) : 0;
}
