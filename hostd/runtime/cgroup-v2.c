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

#define FREEZE_ROUNDS 64
#define FREEZE_TIMEOUT_MS 2000

/* -1 is "max". */
static int
write_limit (const char *folder, const char *file, int64_t limit, hd_err *err)
{
  if (limit < 0)
    return rt_cgroup_write (folder, file, "max", err);
  return rt_cgroup_write_number (folder, file, limit, err);
}

/* Add to `missing` "+NAME" for each word of `all` that `some` does not have. */
static void
find_missing (const char *all, const char *some, char *missing, size_t size)
{
  size_t used = 0;
  missing[0] = '\0';
  for (const char *word = all; *word != '\0';)
    {
      const size_t length = strcspn (word, " ");
      bool there = false;
      for (const char *other = some; *other != '\0' && !there;)
        {
          const size_t other_length = strcspn (other, " ");
          there = other_length == length && strncmp (word, other, length) == 0;
          other += other_length + (other[other_length] == ' ');
        }
      if (!there && used + length + 3 < size)
        used += (size_t)snprintf (missing + used, size - used, "%s+%.*s", used > 0 ? " " : "",
                                  (int)length, word);
      word += length + (word[length] == ' ');
    }
}

/* Turn on in a folder what it has for those below; one by one when one of them is refused. */
static void
enable_in (const char *folder)
{
  char all[512], some[512] = "", missing[1024];
  if (rt_cgroup_read (folder, "cgroup.controllers", all, sizeof all) < 0)
    return;
  rt_cgroup_read (folder, "cgroup.subtree_control", some, sizeof some);
  find_missing (all, some, missing, sizeof missing);
  if (missing[0] == '\0' || rt_cgroup_write (folder, "cgroup.subtree_control", missing, NULL) == 0)
    return;
  for (char *rest = missing, *name; (name = strsep (&rest, " ")) != NULL;)
    rt_cgroup_write (folder, "cgroup.subtree_control", name, NULL);
}

/* Turn on every controller that is there in the folders above.  What cannot be turned on shows when
 * a limit is written. */
static void
enable_controllers (const rt_cgroup_entry *entry)
{
  char path[PATH_MAX], here[512] = "", most[512] = "";
  /* Usually an earlier container has had it done. */
  if (rt_cgroup_read (entry->path, "cgroup.controllers", here, sizeof here) == 0
      && rt_cgroup_read (entry->mount, "cgroup.controllers", most, sizeof most) == 0
      && strcmp (here, most) == 0)
    return;
  snprintf (path, sizeof path, "%s", entry->path);
  for (char *slash = path + strlen (entry->mount); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      const char saved = *slash;
      *slash = '\0';
      enable_in (path);
      *slash = saved;
    }
}

/* The kernel shows a controller in cgroup.controllers before it has made its files, which it does
 * under its lock.  Another container's start may be just there: turning on what is on already waits
 * for that lock. */
static void
wait_for_files (const rt_cgroup_entry *entry)
{
  char above[PATH_MAX], on[512], again[1024];
  snprintf (above, sizeof above, "%.*s", (int)(strrchr (entry->path, '/') - entry->path),
            entry->path);
  if (rt_cgroup_read (above, "cgroup.subtree_control", on, sizeof on) < 0)
    return;
  find_missing (on, "", again, sizeof again);
  if (again[0] != '\0')
    rt_cgroup_write (above, "cgroup.subtree_control", again, NULL);
}

static int
make_v2 (rt_cgroup *cgroup, hd_err *err)
{
  hd_err refused = { 0 };
  if (cgroup->count == 0)
    return hd_err_set (err, HD_FAILED, NULL, "/sys/fs/cgroup: no cgroup hierarchy is mounted");
  rt_cgroup_entry *entry = &cgroup->entries[0];
  int r = rt_cgroup_mkdirs (entry->path, strlen (entry->mount), NULL, &entry->made_bytes, &refused);
  if (r < 0 && !rt_is_host_root ())
    {
      cgroup->count = 0;
      return 0;
    }
  if (r == 1 && cgroup->driver != RT_CGROUP_SYSTEMD)
    r = rt_cgroup_check_empty (entry->path, &refused);
  if (r < 0)
    {
      if (err != NULL)
        *err = refused;
      return r;
    }
  enable_controllers (entry);
  return 0;
}

/* Version 1 counts memory and swap together: 1 and the swap alone, 0 when there is nothing to set,
 * or a negative errno. */
static int
swap_alone (const rt_memory *m, int64_t *ret, hd_err *err)
{
  const bool unlimited = m->limit.set && m->limit.value < 0 && !m->swap.set;
  if (!m->swap.set && !unlimited)
    return 0;
  *ret = unlimited ? -1 : m->swap.value;
  /* 0 is none, and not a sum. */
  if (*ret <= 0)
    return 1;
  if (!m->limit.set || m->limit.value <= 0)
    return hd_err_set (err, HD_CONFIG, NULL,
                       "linux.resources.memory.swap: needs memory.limit on cgroup version 2");
  if (m->swap.value < m->limit.value)
    return hd_err_set (err, HD_CONFIG, NULL, "linux.resources.memory.swap: is below memory.limit");
  *ret = m->swap.value - m->limit.value;
  return 1;
}

static int
apply_memory (const char *folder, const rt_memory *m, hd_err *err)
{
  int64_t swap = 0;
  if (m->check_before_update && m->limit.set && m->limit.value > 0
      && rt_cgroup_read_number (folder, "memory.current", 0) > (uint64_t)m->limit.value)
    return hd_err_set (err, HD_FAILED, NULL, "linux.resources.memory.limit: is below the usage");
  int r = swap_alone (m, &swap, err);
  if (r == 1)
    {
      /* Without swap accounting there is nothing to limit. */
      hd_err refused = { 0 };
      r = write_limit (folder, "memory.swap.max", swap, &refused);
      if (r == -ENOENT && swap <= 0)
        r = 0;
      else if (r < 0 && err != NULL)
        *err = refused;
    }
  if (r == 0 && m->limit.set && m->limit.value != 0)
    r = write_limit (folder, "memory.max", m->limit.value, err);
  if (r == 0 && m->reservation.set && m->reservation.value != 0)
    r = write_limit (folder, "memory.low", m->reservation.value, err);
  return r;
}

/* cpu.max is "QUOTA PERIOD"; what is not given stays. */
static int
apply_cpu_max (const char *folder, const rt_cpu *c, hd_err *err)
{
  const bool quota = c->quota.set && c->quota.value != 0;
  const bool period = c->period.set && c->period.value != 0;
  char text[64], now[64] = "max";
  if (!quota && !period)
    return 0;
  if (!quota)
    {
      rt_cgroup_read (folder, "cpu.max", now, sizeof now);
      now[strcspn (now, " ")] = '\0';
    }
  else if (c->quota.value > 0)
    snprintf (now, sizeof now, "%lld", (long long)c->quota.value);
  if (period)
    snprintf (text, sizeof text, "%.24s %llu", now, (unsigned long long)c->period.value);
  else
    snprintf (text, sizeof text, "%.24s", now);
  return rt_cgroup_write (folder, "cpu.max", text, err);
}

/* A burst may not be above the quota: which of the two goes first depends on what was there. */
static int
apply_cpu_limits (const char *folder, const rt_cpu *c, hd_err *err)
{
  const int64_t burst = (int64_t)c->burst.value;
  int r = c->burst.set ? rt_cgroup_write_number (folder, "cpu.max.burst", burst, NULL) : 0;
  const bool again = r < 0;
  r = apply_cpu_max (folder, c, err);
  return r == 0 && again ? rt_cgroup_write_number (folder, "cpu.max.burst", burst, err) : r;
}

static int
apply_cpu (const char *folder, const rt_cpu *c, hd_err *err)
{
  int r = 0;
  if (c->realtime_runtime.value != 0 || c->realtime_period.value != 0)
    return hd_err_set (err, HD_CONFIG, NULL,
                       "linux.resources.cpu.realtimeRuntime: cgroup version 2 has none");
  if (c->idle.set)
    r = rt_cgroup_write_number (folder, "cpu.idle", c->idle.value, err);
  if (r == 0 && c->shares.set && c->shares.value != 0)
    r = rt_cgroup_write_number (folder, "cpu.weight",
                                (int64_t)rt_cgroup_weight_of_shares (c->shares.value), err);
  if (r == 0)
    r = apply_cpu_limits (folder, c, err);
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
            (unsigned long long)rt_cgroup_weight_of_blkio (weight));
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
      const int64_t limit = (int64_t)res->hugepage_limits.items[i].limit.value;
      snprintf (file, sizeof file, "hugetlb.%.20s.max", res->hugepage_limits.items[i].page_size);
      r = rt_cgroup_write_number (folder, file, limit, err);
      snprintf (file, sizeof file, "hugetlb.%.20s.rsvd.max",
                res->hugepage_limits.items[i].page_size);
      /* Reserved pages count since Linux 5.7. */
      if (r == 0)
        rt_cgroup_write_number (folder, file, limit, NULL);
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

/* Which of a controller and its file is missing? */
static int
refuse_key (const char *folder, const char *key, hd_err *err)
{
  char controllers[512] = "";
  const size_t length = strcspn (key, ".");
  rt_cgroup_read (folder, "cgroup.controllers", controllers, sizeof controllers);
  for (char *rest = controllers, *word; (word = strsep (&rest, " ")) != NULL;)
    if (strlen (word) == length && strncmp (word, key, length) == 0)
      return hd_err_set_errno (err, ENOENT, "linux.resources.unified: opening %s/%s", folder, key);
  hd_err_set (
      err, HD_CONFIG, NULL,
      "linux.resources.unified: %s: No such file: the requested cgroup controller `%.*s` is "
      "not available",
      key, (int)length, key);
  return -ENOENT;
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
      if (r == -ENOENT)
        r = refuse_key (folder, key, err);
    }
  return r;
}

static int
apply_limits (const char *folder, const rt_resources *res, hd_err *err)
{
  int r = 0;
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
  return r;
}

static int
apply_devices (rt_cgroup *cgroup, const rt_resources *res, bool update, hd_err *err)
{
  if (update && res->devices.count == 0)
    return 0;
  hd_err refused = { 0 };
  rt_device_rules rules = rt_cgroup_device_rules (res, cgroup->arena);
  int r = rt_device_program_attach (cgroup->entries[0].path, &rules, cgroup->arena, &refused);
  /* An ordinary user may load no program: its devices are guarded by the host's file modes. */
  if (r == -EPERM && !rt_is_host_root ())
    return 0;
  if (r < 0 && err != NULL)
    *err = refused;
  return r;
}

static int
apply_v2 (rt_cgroup *cgroup, const rt_resources *res, bool update, hd_err *err)
{
  static const rt_resources none;
  if (res == NULL)
    res = &none;
  if (cgroup->count == 0)
    {
      for (const rt_cgroup_demand *d = rt_cgroup_demands; d->controller != NULL; d++)
        if (strcmp (d->controller, "devices") != 0 && d->asked (res))
          return rt_cgroup_refuse_limit (d, err);
      return 0;
    }
  if (res->network != NULL
      && (res->network->class_id.value != 0 || res->network->priorities.count > 0))
    return hd_err_set (err, HD_CONFIG, NULL,
                       "linux.resources.network: cgroup version 2 has no such controller");
  int r = apply_limits (cgroup->entries[0].path, res, err);
  if (r == -ENOENT)
    {
      wait_for_files (&cgroup->entries[0]);
      if (err != NULL)
        *err = (hd_err){ 0 };
      r = apply_limits (cgroup->entries[0].path, res, err);
    }
  if (r == -ENOENT && err != NULL)
    snprintf (err->hint, sizeof err->hint,
              "see cgroup.controllers there: who owns the folders "
              "above must let the controller through");
  if (r == 0)
    r = apply_devices (cgroup, res, update, err);
  rt_cgroup_forget ();
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
  for (int round = 0; round < FREEZE_ROUNDS; round++)
    {
      ssize_t n = pread (fd, text, sizeof text - 1, 0);
      text[n > 0 ? n : 0] = '\0';
      if (strstr (text, wanted) != NULL)
        return 0;
      struct pollfd wait_for = { .fd = fd, .events = POLLPRI };
      if (poll (&wait_for, 1, FREEZE_TIMEOUT_MS) == 0)
        break;
    }
  rt_cgroup_write (folder, "cgroup.freeze", "0", NULL);
  return hd_err_set (err, HD_FAILED, NULL, "freezing %s: some tasks do not stop", folder);
}

static int
kill_v2 (rt_cgroup *cgroup)
{
  if (cgroup->count == 0)
    return -ENOENT;
  return rt_cgroup_write (cgroup->entries[0].path, "cgroup.kill", "1", NULL);
}

const rt_cgroup_ops rt_cgroup_v2 = { make_v2, apply_v2, freeze_v2, kill_v2, rt_cgroup_stats_v2 };
