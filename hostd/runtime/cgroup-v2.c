/* Cgroups version 2: one hierarchy for all (kernel: admin-guide/cgroup-v2). */
#include "runtime/cgroup-internal.h"

#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "runtime/userns.h"

/* Specification, config-linux.md: shares 2..262144 become weights 1..10000. */
static uint64_t
weight_of_shares (uint64_t shares)
{
  if (shares < 2)
    shares = 2;
  if (shares > 262144)
    shares = 262144;
  return 1 + (shares - 2) * 9999 / 262142;
}

/* blkio's 10..1000 become io's 1..10000. */
static uint64_t
weight_of_blkio (uint64_t weight)
{
  return weight < 10 ? 1 : 1 + (weight - 10) * 9999 / 990;
}

/* -1 is "max". */
static int
write_limit (const char *folder, const char *file, int64_t limit, hd_err *err)
{
  if (limit < 0)
    return rt_cgroup_write (folder, file, "max", err);
  return rt_cgroup_write_number (folder, file, limit, err);
}

/* Turn on every controller that is there in the folders above.  What cannot be turned on shows when
 * a limit is written. */
static void
enable_controllers (const rt_cgroup_entry *entry)
{
  char path[PATH_MAX], controllers[512];
  size_t skip = strlen (entry->mount);
  snprintf (path, sizeof path, "%s", entry->path);
  for (char *slash = path + skip; slash != NULL; slash = strchr (slash + 1, '/'))
    {
      char saved = *slash;
      if (saved == '\0')
        break;
      *slash = '\0';
      if (rt_cgroup_read (path, "cgroup.controllers", controllers, sizeof controllers) == 0)
        for (char *name = strtok (controllers, " "); name != NULL; name = strtok (NULL, " "))
          {
            char text[64];
            snprintf (text, sizeof text, "+%.60s", name);
            rt_cgroup_write (path, "cgroup.subtree_control", text, NULL);
          }
      *slash = saved;
    }
}

static int
make_v2 (rt_cgroup *cgroup, hd_err *err)
{
  hd_err refused = { 0 };
  if (cgroup->count == 0)
    return hd_err_set (err, HD_FAILED, NULL, "/sys/fs/cgroup: no cgroup hierarchy is mounted");
  int r = rt_cgroup_mkdirs (cgroup->entries[0].path, NULL, &refused);
  if (r < 0 && !rt_is_host_root ())
    {
      cgroup->count = 0;
      return 0;
    }
  if (r == 1)
    r = rt_cgroup_check_empty (cgroup->entries[0].path, &refused);
  if (r < 0)
    {
      if (err != NULL)
        *err = refused;
      return r;
    }
  enable_controllers (&cgroup->entries[0]);
  return 0;
}

static int
apply_memory (const char *folder, const rt_memory *m, hd_err *err)
{
  int r = 0;
  if (m->swap.set)
    {
      /* Version 1 counts memory and swap together. */
      int64_t swap = m->swap.value;
      if (swap > 0 && m->limit.set && m->limit.value > 0)
        swap -= m->limit.value;
      else if (swap > 0)
        return hd_err_set (err, HD_CONFIG, NULL,
                           "linux.resources.memory.swap: needs memory.limit on cgroup version 2");
      if (swap < 0 && m->swap.value > 0)
        return hd_err_set (err, HD_CONFIG, NULL,
                           "linux.resources.memory.swap: is below memory.limit");
      r = write_limit (folder, "memory.swap.max", swap, err);
      /* Without swap accounting there is nothing to limit. */
      if (r == -ENOENT && swap <= 0)
        r = 0;
    }
  if (r == 0 && m->limit.set && m->limit.value != 0)
    r = write_limit (folder, "memory.max", m->limit.value, err);
  if (r == 0 && m->reservation.set && m->reservation.value != 0)
    r = write_limit (folder, "memory.low", m->reservation.value, err);
  return r;
}

static int
apply_cpu (const char *folder, const rt_cpu *c, hd_err *err)
{
  int r = 0;
  if (c->shares.set && c->shares.value != 0)
    r = rt_cgroup_write_number (folder, "cpu.weight", (int64_t)weight_of_shares (c->shares.value),
                                err);
  if (r == 0 && (c->quota.set || c->period.set))
    {
      char text[64];
      uint64_t period = c->period.set && c->period.value != 0 ? c->period.value : 100000;
      if (c->quota.set && c->quota.value > 0)
        snprintf (text, sizeof text, "%lld %llu", (long long)c->quota.value,
                  (unsigned long long)period);
      else
        snprintf (text, sizeof text, "max %llu", (unsigned long long)period);
      r = rt_cgroup_write (folder, "cpu.max", text, err);
    }
  if (r == 0 && c->burst.set)
    r = rt_cgroup_write_number (folder, "cpu.max.burst", (int64_t)c->burst.value, err);
  if (r == 0 && c->idle.set)
    r = rt_cgroup_write_number (folder, "cpu.idle", c->idle.value, err);
  if (r == 0 && c->cpus != NULL && c->cpus[0] != '\0')
    r = rt_cgroup_write (folder, "cpuset.cpus", c->cpus, err);
  if (r == 0 && c->mems != NULL && c->mems[0] != '\0')
    r = rt_cgroup_write (folder, "cpuset.mems", c->mems, err);
  return r;
}

static int
apply_throttle (const char *folder, const char *key, const rt_throttle_devices *list, hd_err *err)
{
  int r = 0;
  for (size_t i = 0; r == 0 && i < list->count; i++)
    {
      char text[80];
      const rt_throttle_device *d = &list->items[i];
      if (d->rate.value == 0)
        snprintf (text, sizeof text, "%d:%d %s=max", d->major, d->minor, key);
      else
        snprintf (text, sizeof text, "%d:%d %s=%llu", d->major, d->minor, key,
                  (unsigned long long)d->rate.value);
      r = rt_cgroup_write (folder, "io.max", text, err);
    }
  return r;
}

/* BFQ keeps version 1's range in a file of its own. */
static int
apply_io_weight (const char *folder, const char *prefix, uint64_t weight, hd_err *err)
{
  char text[64];
  snprintf (text, sizeof text, "%s%llu", prefix, (unsigned long long)weight);
  if (rt_cgroup_write (folder, "io.bfq.weight", text, NULL) == 0)
    return 0;
  snprintf (text, sizeof text, "%s%llu", prefix[0] != '\0' ? prefix : "default ",
            (unsigned long long)weight_of_blkio (weight));
  return rt_cgroup_write (folder, "io.weight", text, err);
}

static int
apply_io (const char *folder, const rt_block_io *b, hd_err *err)
{
  int r = 0;
  if (b->weight.set && b->weight.value != 0)
    r = apply_io_weight (folder, "", b->weight.value, err);
  for (size_t i = 0; r == 0 && i < b->weight_device.count; i++)
    {
      char prefix[32];
      snprintf (prefix, sizeof prefix, "%d:%d ", b->weight_device.items[i].major,
                b->weight_device.items[i].minor);
      r = apply_io_weight (folder, prefix, b->weight_device.items[i].weight.value, err);
    }
  if (r == 0)
    r = apply_throttle (folder, "rbps", &b->throttle_read_bps, err);
  if (r == 0)
    r = apply_throttle (folder, "wbps", &b->throttle_write_bps, err);
  if (r == 0)
    r = apply_throttle (folder, "riops", &b->throttle_read_iops, err);
  if (r == 0)
    r = apply_throttle (folder, "wiops", &b->throttle_write_iops, err);
  return r;
}

static int
apply_hugetlb (const char *folder, const rt_resources *res, hd_err *err)
{
  int r = 0;
  for (size_t i = 0; r == 0 && i < res->hugepage_limits.count; i++)
    {
      char file[64];
      snprintf (file, sizeof file, "hugetlb.%.20s.max", res->hugepage_limits.items[i].page_size);
      r = rt_cgroup_write_number (folder, file, (int64_t)res->hugepage_limits.items[i].limit.value,
                                  err);
    }
  return r;
}

static int
apply_rdma (const char *folder, const rt_resources *res, hd_err *err)
{
  int r = 0;
  for (size_t i = 0; r == 0 && i < res->rdma.count; i++)
    {
      const rt_rdma *rdma = &res->rdma.items[i];
      char handles[32] = "", objects[32] = "", text[160];
      if (rdma->hca_handles.set)
        snprintf (handles, sizeof handles, " hca_handle=%u", (unsigned)rdma->hca_handles.value);
      if (rdma->hca_objects.set)
        snprintf (objects, sizeof objects, " hca_object=%u", (unsigned)rdma->hca_objects.value);
      snprintf (text, sizeof text, "%.64s%s%s", rdma->device, handles, objects);
      r = rt_cgroup_write (folder, "rdma.max", text, err);
    }
  return r;
}

static int
apply_unified (const char *folder, const rt_map *unified, hd_err *err)
{
  int r = 0;
  for (size_t i = 0; r == 0 && i < unified->count; i++)
    {
      const char *key = unified->items[i].key;
      if (key[0] == '\0' || strchr (key, '/') != NULL || strchr (key, '.') == NULL
          || strncmp (key, "cgroup.", 7) == 0)
        return hd_err_set (err, HD_CONFIG, NULL,
                           "linux.resources.unified: \"%.80s\" is not a controller's file", key);
      r = rt_cgroup_write (folder, key, unified->items[i].value, err);
    }
  return r;
}

static int
apply_v2 (rt_cgroup *cgroup, const rt_resources *res, bool update, hd_err *err)
{
  static const rt_resources none;
  int r = 0;
  if (cgroup->count == 0)
    return 0;
  const char *folder = cgroup->entries[0].path;
  if (res == NULL)
    res = &none;
  if (res->memory != NULL)
    r = apply_memory (folder, res->memory, err);
  if (r == 0 && res->cpu != NULL)
    r = apply_cpu (folder, res->cpu, err);
  if (r == 0 && res->pids != NULL && res->pids->limit.set)
    r = write_limit (folder, "pids.max", res->pids->limit.value > 0 ? res->pids->limit.value : -1,
                     err);
  if (r == 0 && res->block_io != NULL)
    r = apply_io (folder, res->block_io, err);
  if (r == 0)
    r = apply_hugetlb (folder, res, err);
  if (r == 0)
    r = apply_rdma (folder, res, err);
  if (r == 0)
    r = apply_unified (folder, &res->unified, err);
  if (r == 0 && (!update || res->devices.count > 0))
    {
      rt_device_rules rules = rt_cgroup_device_rules (res, cgroup->arena);
      r = rt_device_program_attach (folder, &rules, cgroup->arena, err);
      /* An ordinary user may load no program: its devices are guarded by the host's file modes. */
      if (r == -EPERM && !rt_is_host_root ())
        r = 0;
    }
  return r;
}

/* Write, then wait for the event: cgroup.events wakes who polls it. */
static int
freeze_v2 (rt_cgroup *cgroup, bool frozen, hd_err *err)
{
  const char *folder = cgroup->entries[0].path;
  char path[PATH_MAX], text[256];
  snprintf (path, sizeof path, "%s/cgroup.events", folder);
  hd_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "opening %s", path);
  int r = rt_cgroup_write (folder, "cgroup.freeze", frozen ? "1" : "0", err);
  if (r < 0)
    return r;
  const char *wanted = frozen ? "frozen 1" : "frozen 0";
  for (int round = 0; round < 64; round++)
    {
      ssize_t n = pread (fd, text, sizeof text - 1, 0);
      text[n > 0 ? n : 0] = '\0';
      if (strstr (text, wanted) != NULL)
        return 0;
      struct pollfd wait_for = { .fd = fd, .events = POLLPRI };
      if (poll (&wait_for, 1, 2000) == 0)
        break;
    }
  rt_cgroup_write (folder, "cgroup.freeze", "0", NULL);
  return hd_err_set (err, HD_FAILED, NULL, "freezing %s: some tasks do not stop", folder);
}

static int
kill_v2 (rt_cgroup *cgroup, int signal_number)
{
  if (cgroup->count == 0)
    return -ENOENT;
  return rt_cgroup_write (cgroup->entries[0].path, "cgroup.kill", "1", NULL);
}

static hd_json *
stats_v2 (rt_cgroup *cgroup)
{
  hd_json *stats = hd_json_new_object ();
  if (cgroup->count == 0)
    return stats;
  const char *folder = cgroup->entries[0].path;
  hd_json *cpu = hd_json_new_object (), *usage = hd_json_new_object ();
  hd_json *throttling = hd_json_new_object ();
  hd_json_set_uint (usage, "total", rt_cgroup_read_key (folder, "cpu.stat", "usage_usec") * 1000);
  hd_json_set_uint (usage, "user", rt_cgroup_read_key (folder, "cpu.stat", "user_usec") * 1000);
  hd_json_set_uint (usage, "kernel", rt_cgroup_read_key (folder, "cpu.stat", "system_usec") * 1000);
  hd_json_set_uint (throttling, "periods", rt_cgroup_read_key (folder, "cpu.stat", "nr_periods"));
  hd_json_set_uint (throttling, "throttledPeriods",
                    rt_cgroup_read_key (folder, "cpu.stat", "nr_throttled"));
  hd_json_set_uint (throttling, "throttledTime",
                    rt_cgroup_read_key (folder, "cpu.stat", "throttled_usec") * 1000);
  hd_json_set (cpu, "usage", usage);
  hd_json_set (cpu, "throttling", throttling);
  hd_json_set (stats, "cpu", cpu);
  hd_json *memory = hd_json_new_object (), *bytes = hd_json_new_object ();
  hd_json_set_uint (bytes, "usage", rt_cgroup_read_number (folder, "memory.current", 0));
  hd_json_set_uint (bytes, "max", rt_cgroup_read_number (folder, "memory.peak", 0));
  hd_json_set_uint (bytes, "limit", rt_cgroup_read_number (folder, "memory.max", UINT64_MAX));
  hd_json_set_uint (bytes, "failcnt", rt_cgroup_read_key (folder, "memory.events", "max"));
  hd_json_set (memory, "usage", bytes);
  hd_json_set_uint (memory, "cache", rt_cgroup_read_key (folder, "memory.stat", "file"));
  hd_json_set (stats, "memory", memory);
  hd_json *pids = hd_json_new_object ();
  hd_json_set_uint (pids, "current", rt_cgroup_read_number (folder, "pids.current", 0));
  hd_json_set_uint (pids, "limit", rt_cgroup_read_number (folder, "pids.max", 0));
  hd_json_set (stats, "pids", pids);
  return stats;
}

const rt_cgroup_ops rt_cgroup_v2 = { make_v2, apply_v2, freeze_v2, kill_v2, stats_v2 };
