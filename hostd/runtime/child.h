/* The container's first process: carries out a plan.
 *
 * Runs between clone and exec, so it calls only what is async-signal-safe: no allocation, no stdio.
 * The test `runtime-child-symbols` reads the object's undefined symbols and holds it to that.
 */
#pragma once

#include <linux/filter.h>
#include <linux/limits.h>
#include <sys/types.h>

#include "runtime/plan.h"

/* What a plan needs besides itself.  Descriptors are -1 when there is none; all are close-on-exec.
 */
typedef struct
{
  const rt_plan *plan;
  int sync_fd;           /* to the parent */
  int listen_fd;         /* where `start` connects */
  int console_fd;        /* connected console socket */
  int notify_fd;         /* connected seccomp agent */
  int init_pidfd;        /* exec: the container's first process */
  int proc_fd;           /* the host's /proc; opened by the child when it is -1 */
  const int *cgroup_fds; /* cgroup.procs, open for writing */
  size_t n_cgroup_fds;
  const int *idmap_fds; /* detached id-mapped trees, by rt_mount_step.idmap */
  const rt_hierarchy *hierarchies;
  size_t n_hierarchies;
  struct sock_fprog filter;
  unsigned filter_flags;

  unsigned preserve_fds; /* so many after the standard streams are the caller's */
  bool asks_sources;     /* the parent may open sources of binds that we may not reach */
  bool plain_lines;      /* the terminal adds no carriage returns: our own does, or it is a file */

  /* Owned by the child while it runs. */
  size_t step;
  int report_fd; /* the parent, later `start` */
  int root_fd;
  int dir_fd;
  int mask_fd;
  int null_fd;
  bool null_checked;
  int above_fd;      /* what rt_child_make made something in */
  size_t above_step; /* at this step */
  const char *above; /* and the path of that, above_bytes long */
  size_t above_bytes;
  const char *fresh_folder;  /* where a tmpfs was mounted, so that it is probably empty */
  const char *kernel_folder; /* the working folder: the procfs or sysfs there */
  size_t kernel_step;        /* at the end of this step */
  const char *masked;        /* in it, by a tmpfs */
  bool made;                 /* the last rt_child_make has made something */
  bool shares_mounts;        /* with the host, until the pivot */
  rt_cap_sets caps;          /* as far as we have them ourselves */
  const char *detail;        /* more than errno can say, for the report */
  char detail_buffer[232];   /* RT_MSG_TEXT_BYTES */
  char program[PATH_MAX];
} rt_child;

#define RT_CHILD_EMPTY                                                                             \
  {                                                                                                \
    .sync_fd = -1, .listen_fd = -1, .console_fd = -1, .notify_fd = -1, .init_pidfd = -1,           \
    .proc_fd = -1                                                                                  \
  }

/* Carry out the plan; ends in the container's program, or with exit status 126 or 127 when exec
 * fails and 1 when an earlier step does, after a message to whoever waits. */
_Noreturn void rt_child_run (rt_child *child);
