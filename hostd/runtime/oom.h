/* Out-of-memory events of a cgroup, as a descriptor to wait on. */
#pragma once

#include "runtime/cgroup.h"

typedef struct
{
  int fd; /* readable when something may have happened; -1 when the cgroup has no memory controller
           */
  int events_fd; /* version 2: memory.events; version 1: memory.oom_control */
  bool unified;
  uint64_t count; /* kills that have been told of */
} rt_oom;

/* Watch from now on.  Close with rt_oom_close. */
int rt_oom_watch (const rt_cgroup *cgroup, rt_oom *ret, hd_err *err);
/* After `fd` became readable, or the container ended: has the kernel killed something since the
 * last call?  False when the cgroup is gone. */
bool rt_oom_happened (rt_oom *oom);
void rt_oom_close (rt_oom *oom);
