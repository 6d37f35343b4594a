/* The source of a bind, opened for a container that may not reach it. */
#include "runtime/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
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

/* Sources: both are carried out in the child's mount namespace, and return a descriptor or a
 * negative errno. */

static int
open_bind (const rt_mount_step *m)
{
  int tree
      = open_tree (AT_FDCWD, m->source,
                   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (m->options.recursive ? AT_RECURSIVE : 0));
  return tree < 0 ? -errno : tree;
}

static uint32_t
host_id (const rt_id_mappings *map, uint32_t id)
{
  for (size_t i = 0; i < map->count; i++)
    if (id >= map->items[i].container_id && id - map->items[i].container_id < map->items[i].size)
      return map->items[i].host_id + (id - map->items[i].container_id);
  return id;
}

static int
make_node (int folder, const rt_device_step *d, const rt_linux *l)
{
  static const char name[] = "node";
  if (mknodat (folder, name, d->mode, d->number) < 0
      || fchownat (folder, name, host_id (&l->uid_mappings, d->uid),
                   host_id (&l->gid_mappings, d->gid), AT_SYMLINK_NOFOLLOW)
             < 0
      || fchmodat (folder, name, d->mode & 07777, 0) < 0)
    return -errno;
  int tree = open_tree (folder, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
  return tree < 0 ? -errno : tree;
}

/* In a file system of its own: the kernel lets no device of one that a user namespace has mounted
 * be opened, and this one is the host's.  To be copied it must be mounted somewhere. */
static int
open_device (const rt_device_step *d, const rt_source_input *in)
{
  hd_autofd fs = fsopen ("tmpfs", FSOPEN_CLOEXEC);
  if (fs < 0 || fsconfig (fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
    return -errno;
  hd_autofd folder = fsmount (fs, FSMOUNT_CLOEXEC, 0);
  if (folder < 0 || move_mount (folder, "", AT_FDCWD, in->stage, MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return -errno;
  int r = make_node (folder, d, in->linux_);
  if (umount2 (in->stage, MNT_DETACH) < 0 && r >= 0)
    {
      const int failed = errno;
      close (r);
      return -failed;
    }
  return r;
}

static int
open_step (const rt_step *step, const rt_source_input *in)
{
  return step->kind == RT_STEP_DEVICE ? open_device (step->as.device, in)
                                      : open_bind (step->as.mount);
}

/* A mount can only be copied in the namespace that it belongs to. */
static int
open_inside (const rt_step *step, const rt_source_input *in, const place *here, hd_err *err)
{
  char text[256];
  hd_autofd pidfd = (int)syscall (SYS_pidfd_open, in->pid, 0);
  if (pidfd < 0 || setns (pidfd, CLONE_NEWNS) < 0)
    return hd_err_set_errno (err, errno, "joining the container's mount namespace");
  hd_autofd tree = open_step (step, in);
  int r = come_back (here);
  if (r < 0)
    return hd_err_set_errno (err, -r, "leaving the container's mount namespace");
  if (tree >= 0)
    return hd_steal_fd (&tree);
  rt_step_describe (step, text, sizeof text);
  return hd_err_set_errno (err, -tree, "%s: with the host's rights", text);
}

static bool
is_source (const rt_plan *plan, int number)
{
  if (number < 0 || (size_t)number >= plan->count)
    return false;
  const rt_step *step = &plan->steps[number];
  return step->kind == RT_STEP_DEVICE
         || (step->kind == RT_STEP_BIND && step->as.mount->source != NULL
             && step->as.mount->idmap < 0 && !step->as.mount->options.remount);
}

int
rt_source_open (const rt_source_input *input, int step, hd_err *err)
{
  place here = { -1, -1, -1 };
  if (!is_source (input->plan, step))
    return hd_err_set (err, HD_FAILED, NULL, "the container asks for the source of no bind");
  int r = remember (&here);
  r = r < 0 ? hd_err_set_errno (err, -r, "opening our own namespace")
            : open_inside (&input->plan->steps[step], input, &here, err);
  forget (&here);
  return r;
}
