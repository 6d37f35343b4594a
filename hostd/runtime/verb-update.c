/* update: limits from a file, or one by one from the command line. */
#include "runtime/verb-common.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/full.h"

#define RESOURCES_BYTES_MAX (1u << 20)

/* The limits of the command line; nothing of what is left NULL changes. */
static bool
from_options (const rt_args *args, rt_resources *ret, rt_arena *arena)
{
  const rt_memory *m = &args->memory;
  const rt_cpu *c = &args->cpu;
  if (m->limit.set || m->reservation.set || m->swap.set || m->kernel.set || m->kernel_tcp.set)
    *(ret->memory = rt_new (arena, rt_memory)) = *m;
  if (c->shares.set || c->quota.set || c->burst.set || c->period.set || c->realtime_runtime.set
      || c->realtime_period.set || c->idle.set || c->cpus != NULL || c->mems != NULL)
    *(ret->cpu = rt_new (arena, rt_cpu)) = *c;
  if (args->pids.limit.set)
    *(ret->pids = rt_new (arena, rt_pids)) = args->pids;
  if (args->blkio_weight.set)
    (ret->block_io = rt_new (arena, rt_block_io))->weight = args->blkio_weight;
  return ret->memory != NULL || ret->cpu != NULL || ret->pids != NULL || ret->block_io != NULL;
}

static int
from_file (const char *path, rt_resources *ret, hd_json **ret_json, rt_arena *arena, hd_err *err)
{
  hd_autofree char *text = NULL;
  size_t size;
  int r = strcmp (path, "-") == 0 ? hd_fs_read_fd (STDIN_FILENO, RESOURCES_BYTES_MAX, &text, &size)
                                  : hd_fs_read (AT_FDCWD, path, RESOURCES_BYTES_MAX, &text, &size);
  if (r < 0)
    return hd_err_set_errno (err, -r, "reading %s", path);
  return rt_spec_parse_resources (text, size, ret, ret_json, arena, err);
}

static int
read_resources (const rt_args *args, rt_resources *ret, hd_json **ret_json, rt_arena *arena,
                hd_err *err)
{
  const bool given = from_options (args, ret, arena);
  if (given == (args->resources != NULL))
    return hd_err_set (err, HD_USAGE,
                       "give --resources FILE (- for standard input), or --memory ...",
                       given ? "--resources: not together with limits" : "nothing to update");
  return given ? 0 : from_file (args->resources, ret, ret_json, arena, err);
}

int
rt_verb_update (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container c = { 0 };
  hd_autojson json = NULL;
  rt_resources resources = { 0 };
  rt_cgroup cgroup;
  int r = rt_verb_open (args, &c, arena, err);
  if (r == 0 && c.state.driver.value == RT_CGROUP_SYSTEMD)
    r = rt_full_become (err);
  if (r < 0 || (r = read_resources (args, &resources, &json, arena, err)) < 0)
    return r;
  if (rt_container_status (&c) == RT_STATUS_STOPPED)
    return hd_err_set (err, HD_FAILED, NULL, "cannot update container \"%s\": it is not running",
                       args->words[0]);
  r = rt_container_cgroup (&c, &cgroup, err);
  return r < 0 ? r : rt_cgroup_update (&cgroup, &resources, err);
}
