/* Cgroups version 1: a hierarchy for each controller (kernel: admin-guide/cgroup-v1). */
#include "runtime/cgroup-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/userns.h"

#define MOUNTINFO_BYTES_MAX (4u << 20)
#define FREEZE_YIELDS 20
#define FREEZE_ROUNDS 2000

typedef int apply_function (const char *folder, const rt_resources *r, rt_arena *arena, bool update,
                            hd_err *err);

/* Write the numbers that are set. */
typedef struct
{
  const char *file;
  bool set;
  int64_t value;
} number_row;

/* Some values are only valid beside others (a burst below its quota, a quota beside its period),
 * and when both change the right order depends on what was there: what is invalid is tried again
 * last. */
static int
write_numbers (const char *folder, const number_row *rows, size_t count, hd_err *err)
{
  uint64_t again = 0;
  for (size_t i = 0; i < count; i++)
    {
      hd_err refused = { 0 };
      int r = rows[i].set ? rt_cgroup_write_number (folder, rows[i].file, rows[i].value, &refused)
                          : 0;
      if (r == -EINVAL)
        again |= UINT64_C (1) << i;
      else if (r < 0)
        {
          if (err != NULL)
            *err = refused;
          return r;
        }
    }
  for (size_t i = 0; i < count; i++)
    if ((again >> i & 1) != 0)
      {
        int r = rt_cgroup_write_number (folder, rows[i].file, rows[i].value, err);
        if (r < 0)
          return r;
      }
  return 0;
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
  const number_row limit
      = { "memory.limit_in_bytes", m->limit.set && m->limit.value != 0, m->limit.value };
  /* Memory without limit and swap with one cannot be. */
  const bool unlimited = m->limit.set && m->limit.value < 0 && (!m->swap.set || m->swap.value == 0);
  const number_row swap
      = { "memory.memsw.limit_in_bytes", unlimited || (m->swap.set && m->swap.value != 0),
          unlimited ? -1 : m->swap.value };
  const number_row others[] = {
    { "memory.soft_limit_in_bytes", m->reservation.set && m->reservation.value != 0,
      m->reservation.value },
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
      const int64_t limit = (int64_t)r->hugepage_limits.items[i].limit.value;
      result = rt_cgroup_write_number (folder, file, limit, err);
      snprintf (file, sizeof file, "hugetlb.%.20s.rsvd.limit_in_bytes",
                r->hugepage_limits.items[i].page_size);
      /* Reserved pages count since Linux 5.7. */
      if (result == 0)
        rt_cgroup_write_number (folder, file, limit, NULL);
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

static bool
same_devices (const rt_device_rule *a, const rt_device_rule *b)
{
  char one[64], other[64];
  rt_device_rule rule_a = *a, rule_b = *b;
  rule_a.access = rule_b.access = "rwm";
  rt_device_rule_text (&rule_a, one, sizeof one);
  rt_device_rule_text (&rule_b, other, sizeof other);
  return strcmp (one, other) == 0;
}

/* After all devices are denied, the kernel takes a further denial only off a rule that allows
 * precisely these devices (dev_exception_rm): without one it is vain. */
static rt_device_rules
without_vain_ones (rt_device_rules rules)
{
  size_t count = 0;
  for (size_t i = 0; i < rules.count; i++)
    {
      bool counts = rules.items[i].allow;
      for (size_t j = 0; !counts && j < count; j++)
        counts = same_devices (&rules.items[j], &rules.items[i]);
      if (counts)
        rules.items[count++] = rules.items[i];
    }
  rules.count = count;
  return rules;
}

/* Deny all, then the rules in their order; a rule for all devices starts afresh. */
static int
apply_devices (const char *folder, const rt_resources *r, rt_arena *arena, bool update, hd_err *err)
{
  if (update && r->devices.count == 0)
    return 0;
  rt_device_rules rules = without_vain_ones (rt_cgroup_device_rules (r, arena));
  const char **texts = rt_new_array (arena, const char *, rules.count + 1);
  int result = rt_cgroup_write (folder, "devices.deny", "a", err);
  for (size_t i = 0; i < rules.count; i++)
    {
      char text[64];
      rt_device_rule_text (&rules.items[i], text, sizeof text);
      texts[i] = rt_strdup (arena, text);
    }
  for (size_t i = 0, end; result == 0 && i < rules.count; i = end)
    {
      const bool allow = rules.items[i].allow;
      for (end = i + 1; end < rules.count && rules.items[end].allow == allow;)
        end++;
      result = rt_cgroup_write_all (folder, allow ? "devices.allow" : "devices.deny", texts + i,
                                    end - i, err);
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

/* Find a hierarchy that is mounted elsewhere than below /sys/fs/cgroup under its own name. */
static bool
find_elsewhere (rt_cgroup_entry *entry, rt_arena *arena)
{
  hd_autofree char *text = NULL;
  if (entry->unified
      || hd_fs_read (AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_BYTES_MAX, &text, NULL) < 0)
    return false;
  const char *first = rt_printf (arena, "%.*s", (int)strcspn (entry->name, ","), entry->name);
  const char *mount = rt_cgroup_find_mount (text, first, arena);
  if (mount == NULL)
    mount = rt_cgroup_find_mount (text, rt_printf (arena, "name=%s", entry->name), arena);
  if (mount == NULL || strcmp (mount, entry->mount) == 0)
    return false;
  entry->path = rt_printf (arena, "%s%s", mount, entry->path + strlen (entry->mount));
  entry->mount = mount;
  return true;
}

/* 1 when the folder was there; -ENOENT when no cgroups are mounted there, be it that somebody made
 * a folder of that name. */
static int
make_in_mount (rt_cgroup_entry *entry, int (*prepare) (const char *), hd_err *err)
{
  char path[PATH_MAX];
  int r = rt_cgroup_mkdirs (entry->path, strlen (entry->mount), prepare, &entry->made_bytes, err);
  if (r < 0)
    return r;
  snprintf (path, sizeof path, "%s/%s", entry->path, entry->unified ? "cgroup.procs" : "tasks");
  entry->procs_fd = open (path, O_WRONLY | O_CLOEXEC);
  if (entry->procs_fd >= 0)
    return r;
  r = hd_err_set_errno (err, errno, "opening %s", path);
  if (entry->made_bytes > 0 && rmdir (entry->path) == 0)
    rt_cgroup_remove_made (entry);
  entry->made_bytes = 0;
  return r;
}

static int
make_folder (rt_cgroup *cgroup, rt_cgroup_entry *entry, hd_err *err)
{
  const bool cpuset = rt_cgroup_entry_of (cgroup, "cpuset") == entry;
  int (*const prepare) (const char *) = cpuset ? fill_cpuset : NULL;
  int r = make_in_mount (entry, prepare, err);
  if (r == -ENOENT && find_elsewhere (entry, cgroup->arena))
    r = make_in_mount (entry, prepare, err);
  /* systemd has put a process into its scope already. */
  if (r == 1 && cgroup->driver != RT_CGROUP_SYSTEMD)
    r = rt_cgroup_check_empty (entry->path, err);
  return r;
}

/* A hierarchy that is mounted nowhere is left out, and one that only root may have. */
static int
make_v1 (rt_cgroup *cgroup, hd_err *err)
{
  size_t made = 0;
  for (size_t i = 0; i < cgroup->count; i++)
    {
      hd_err refused = { 0 };
      int r = make_folder (cgroup, &cgroup->entries[i], &refused);
      if (r >= 0)
        cgroup->entries[made++] = cgroup->entries[i];
      else if (r != -ENOENT && (r == -EBUSY || rt_is_host_root ()))
        {
          /* It may have its folder already, which goes with the others. */
          cgroup->entries[made] = cgroup->entries[i];
          cgroup->count = made + 1;
          if (err != NULL)
            *err = refused;
          return r;
        }
    }
  cgroup->count = made;
  if (made == 0 && rt_is_host_root ())
    return hd_err_set (err, HD_FAILED, "mount them, or use --cgroup-manager=disabled",
                       "/sys/fs/cgroup: no cgroup hierarchy is mounted");
  return 0;
}

/* A limit that nothing can keep is an error (specification, runtime.md: "MUST generate an error").
 */
static int
check_demands (const rt_cgroup *cgroup, const rt_resources *resources, hd_err *err)
{
  for (const rt_cgroup_demand *d = rt_cgroup_demands; d->controller != NULL; d++)
    {
      if (rt_cgroup_entry_of (cgroup, d->controller) != NULL || !d->asked (resources))
        continue;
      if (rt_is_host_root ())
        return hd_err_set (err, HD_CONFIG, NULL,
                           "linux.resources.%s: no cgroup controller \"%s\" is mounted", d->member,
                           d->controller);
      /* Every container has rules for devices, and the host's file modes guard from a user. */
      if (strcmp (d->controller, "devices") != 0)
        return rt_cgroup_refuse_limit (d, err);
    }
  return 0;
}

static int
apply_v1 (rt_cgroup *cgroup, const rt_resources *resources, bool update, hd_err *err)
{
  static const rt_resources none;
  if (resources == NULL)
    resources = &none;
  if (resources->unified.count > 0)
    return hd_err_set (
        err, HD_CONFIG, NULL,
        "linux.resources.unified: invalid configuration: this machine has cgroup version 1");
  int r = check_demands (cgroup, resources, err);
  for (size_t i = 0; r == 0 && i < N_ROWS (controllers); i++)
    {
      const rt_cgroup_entry *entry = rt_cgroup_entry_of (cgroup, controllers[i].controller);
      if (entry != NULL)
        r = controllers[i].apply (entry->path, resources, cgroup->arena, update, err);
    }
  rt_cgroup_forget ();
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
  for (int round = 0; round < FREEZE_ROUNDS; round++)
    {
      int r = rt_cgroup_write (entry->path, "freezer.state", wanted, err);
      if (r < 0)
        return r;
      if (rt_cgroup_read (entry->path, "freezer.state", now, sizeof now) == 0
          && strcmp (now, wanted) == 0)
        return 0;
      /* A task that runs must come to the kernel first, and nothing tells when it has. */
      if (round < FREEZE_YIELDS)
        sched_yield ();
      else
        poll (NULL, 0, 1);
    }
  rt_cgroup_write (entry->path, "freezer.state", "THAWED", NULL);
  return hd_err_set (err, HD_FAILED, NULL, "freezing %s: some tasks stay in state %s", entry->path,
                     now);
}

static int
kill_v1 (rt_cgroup *cgroup)
{
  for (size_t i = 0; i < cgroup->count; i++)
    if (cgroup->entries[i].unified)
      return rt_cgroup_write (cgroup->entries[i].path, "cgroup.kill", "1", NULL);
  return -EOPNOTSUPP;
}

const rt_cgroup_ops rt_cgroup_v1 = { make_v1, apply_v1, freeze_v1, kill_v1, rt_cgroup_stats_v1 };
