/* What stands in the static program for the files that need libraries, seccomp-compile.c and
 * cgroup-systemd.c.  Whoever comes here should have become the full program before. */
#ifdef ATOMIC_STATIC

#include "runtime/cgroup-internal.h"
#include "runtime/full.h"
#include "runtime/seccomp.h"

int
rt_seccomp_compile (const rt_seccomp *profile, rt_filter *ret, rt_arena *arena, hd_err *err)
{
  return rt_full_become (err);
}

int
rt_systemd_parse (const char *path, const char *id, rt_cgroup *cgroup, hd_err *err)
{
  return rt_full_become (err);
}

const char *
rt_systemd_folder (const char *slice, const char *unit, rt_arena *arena)
{
  return NULL;
}

int
rt_systemd_start (const rt_cgroup *cgroup, const rt_resources *resources, pid_t *ret_pid,
                  hd_err *err)
{
  return rt_full_become (err);
}

int
rt_systemd_move_here (hd_err *err)
{
  return rt_full_become (err);
}

int
rt_systemd_update (const rt_cgroup *cgroup, const rt_resources *resources, hd_err *err)
{
  return rt_full_become (err);
}

int
rt_systemd_stop (const rt_cgroup *cgroup, hd_err *err)
{
  return rt_full_become (err);
}

#else

/* A source file must not be empty. */
typedef int rt_full_only_is_not_here;

#endif
