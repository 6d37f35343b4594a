/* The runtime reads the cgroups, /proc has the interfaces. */
#include "engine/stats.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/programs.h"
#include "engine/status.h"

#define NET_BYTES_MAX (1u << 20)

static guint64
number (const hd_json *object, const char *key)
{
  guint64 value = 0;
  hd_json_as_uint64 (hd_json_get (object, key), &value);
  return value;
}

static void
read_memory (const hd_json *memory, HdStats *ret)
{
  const hd_json *usage = hd_json_get (memory, "usage"), *raw = hd_json_get (memory, "raw");
  guint64 used = number (usage, "usage");
  guint64 cache = hd_json_get (raw, "total_inactive_file") != NULL
                      ? number (raw, "total_inactive_file")
                      : number (raw, "inactive_file");
  struct sysinfo info;
  guint64 total = sysinfo (&info) == 0 ? (guint64)info.totalram * info.mem_unit : G_MAXUINT64;
  guint64 limit = number (usage, "limit");
  ret->memory_bytes = used > cache ? used - cache : used;
  ret->memory_limit_bytes = limit == 0 || limit > total ? total : limit;
}

static void
read_block (const hd_json *blkio, HdStats *ret)
{
  const hd_json *list = hd_json_get (blkio, "ioServiceBytesRecursive");
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      const hd_json *entry = hd_json_at (list, i);
      const char *op = hd_json_get_string (entry, "op", "");
      if (g_ascii_strcasecmp (op, "read") == 0)
        ret->block_read_bytes += number (entry, "value");
      else if (g_ascii_strcasecmp (op, "write") == 0)
        ret->block_written_bytes += number (entry, "value");
    }
}

/* Lines "eth0: BYTES_IN ... (8) BYTES_OUT ..." (proc_pid_net(5)); lo does not count. */
static void
read_network (pid_t pid, HdStats *ret)
{
  char path[64];
  hd_autofree char *text = NULL;
  g_snprintf (path, sizeof path, "/proc/%d/net/dev", pid);
  if (hd_fs_read (AT_FDCWD, path, NET_BYTES_MAX, &text, NULL) < 0)
    return;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      unsigned long long in, out;
      char name[32];
      if (sscanf (*line, " %31[^:]: %llu %*u %*u %*u %*u %*u %*u %*u %llu", name, &in, &out) == 3
          && strcmp (name, "lo") != 0)
        {
          ret->net_in_bytes += in;
          ret->net_out_bytes += out;
        }
    }
}

gboolean
hd_stats_read (HdStore *store, const HdContainer *container, HdStats *ret, GError **error)
{
  g_auto (HdStatusNow) now = { .lives = FALSE };
  g_autofree char *program = hd_programs_find ("atomic-runtime");
  g_autofree char *root = g_build_filename (hd_store_run_root (store), "runtime", NULL);
  g_autofree char *text = NULL;
  const char *const argv[] = { program, "--root", root, "events", "--stats", container->id, NULL };
  const HdSpawn spawn = { .capture_stdout = TRUE };
  hd_err err = { 0 };
  if (!hd_status_now (store, container->id, &now, error))
    return FALSE;
  if (!hd_status_now_is_running (&now))
    return hd_throw (error, HD_FAILED, NULL, "container %s is not running", container->name);
  if (!hd_spawn_run (argv, &spawn, &text, NULL, error))
    return FALSE;
  hd_autojson json = hd_json_parse (text, strlen (text), &err);
  if (json == NULL)
    return hd_throw_err (error, &err);
  const hd_json *data = hd_json_get (json, "data");
  *ret = (HdStats){ .time_ns = g_get_monotonic_time () * 1000 };
  ret->cpu_ns = number (hd_json_get (hd_json_get (data, "cpu"), "usage"), "total");
  ret->processes = number (hd_json_get (data, "pids"), "current");
  read_memory (hd_json_get (data, "memory"), ret);
  read_block (hd_json_get (data, "blkio"), ret);
  read_network (now.state.pid, ret);
  return TRUE;
}

char *
hd_stats_size (guint64 bytes, gboolean binary)
{
  static const char *const decimal[] = { "B", "kB", "MB", "GB", "TB", "PB" };
  static const char *const powers[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
  double size = (double)bytes, base = binary ? 1024 : 1000;
  guint unit = 0;
  while (size >= base && unit + 1 < G_N_ELEMENTS (decimal))
    {
      size /= base;
      unit++;
    }
  return g_strdup_printf (binary ? "%.4g%s" : "%.3g%s", size,
                          binary ? powers[unit] : decimal[unit]);
}

static void
set_pair (hd_json *row, const char *key, guint64 a, guint64 b, gboolean binary)
{
  g_autofree char *left = hd_stats_size (a, binary);
  g_autofree char *right = hd_stats_size (b, binary);
  g_autofree char *text = g_strconcat (left, " / ", right, NULL);
  hd_json_set_string (row, key, text);
}

static void
set_percent (hd_json *row, const char *key, double percent)
{
  char text[32];
  g_snprintf (text, sizeof text, "%.2f%%", percent);
  hd_json_set_string (row, key, text);
}

hd_json *
hd_stats_row (const HdContainer *container, const HdStats *before, const HdStats *now,
              gboolean truncate)
{
  hd_json *row = hd_json_new_object ();
  g_autofree char *id = g_strndup (container->id, truncate ? 12 : strlen (container->id));
  g_autofree char *pids = g_strdup_printf ("%" G_GUINT64_FORMAT, now->processes);
  double passed = (double)(now->time_ns - before->time_ns);
  double used = now->cpu_ns > before->cpu_ns ? (double)(now->cpu_ns - before->cpu_ns) : 0;
  hd_json_set_string (row, "Container", id);
  hd_json_set_string (row, "ID", id);
  hd_json_set_string (row, "Name", container->name);
  set_percent (row, "CPUPerc", passed > 0 ? 100 * used / passed : 0);
  set_pair (row, "MemUsage", now->memory_bytes, now->memory_limit_bytes, TRUE);
  set_percent (row, "MemPerc",
               100 * (double)now->memory_bytes / (double)MAX (now->memory_limit_bytes, 1));
  set_pair (row, "NetIO", now->net_in_bytes, now->net_out_bytes, FALSE);
  set_pair (row, "BlockIO", now->block_read_bytes, now->block_written_bytes, FALSE);
  hd_json_set_string (row, "PIDs", pids);
  return row;
}
