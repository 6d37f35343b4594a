/* Cgroups version 1: a hierarchy for each controller (kernel: admin-guide/cgroup-v1). */
#include "runtime/cgroup-internal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "runtime/userns.h"

typedef int apply_function (const char *folder, const rt_resources *r, rt_arena *arena, bool update,
                            hd_err *err);

/* Write the numbers that are set. */
typedef struct
{
  const char *file;
  bool set;
  int64_t value;
} number_row;

static int
write_numbers (const char *folder, const number_row *rows, size_t count, hd_err *err)
{
  int r = 0;
  for (size_t i = 0; r == 0 && i < count; i++)
    if (rows[i].set)
      r = rt_cgroup_write_number (folder, rows[i].file, rows[i].value, err);
  return r;
}

#define N_ROWS(table) (sizeof (table) / sizeof *(table))

/* The limit of memory and that of memory and swap together: the second may never be below the
 * first, so the order depends on which way they go. */
static int
apply_memory (const char *folder, const rt_resources *r, rt_arena *arena, bool update, hd_err *err)
{
  const rt_memory *m = r->memory;
  if (m == NULL)
    return 0;
  const number_row limit = { "memory.limit_in_bytes", m->limit.set, m->limit.value };
  const number_row swap = { "memory.memsw.limit_in_bytes", m->swap.set, m->swap.value };
  const number_row others[] = {
    { "memory.soft_limit_in_bytes", m->reservation.set, m->reservation.value },
    { "memory.kmem.tcp.limit_in_bytes", m->kernel_tcp.set, m->kernel_tcp.value },
    { "memory.swappiness", m->swappiness.set, (int64_t)m->swappiness.value },
    { "memory.oom_control", m->disable_oom_killer, 1 },
  };
  if (m->check_before_update && m->limit.set && m->limit.value > 0
      && rt_cgroup_read_number (folder, "memory.usage_in_bytes", 0) > (uint64_t)m->limit.value)
    return hd_err_set (err, HD_FAILED, NULL, "linux.resources.memory.limit: is below the usage");
  int result = write_numbers (folder, &limit, 1, NULL);
  if (result < 0 && swap.set)
    {
      result = write_numbers (folder, &swap, 1, err);
      if (result == 0)
        result = write_numbers (folder, &limit, 1, err);
    }
  else if (result < 0)
    result = write_numbers (folder, &limit, 1, err);
  else
    result = write_numbers (folder, &swap, 1, err);
  return result < 0 ? result : write_numbers (folder, others, N_ROWS (others), err);
}

static int
apply_cpu (const char *folder, const rt_resources *r, rt_arena *arena, bool update, hd_err *err)
{
  const rt_cpu *c = r->cpu;
  if (c == NULL)
    return 0;
  const number_row rows[] = {
    { "cpu.shares", c->shares.set && c->shares.value != 0, (int64_t)c->shares.value },
    { "cpu.cfs_period_us", c->period.set && c->period.value != 0, (int64_t)c->period.value },
    { "cpu.cfs_quota_us", c->quota.set && c->quota.value != 0, c->quota.value },
    { "cpu.cfs_burst_us", c->burst.set, (int64_t)c->burst.value },
    { "cpu.rt_period_us", c->realtime_period.set && c->realtime_period.value != 0,
      (int64_t)c->realtime_period.value },
    { "cpu.rt_runtime_us", c->realtime_runtime.set && c->realtime_runtime.value != 0,
      c->realtime_runtime.value },
    { "cpu.idle", c->idle.set, c->idle.value },
  };
  return write_numbers (folder, rows, N_ROWS (rows), err);
}

static int
apply_cpuset (const char *folder, const rt_resources *r, rt_arena *arena, bool update, hd_err *err)
{
  int result = 0;
  if (r->cpu != NULL && r->cpu->cpus != NULL && r->cpu->cpus[0] != '\0')
    result = rt_cgroup_write (folder, "cpuset.cpus", r->cpu->cpus, err);
  if (result == 0 && r->cpu != NULL && r->cpu->mems != NULL && r->cpu->mems[0] != '\0')
    result = rt_cgroup_write (folder, "cpuset.mems", r->cpu->mems, err);
  return result;
}

static int
apply_pids (const char *folder, const rt_resources *r, rt_arena *arena, bool update, hd_err *err)
{
  if (r->pids == NULL || !r->pids->limit.set)
    return 0;
  if (r->pids->limit.value <= 0)
    return rt_cgroup_write (folder, "pids.max", "max", err);
  return rt_cgroup_write_number (folder, "pids.max", r->pids->limit.value, err);
}

static int
apply_throttle (const char *folder, const char *file, const rt_throttle_devices *list, hd_err *err)
{
  int r = 0;
  for (size_t i = 0; r == 0 && i < list->count; i++)
    {
      char text[64];
      snprintf (text, sizeof text, "%d:%d %llu", list->items[i].major, list->items[i].minor,
                (unsigned long long)list->items[i].rate.value);
      r = rt_cgroup_write (folder, file, text, err);
    }
  return r;
}

/* A weight goes to the scheduler that is there: CFQ's file has gone with Linux 5.0, BFQ has its
 * own. */
static int
apply_weight (const char *folder, const char *name, const char *value, hd_err *err)
{
  char file[64];
  snprintf (file, sizeof file, "blkio.%s", name);
  int r = rt_cgroup_write (folder, file, value, NULL);
  if (r != -ENOENT)
    return r < 0 ? rt_cgroup_write (folder, file, value, err) : 0;
  snprintf (file, sizeof file, "blkio.bfq.%s", name);
  return rt_cgroup_write (folder, file, value, err);
}

static int
apply_blkio (const char *folder, const rt_resources *r, rt_arena *arena, bool update, hd_err *err)
{
  const rt_block_io *b = r->block_io;
  char text[64];
  int result = 0;
  if (b == NULL)
    return 0;
  if (b->weight.set && b->weight.value != 0)
    {
      snprintf (text, sizeof text, "%llu", (unsigned long long)b->weight.value);
      result = apply_weight (folder, "weight", text, err);
    }
  if (result == 0 && b->leaf_weight.set && b->leaf_weight.value != 0)
    result
        = rt_cgroup_write_number (folder, "blkio.leaf_weight", (int64_t)b->leaf_weight.value, err);
  for (size_t i = 0; result == 0 && i < b->weight_device.count; i++)
    {
      const rt_weight_device *d = &b->weight_device.items[i];
      snprintf (text, sizeof text, "%d:%d %llu", d->major, d->minor,
                (unsigned long long)d->weight.value);
      result = apply_weight (folder, "weight_device", text, err);
    }
  const struct
  {
    const char *file;
    const rt_throttle_devices *list;
  } throttles[] = {
    { "blkio.throttle.read_bps_device", &b->throttle_read_bps },
    { "blkio.throttle.write_bps_device", &b->throttle_write_bps },
    { "blkio.throttle.read_iops_device", &b->throttle_read_iops },
    { "blkio.throttle.write_iops_device", &b->throttle_write_iops },
  };
  for (size_t i = 0; result == 0 && i < N_ROWS (throttles); i++)
    result = apply_throttle (folder, throttles[i].file, throttles[i].list, err);
  return result;
}

static int
apply_hugetlb (const char *folder, const rt_resources *r, rt_arena *arena, bool update, hd_err *err)
{
  int result = 0;
  for (size_t i = 0; result == 0 && i < r->hugepage_limits.count; i++)
    {
      char file[80];
      snprintf (file, sizeof file, "hugetlb.%.20s.limit_in_bytes",
                r->hugepage_limits.items[i].page_size);
      result = rt_cgroup_write_number (folder, file,
                                       (int64_t)r->hugepage_limits.items[i].limit.value, err);
    }
  return result;
}

static int
apply_net_cls (const char *folder, const rt_resources *r, rt_arena *arena, bool update, hd_err *err)
{
  if (r->network == NULL || !r->network->class_id.set)
    return 0;
  return rt_cgroup_write_number (folder, "net_cls.classid", (int64_t)r->network->class_id.value,
                                 err);
}

static int
apply_net_prio (const char *folder, const rt_resources *r, rt_arena *arena, bool update,
                hd_err *err)
{
  int result = 0;
  for (size_t i = 0; result == 0 && r->network != NULL && i < r->network->priorities.count; i++)
    {
      char text[80];
      snprintf (text, sizeof text, "%.64s %u", r->network->priorities.items[i].name,
                r->network->priorities.items[i].priority);
      result = rt_cgroup_write (folder, "net_prio.ifpriomap", text, err);
    }
  return result;
}

static int
apply_rdma (const char *folder, const rt_resources *r, rt_arena *arena, bool update, hd_err *err)
{
  int result = 0;
  for (size_t i = 0; result == 0 && i < r->rdma.count; i++)
    {
      const rt_rdma *rdma = &r->rdma.items[i];
      char text[128];
      int n = snprintf (text, sizeof text, "%.64s", rdma->device);
      if (rdma->hca_handles.set)
        n += snprintf (text + n, sizeof text - (size_t)n, " hca_handle=%u",
                       (unsigned)rdma->hca_handles.value);
      if (rdma->hca_objects.set)
        snprintf (text + n, sizeof text - (size_t)n, " hca_object=%u",
                  (unsigned)rdma->hca_objects.value);
      result = rt_cgroup_write (folder, "rdma.max", text, err);
    }
  return result;
}

/* Deny all, then the rules in their order; a rule for all devices starts afresh. */
static int
apply_devices (const char *folder, const rt_resources *r, rt_arena *arena, bool update, hd_err *err)
{
  if (update && r->devices.count == 0)
    return 0;
  rt_device_rules rules = rt_cgroup_device_rules (r, arena);
  int result = rt_cgroup_write (folder, "devices.deny", "a", err);
  for (size_t i = 0; result == 0 && i < rules.count; i++)
    {
      char text[64];
      rt_device_rule_text (&rules.items[i], text, sizeof text);
      result = rt_cgroup_write (folder, rules.items[i].allow ? "devices.allow" : "devices.deny",
                                text, err);
    }
  return result;
}

static const struct
{
  const char *controller;
  apply_function *apply;
} controllers[] = {
  { "cpuset", apply_cpuset },   { "memory", apply_memory },     { "cpu", apply_cpu },
  { "pids", apply_pids },       { "blkio", apply_blkio },       { "hugetlb", apply_hugetlb },
  { "net_cls", apply_net_cls }, { "net_prio", apply_net_prio }, { "rdma", apply_rdma },
  { "devices", apply_devices },
};

/* A new cpuset is empty, and nothing can run in it: it starts as its parent. */
static int
fill_cpuset (const char *path)
{
  static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
  char parent[PATH_MAX], value[4096];
  snprintf (parent, sizeof parent, "%s", path);
  char *slash = strrchr (parent, '/');
  *slash = '\0';
  for (size_t i = 0; i < N_ROWS (files); i++)
    {
      int r = rt_cgroup_read (parent, files[i], value, sizeof value);
      if (r == 0 && value[0] == '\0')
        {
          /* Somebody made the parent and left it empty. */
          r = fill_cpuset (parent);
          if (r == 0)
            r = rt_cgroup_read (parent, files[i], value, sizeof value);
        }
      if (r == 0)
        r = rt_cgroup_write (path, files[i], value, NULL);
      if (r < 0)
        return r;
    }
  return 0;
}

static int
make_v1 (rt_cgroup *cgroup, hd_err *err)
{
  size_t made = 0;
  const rt_cgroup_entry *cpuset = rt_cgroup_entry_of (cgroup, "cpuset");
  for (size_t i = 0; i < cgroup->count; i++)
    {
      const rt_cgroup_entry *entry = &cgroup->entries[i];
      hd_err refused = { 0 };
      int r = rt_cgroup_mkdirs (entry->path, entry == cpuset ? fill_cpuset : NULL, &refused);
      /* A hierarchy that is not mounted where it should be, or that an ordinary user may not have.
       */
      if (r < 0 && (access (entry->mount, F_OK) < 0 || !rt_is_host_root ()))
        continue;
      if (r == 1)
        r = rt_cgroup_check_empty (entry->path, &refused);
      if (r < 0)
        {
          if (err != NULL)
            *err = refused;
          return r;
        }
      cgroup->entries[made++] = *entry;
    }
  cgroup->count = made;
  return 0;
}

static int
apply_v1 (rt_cgroup *cgroup, const rt_resources *resources, bool update, hd_err *err)
{
  static const rt_resources none;
  int r = 0;
  for (size_t i = 0; r == 0 && i < N_ROWS (controllers); i++)
    {
      const rt_cgroup_entry *entry = rt_cgroup_entry_of (cgroup, controllers[i].controller);
      if (entry != NULL)
        r = controllers[i].apply (entry->path, resources != NULL ? resources : &none, cgroup->arena,
                                  update, err);
    }
  if (r == 0 && resources != NULL && resources->unified.count > 0)
    return hd_err_set (err, HD_CONFIG, NULL,
                       "linux.resources.unified: this machine has cgroup version 1");
  return r;
}

static int
freeze_v1 (rt_cgroup *cgroup, bool frozen, hd_err *err)
{
  const rt_cgroup_entry *entry = rt_cgroup_entry_of (cgroup, "freezer");
  const char *wanted = frozen ? "FROZEN" : "THAWED";
  char now[32] = "";
  if (entry == NULL)
    return hd_err_set (err, HD_FAILED, NULL, "this machine has no freezer controller mounted");
  /* Reading makes progress: the kernel looks at each task again. */
  for (int round = 0; round < 1000; round++)
    {
      int r = rt_cgroup_write (entry->path, "freezer.state", wanted, err);
      if (r < 0)
        return r;
      if (rt_cgroup_read (entry->path, "freezer.state", now, sizeof now) == 0
          && strcmp (now, wanted) == 0)
        return 0;
      /* A task that runs must come to the kernel first, and nothing tells when it has. */
      poll (NULL, 0, 1);
    }
  rt_cgroup_write (entry->path, "freezer.state", "THAWED", NULL);
  return hd_err_set (err, HD_FAILED, NULL, "freezing %s: some tasks stay in state %s", entry->path,
                     now);
}

/* Statistics */

static void
add_memory (hd_json *stats, const char *folder)
{
  hd_json *memory = hd_json_new_object (), *usage = hd_json_new_object ();
  hd_json_set_uint (usage, "usage", rt_cgroup_read_number (folder, "memory.usage_in_bytes", 0));
  hd_json_set_uint (usage, "max", rt_cgroup_read_number (folder, "memory.max_usage_in_bytes", 0));
  hd_json_set_uint (usage, "limit", rt_cgroup_read_number (folder, "memory.limit_in_bytes", 0));
  hd_json_set_uint (usage, "failcnt", rt_cgroup_read_number (folder, "memory.failcnt", 0));
  hd_json_set (memory, "usage", usage);
  hd_json_set_uint (memory, "cache", rt_cgroup_read_key (folder, "memory.stat", "cache"));
  hd_json_set (stats, "memory", memory);
}

static void
add_cpu (hd_json *stats, const rt_cgroup_entry *acct, const rt_cgroup_entry *cpu)
{
  hd_json *object = hd_json_new_object (), *usage = hd_json_new_object ();
  if (acct != NULL)
    {
      hd_json_set_uint (usage, "total", rt_cgroup_read_number (acct->path, "cpuacct.usage", 0));
      hd_json_set_uint (usage, "kernel",
                        rt_cgroup_read_number (acct->path, "cpuacct.usage_sys", 0));
      hd_json_set_uint (usage, "user", rt_cgroup_read_number (acct->path, "cpuacct.usage_user", 0));
    }
  hd_json_set (object, "usage", usage);
  if (cpu != NULL)
    {
      hd_json *throttling = hd_json_new_object ();
      hd_json_set_uint (throttling, "periods",
                        rt_cgroup_read_key (cpu->path, "cpu.stat", "nr_periods"));
      hd_json_set_uint (throttling, "throttledPeriods",
                        rt_cgroup_read_key (cpu->path, "cpu.stat", "nr_throttled"));
      hd_json_set_uint (throttling, "throttledTime",
                        rt_cgroup_read_key (cpu->path, "cpu.stat", "throttled_time"));
      hd_json_set (object, "throttling", throttling);
    }
  hd_json_set (stats, "cpu", object);
}

static hd_json *
stats_v1 (rt_cgroup *cgroup)
{
  hd_json *stats = hd_json_new_object ();
  const rt_cgroup_entry *memory = rt_cgroup_entry_of (cgroup, "memory");
  const rt_cgroup_entry *pids = rt_cgroup_entry_of (cgroup, "pids");
  add_cpu (stats, rt_cgroup_entry_of (cgroup, "cpuacct"), rt_cgroup_entry_of (cgroup, "cpu"));
  if (memory != NULL)
    add_memory (stats, memory->path);
  if (pids != NULL)
    {
      hd_json *object = hd_json_new_object ();
      hd_json_set_uint (object, "current", rt_cgroup_read_number (pids->path, "pids.current", 0));
      hd_json_set_uint (object, "limit", rt_cgroup_read_number (pids->path, "pids.max", 0));
      hd_json_set (stats, "pids", object);
    }
  return stats;
}

static int
kill_v1 (rt_cgroup *cgroup, int signal_number)
{
  for (size_t i = 0; i < cgroup->count; i++)
    if (cgroup->entries[i].unified)
      return rt_cgroup_write (cgroup->entries[i].path, "cgroup.kill", "1", NULL);
  return -EOPNOTSUPP;
}

const rt_cgroup_ops rt_cgroup_v1 = { make_v1, apply_v1, freeze_v1, kill_v1, stats_v1 };
