/* The source of a bind, opened for a container that may not reach it. */
#include "runtime/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "runtime/mountapi.h"

/* Where we are, to come back. */
typedef struct
{
  int mounts;
  int root;
  int folder;
} place;

static int
remember (place *p)
{
  p->mounts = open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  p->root = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  p->folder = open (".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return p->mounts < 0 || p->root < 0 || p->folder < 0 ? -errno : 0;
}

static int
come_back (const place *p)
{
  if (setns (p->mounts, CLONE_NEWNS) < 0 || fchdir (p->root) < 0 || chroot (".") < 0
      || fchdir (p->folder) < 0)
    return -errno;
  return 0;
}

static void
forget (place *p)
{
  hd_closep (&p->mounts);
  hd_closep (&p->root);
  hd_closep (&p->folder);
}

/* A mount can only be copied in the namespace that it belongs to. */
static int
open_inside (const rt_mount_step *m, pid_t pid, const place *here, hd_err *err)
{
  hd_autofd pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
  if (pidfd < 0 || setns (pidfd, CLONE_NEWNS) < 0)
    return hd_err_set_errno (err, errno, "joining the container's mount namespace");
  int tree
      = open_tree (AT_FDCWD, m->source,
                   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (m->options.recursive ? AT_RECURSIVE : 0));
  const int failed = tree < 0 ? errno : 0;
  int r = come_back (here);
  if (r < 0)
    {
      hd_closep (&tree);
      return hd_err_set_errno (err, -r, "leaving the container's mount namespace");
    }
  if (failed != 0)
    return hd_err_set_errno (err, failed, "bind %s on %s: opening the source", m->source,
                             m->target);
  return tree;
}

int
rt_source_open (const rt_plan *plan, int step, pid_t pid, hd_err *err)
{
  if (step < 0 || (size_t)step >= plan->count || plan->steps[step].kind != RT_STEP_BIND)
    return hd_err_set (err, HD_FAILED, NULL, "the container asks for the source of no bind");
  const rt_mount_step *m = plan->steps[step].as.mount;
  if (m->source == NULL || m->idmap >= 0 || m->options.remount)
    return hd_err_set (err, HD_FAILED, NULL, "the container asks for a source that is not there");
  place here = { -1, -1, -1 };
  int r = remember (&here);
  r = r < 0 ? hd_err_set_errno (err, -r, "opening our own namespace")
            : open_inside (m, pid, &here, err);
  forget (&here);
  return r;
}
