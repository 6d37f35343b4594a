/* Statistics in the form of `events --stats` of runc, which callers parse (runc, types/events.go).
 */
#include "runtime/cgroup-internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/fs.h"

#define FILE_BYTES_MAX (1u << 20)

/* A file of a cgroup as text: malloc'ed, "" when it is not there. */
static char *
read_text (const char *folder, const char *file)
{
  char path[PATH_MAX], *text = NULL;
  snprintf (path, sizeof path, "%s/%s", folder, file);
  if (hd_fs_read (AT_FDCWD, path, FILE_BYTES_MAX, &text, NULL) < 0)
    text = strdup ("");
  return text;
}

/* "max" and what is not there are no limit. */
static hd_json *
entry (const char *folder, const char *limit, const char *usage, const char *max,
       const char *failcnt)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_uint (object, "limit", rt_cgroup_read_number (folder, limit, UINT64_MAX));
  hd_json_set_uint (object, "usage", rt_cgroup_read_number (folder, usage, 0));
  hd_json_set_uint (object, "max", rt_cgroup_read_number (folder, max, 0));
  hd_json_set_uint (object, "failcnt", rt_cgroup_read_number (folder, failcnt, 0));
  return object;
}

/* All lines "KEY NUMBER". */
static hd_json *
raw (const char *folder, const char *file)
{
  hd_autofree char *text = read_text (folder, file);
  hd_json *object = hd_json_new_object ();
  for (char *rest = text, *line; (line = strsep (&rest, "\n")) != NULL;)
    {
      char *space = strchr (line, ' ');
      if (space == NULL)
        continue;
      *space = '\0';
      hd_json_set_uint (object, line, strtoull (space + 1, NULL, 10));
    }
  return object;
}

/* "0-3,8" as numbers. */
static hd_json *
number_list (const char *folder, const char *file)
{
  hd_autofree char *text = read_text (folder, file);
  hd_json *array = hd_json_new_array ();
  for (char *rest = text, *word; (word = strsep (&rest, ",\n")) != NULL;)
    {
      unsigned first, last;
      int n = sscanf (word, "%u-%u", &first, &last);
      if (n < 1)
        continue;
      for (unsigned i = first; i <= (n == 2 ? last : first) && i < first + 65536; i++)
        hd_json_append (array, hd_json_new_uint (i));
    }
  return array;
}

static void
add_throttling (hd_json *cpu, const char *folder, const char *time, uint64_t unit_ns)
{
  hd_json *throttling = hd_json_new_object ();
  hd_json_set_uint (throttling, "periods", rt_cgroup_read_key (folder, "cpu.stat", "nr_periods"));
  hd_json_set_uint (throttling, "throttledPeriods",
                    rt_cgroup_read_key (folder, "cpu.stat", "nr_throttled"));
  hd_json_set_uint (throttling, "throttledTime",
                    rt_cgroup_read_key (folder, "cpu.stat", time) * unit_ns);
  hd_json_set (cpu, "throttling", throttling);
}

static void
add_pids (hd_json *stats, const char *folder)
{
  hd_json *pids = hd_json_new_object ();
  hd_json_set_uint (pids, "current", rt_cgroup_read_number (folder, "pids.current", 0));
  /* Without a limit there is none: runc says 0. */
  hd_json_set_uint (pids, "limit", rt_cgroup_read_number (folder, "pids.max", 0));
  hd_json_set (stats, "pids", pids);
}

/* One object for each page size that has a file "hugetlb.SIZE.SUFFIX". */
static void
add_hugetlb (hd_json *stats, const char *folder, const char *usage, const char *max,
             const char *failures)
{
  hd_json *all = hd_json_new_object ();
  DIR *dir = opendir (folder);
  struct dirent *file;
  while (dir != NULL && (file = readdir (dir)) != NULL)
    {
      char size[32], name[96];
      if (sscanf (file->d_name, "hugetlb.%31[^.].", size) != 1
          || snprintf (name, sizeof name, "hugetlb.%s.%s", size, usage) >= (int)sizeof name
          || strcmp (name, file->d_name) != 0)
        continue;
      hd_json *one = hd_json_new_object ();
      hd_json_set_uint (one, "usage", rt_cgroup_read_number (folder, name, 0));
      snprintf (name, sizeof name, "hugetlb.%s.%s", size, max);
      hd_json_set_uint (one, "max", rt_cgroup_read_number (folder, name, 0));
      snprintf (name, sizeof name, "hugetlb.%s.%s", size, failures);
      hd_json_set_uint (one, "failcnt", rt_cgroup_read_number (folder, name, 0));
      hd_json_set (all, size, one);
    }
  if (dir != NULL)
    closedir (dir);
  hd_json_set (stats, "hugetlb", all);
}

static void
add_block_entry (hd_json *array, unsigned major, unsigned minor, const char *op, uint64_t value)
{
  hd_json *object = hd_json_new_object ();
  hd_json_set_uint (object, "major", major);
  hd_json_set_uint (object, "minor", minor);
  hd_json_set_string (object, "op", op);
  hd_json_set_uint (object, "value", value);
  hd_json_append (array, object);
}

/* Version 1 */

/* Lines "MAJOR:MINOR OPERATION VALUE", or "MAJOR:MINOR VALUE". */
static hd_json *
block_lines (const char *folder, const char *file)
{
  hd_autofree char *text = read_text (folder, file);
  hd_json *array = hd_json_new_array ();
  for (char *rest = text, *line; (line = strsep (&rest, "\n")) != NULL;)
    {
      unsigned major, minor;
      unsigned long long value;
      char op[32] = "";
      if (sscanf (line, "%u:%u %31s %llu", &major, &minor, op, &value) == 4
          || (op[0] = '\0', sscanf (line, "%u:%u %llu", &major, &minor, &value) == 3))
        add_block_entry (array, major, minor, op, value);
    }
  return array;
}

static void
add_blkio_v1 (hd_json *stats, const char *folder)
{
  static const struct
  {
    const char *name, *bfq, *throttle;
  } rows[] = {
    { "ioServiceBytesRecursive", "blkio.bfq.io_service_bytes_recursive",
      "blkio.throttle.io_service_bytes_recursive" },
    { "ioServicedRecursive", "blkio.bfq.io_serviced_recursive",
      "blkio.throttle.io_serviced_recursive" },
    { "ioQueueRecursive", "blkio.bfq.io_queued_recursive", NULL },
    { "ioServiceTimeRecursive", "blkio.bfq.io_service_time_recursive", NULL },
    { "ioWaitTimeRecursive", "blkio.bfq.io_wait_time_recursive", NULL },
    { "ioMergedRecursive", "blkio.bfq.io_merged_recursive", NULL },
    { "ioTimeRecursive", "blkio.bfq.time_recursive", NULL },
    { "sectorsRecursive", "blkio.bfq.sectors_recursive", NULL },
  };
  hd_json *blkio = hd_json_new_object ();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    {
      hd_json *lines = block_lines (folder, rows[i].bfq);
      if (hd_json_length (lines) == 0 && rows[i].throttle != NULL)
        {
          hd_json_freep (&lines);
          lines = block_lines (folder, rows[i].throttle);
        }
      hd_json_set (blkio, rows[i].name, lines);
    }
  hd_json_set (stats, "blkio", blkio);
}

/* Numbers that are separated by spaces. */
static hd_json *
per_cpu (const char *folder, const char *file)
{
  hd_autofree char *text = read_text (folder, file);
  hd_json *array = hd_json_new_array ();
  for (char *rest = text, *word; (word = strsep (&rest, " \n")) != NULL;)
    if (word[0] != '\0')
      hd_json_append (array, hd_json_new_uint (strtoull (word, NULL, 10)));
  return array;
}

static void
add_cpu_v1 (hd_json *stats, const rt_cgroup_entry *acct, const rt_cgroup_entry *cpu)
{
  hd_json *object = hd_json_new_object (), *usage = hd_json_new_object ();
  if (acct != NULL)
    {
      hd_json_set_uint (usage, "total", rt_cgroup_read_number (acct->path, "cpuacct.usage", 0));
      hd_json_set_uint (usage, "kernel",
                        rt_cgroup_read_number (acct->path, "cpuacct.usage_sys", 0));
      hd_json_set_uint (usage, "user", rt_cgroup_read_number (acct->path, "cpuacct.usage_user", 0));
      hd_json_set (usage, "percpu", per_cpu (acct->path, "cpuacct.usage_percpu"));
      hd_json_set (usage, "percpu_kernel", per_cpu (acct->path, "cpuacct.usage_percpu_sys"));
      hd_json_set (usage, "percpu_user", per_cpu (acct->path, "cpuacct.usage_percpu_user"));
    }
  hd_json_set (object, "usage", usage);
  if (cpu != NULL)
    add_throttling (object, cpu->path, "throttled_time", 1);
  hd_json_set (stats, "cpu", object);
}

static void
add_memory_v1 (hd_json *stats, const char *folder)
{
  hd_json *memory = hd_json_new_object ();
  hd_json_set_uint (memory, "cache", rt_cgroup_read_key (folder, "memory.stat", "cache"));
  hd_json_set (memory, "usage",
               entry (folder, "memory.limit_in_bytes", "memory.usage_in_bytes",
                      "memory.max_usage_in_bytes", "memory.failcnt"));
  hd_json_set (memory, "swap",
               entry (folder, "memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes",
                      "memory.memsw.max_usage_in_bytes", "memory.memsw.failcnt"));
  hd_json_set (memory, "kernel",
               entry (folder, "memory.kmem.limit_in_bytes", "memory.kmem.usage_in_bytes",
                      "memory.kmem.max_usage_in_bytes", "memory.kmem.failcnt"));
  hd_json_set (memory, "kernelTCP",
               entry (folder, "memory.kmem.tcp.limit_in_bytes", "memory.kmem.tcp.usage_in_bytes",
                      "memory.kmem.tcp.max_usage_in_bytes", "memory.kmem.tcp.failcnt"));
  hd_json_set (memory, "raw", raw (folder, "memory.stat"));
  hd_json_set (stats, "memory", memory);
}

static void
add_cpuset_v1 (hd_json *stats, const char *folder)
{
  static const char *const numbers[]
      = { "cpu_exclusive",      "mem_hardwall",       "mem_exclusive",   "memory_migrate",
          "memory_spread_page", "memory_spread_slab", "memory_pressure", "sched_load_balance" };
  hd_json *cpuset = hd_json_new_object ();
  hd_json_set (cpuset, "cpus", number_list (folder, "cpuset.cpus"));
  hd_json_set (cpuset, "mems", number_list (folder, "cpuset.mems"));
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    {
      char file[48];
      snprintf (file, sizeof file, "cpuset.%s", numbers[i]);
      hd_json_set_uint (cpuset, numbers[i], rt_cgroup_read_number (folder, file, 0));
    }
  hd_json_set (stats, "cpuset", cpuset);
}

hd_json *
rt_cgroup_stats_v1 (rt_cgroup *cgroup)
{
  hd_json *stats = hd_json_new_object ();
  const rt_cgroup_entry *found;
  add_cpu_v1 (stats, rt_cgroup_entry_of (cgroup, "cpuacct"), rt_cgroup_entry_of (cgroup, "cpu"));
  if ((found = rt_cgroup_entry_of (cgroup, "cpuset")) != NULL)
    add_cpuset_v1 (stats, found->path);
  if ((found = rt_cgroup_entry_of (cgroup, "memory")) != NULL)
    add_memory_v1 (stats, found->path);
  if ((found = rt_cgroup_entry_of (cgroup, "pids")) != NULL)
    add_pids (stats, found->path);
  if ((found = rt_cgroup_entry_of (cgroup, "blkio")) != NULL)
    add_blkio_v1 (stats, found->path);
  found = rt_cgroup_entry_of (cgroup, "hugetlb");
  add_hugetlb (stats, found != NULL ? found->path : "", "usage_in_bytes", "max_usage_in_bytes",
               "failcnt");
  return stats;
}

/* Version 2 */

/* Pressure stall information: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and the same for
 * "full" (kernel: accounting/psi.rst). */
static void
add_pressure (hd_json *object, const char *folder, const char *file)
{
  hd_autofree char *text = read_text (folder, file);
  hd_json *psi = NULL;
  for (char *rest = text, *line; (line = strsep (&rest, "\n")) != NULL;)
    {
      char kind[8];
      double average[3];
      unsigned long long total;
      if (sscanf (line, "%7s avg10=%lf avg60=%lf avg300=%lf total=%llu", kind, &average[0],
                  &average[1], &average[2], &total)
          != 5)
        continue;
      hd_json *one = hd_json_new_object ();
      hd_json_set (one, "avg10", hd_json_new_double (average[0]));
      hd_json_set (one, "avg60", hd_json_new_double (average[1]));
      hd_json_set (one, "avg300", hd_json_new_double (average[2]));
      hd_json_set_uint (one, "total", total);
      if (psi == NULL)
        psi = hd_json_new_object ();
      hd_json_set (psi, kind, one);
    }
  if (psi != NULL)
    hd_json_set (object, "psi", psi);
}

/* Lines "MAJOR:MINOR KEY=VALUE KEY=VALUE ..." of io.stat, by the names of version 1. */
static void
add_blkio_v2 (hd_json *stats, const char *folder)
{
  static const struct
  {
    const char *key, *op;
    bool bytes;
  } rows[] = { { "rbytes", "Read", true },
               { "wbytes", "Write", true },
               { "rios", "Read", false },
               { "wios", "Write", false } };
  hd_autofree char *text = read_text (folder, "io.stat");
  hd_json *blkio = hd_json_new_object ();
  hd_json *bytes = hd_json_new_array (), *serviced = hd_json_new_array ();
  for (char *rest = text, *line; (line = strsep (&rest, "\n")) != NULL;)
    {
      unsigned major, minor;
      if (sscanf (line, "%u:%u ", &major, &minor) != 2)
        continue;
      for (char *word; (word = strsep (&line, " ")) != NULL;)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
          {
            const size_t length = strlen (rows[i].key);
            if (strncmp (word, rows[i].key, length) == 0 && word[length] == '=')
              add_block_entry (rows[i].bytes ? bytes : serviced, major, minor, rows[i].op,
                               strtoull (word + length + 1, NULL, 10));
          }
    }
  hd_json_set (blkio, "ioServiceBytesRecursive", bytes);
  hd_json_set (blkio, "ioServicedRecursive", serviced);
  add_pressure (blkio, folder, "io.pressure");
  hd_json_set (stats, "blkio", blkio);
}

static void
add_memory_v2 (hd_json *stats, const char *folder)
{
  hd_json *memory = hd_json_new_object (), *usage = hd_json_new_object ();
  hd_json_set_uint (usage, "limit", rt_cgroup_read_number (folder, "memory.max", UINT64_MAX));
  hd_json_set_uint (usage, "usage", rt_cgroup_read_number (folder, "memory.current", 0));
  hd_json_set_uint (usage, "max", rt_cgroup_read_number (folder, "memory.peak", 0));
  hd_json_set_uint (usage, "failcnt", rt_cgroup_read_key (folder, "memory.events", "max"));
  hd_json_set_uint (memory, "cache", rt_cgroup_read_key (folder, "memory.stat", "file"));
  hd_json_set (memory, "usage", usage);
  hd_json_set (memory, "swap",
               entry (folder, "memory.swap.max", "memory.swap.current", "memory.swap.peak", ""));
  hd_json_set (memory, "raw", raw (folder, "memory.stat"));
  add_pressure (memory, folder, "memory.pressure");
  hd_json_set (stats, "memory", memory);
}

static void
add_cpu_v2 (hd_json *stats, const char *folder)
{
  hd_json *cpu = hd_json_new_object (), *usage = hd_json_new_object ();
  hd_json_set_uint (usage, "total", rt_cgroup_read_key (folder, "cpu.stat", "usage_usec") * 1000);
  hd_json_set_uint (usage, "user", rt_cgroup_read_key (folder, "cpu.stat", "user_usec") * 1000);
  hd_json_set_uint (usage, "kernel", rt_cgroup_read_key (folder, "cpu.stat", "system_usec") * 1000);
  hd_json_set (cpu, "usage", usage);
  add_throttling (cpu, folder, "throttled_usec", 1000);
  add_pressure (cpu, folder, "cpu.pressure");
  hd_json_set (stats, "cpu", cpu);
}

hd_json *
rt_cgroup_stats_v2 (rt_cgroup *cgroup)
{
  hd_json *stats = hd_json_new_object ();
  if (cgroup->count == 0)
    return stats;
  const char *folder = cgroup->entries[0].path;
  add_cpu_v2 (stats, folder);
  hd_json *cpuset = hd_json_new_object ();
  hd_json_set (cpuset, "cpus", number_list (folder, "cpuset.cpus.effective"));
  hd_json_set (cpuset, "mems", number_list (folder, "cpuset.mems.effective"));
  hd_json_set (stats, "cpuset", cpuset);
  add_memory_v2 (stats, folder);
  add_pids (stats, folder);
  add_blkio_v2 (stats, folder);
  add_hugetlb (stats, folder, "current", "max", "events");
  return stats;
}
