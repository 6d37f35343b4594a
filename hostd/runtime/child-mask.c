/* Masked and read-only paths.
 *
 * Nearly all of them are in the container's procfs, and a few names that engines agree on.  What
 * procfs and sysfs have under these names are no links, and nobody can put another thing there:
 * with the folder as working folder, one call by name does for each of them, where in general the
 * path is resolved to a descriptor, to which a copy of a mount is attached. */
#include "runtime/child-internal.h"

#include <fcntl.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/mountapi.h"

#define MASK_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define MASK_ATTRIBUTES                                                                            \
  (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* What is in the root of a kernel's file system: a folder, or a file. */
typedef struct
{
  const char *folder;
  const char *name;
  bool is_folder;
} kernel_name;

static const kernel_name kernel_names[] = {
  { "/proc", "acpi", true },
  { "/proc", "asound", true },
  { "/proc", "bus", true },
  { "/proc", "fs", true },
  { "/proc", "interrupts", false },
  { "/proc", "irq", true },
  { "/proc", "kcore", false },
  { "/proc", "keys", false },
  { "/proc", "latency_stats", false },
  { "/proc", "sched_debug", false },
  { "/proc", "scsi", true },
  { "/proc", "sys", true },
  { "/proc", "sysrq-trigger", false },
  { "/proc", "timer_list", false },
  { "/proc", "timer_stats", false },
  { "/sys", "firmware", true },
};

static const kernel_name *
find_name (const char *path)
{
  for (size_t i = 0; i < sizeof kernel_names / sizeof *kernel_names; i++)
    {
      const kernel_name *k = &kernel_names[i];
      const size_t length = strlen (k->folder);
      if (strncmp (path, k->folder, length) == 0 && path[length] == '/'
          && strcmp (path + length + 1, k->name) == 0)
        return k;
    }
  return NULL;
}

/* Make the folder the working folder, if it is a file system of the kernel's.  A step in between
 * may have gone elsewhere or covered it, so it holds for neighbouring steps only. */
static bool
enter (rt_child *child, const kernel_name *k)
{
  struct statfs fs;
  if (child->kernel_folder == k->folder && child->kernel_step + 1 == child->step)
    return true;
  child->kernel_folder = child->masked = NULL;
  int fd = rt_child_open (child, k->folder, O_PATH | O_DIRECTORY);
  if (fd < 0)
    return false;
  const bool kernels = fstatfs (fd, &fs) == 0
                       && fs.f_type == (k->folder[1] == 'p' ? PROC_SUPER_MAGIC : SYSFS_MAGIC)
                       && fchdir (fd) == 0;
  rt_child_drop (fd);
  if (kernels)
    child->kernel_folder = k->folder;
  return kernels;
}

/* Done by name, or without a need: 0.  Else the general way has to try, and to tell what fails. */
static int
settle (rt_child *child, int r)
{
  if (r < 0 && r != -ENOENT)
    return r;
  child->kernel_step = child->step;
  return 0;
}

/* ---- Read-only ---- */

static int
make_readonly (int tree_fd, const char *name, unsigned flags)
{
  struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
  return RT_CHECK (mount_setattr (tree_fd, name, flags | AT_RECURSIVE, &attr, sizeof attr));
}

int
rt_do_readonly (rt_child *child, const rt_step *step)
{
  const kernel_name *k = find_name (step->as.text);
  if (k != NULL && enter (child, k))
    {
      int r = RT_CHECK (mount (k->name, k->name, NULL, MS_BIND | MS_REC, NULL));
      if (r == 0 && (r = make_readonly (AT_FDCWD, k->name, AT_SYMLINK_NOFOLLOW)) < 0)
        return r;
      if (settle (child, r) == 0)
        return 0;
    }
  int target = rt_child_open (child, step->as.text, O_PATH);
  if (target < 0)
    return target == -ENOENT ? 0 : target;
  int tree = rt_child_clone (target, true);
  if (tree < 0)
    return tree;
  int r = make_readonly (tree, "", AT_EMPTY_PATH);
  if (r == 0)
    r = rt_child_attach (tree, target);
  rt_child_drop (tree);
  rt_child_drop (target);
  return r;
}

/* ---- Masks ---- */

/* The host's /dev/null, and only if it is the null device: the container's own could be anything.
 */
static int
open_null (rt_child *child)
{
  struct stat st;
  if (child->null_fd >= 0)
    return 0;
  child->null_fd = open ("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (child->null_fd < 0 || fstat (child->null_fd, &st) < 0)
    return -errno;
  if (S_ISCHR (st.st_mode) && st.st_rdev == (1 << 8 | 3))
    return 0;
  child->detail = "the host's /dev/null is not the null device";
  return -ENODEV;
}

/* The same by name: nobody but the host's root can put another thing there. */
static int
check_null (rt_child *child)
{
  struct stat st;
  if (child->null_checked)
    return 0;
  if (lstat ("/dev/null", &st) < 0)
    return -errno;
  child->null_checked = S_ISCHR (st.st_mode) && st.st_rdev == (1 << 8 | 3);
  return child->null_checked ? 0 : -ENODEV;
}

/* An empty read-only tmpfs, the same for all folders here. */
static int
mask_by_name (rt_child *child, const kernel_name *k)
{
  int r;
  if (!k->is_folder)
    {
      r = check_null (child);
      return r < 0 ? r : RT_CHECK (mount ("/dev/null", k->name, NULL, MS_BIND, NULL));
    }
  if (child->masked != NULL)
    return RT_CHECK (mount (child->masked, k->name, NULL, MS_BIND, NULL));
  r = RT_CHECK (mount ("tmpfs", k->name, "tmpfs", MASK_FLAGS, "mode=555"));
  if (r == 0)
    child->masked = k->name;
  return r;
}

/* All masked folders share one empty tmpfs; the first mount of it is cloned for the rest. */
static int
mask_folder (rt_child *child, int target)
{
  static rt_pair mode = { "mode", "555" };
  const rt_mount_step empty = { .type = "tmpfs", .source = "tmpfs", .options.data = { &mode, 1 } };
  int tree = child->mask_fd >= 0 ? rt_child_clone (child->mask_fd, false)
                                 : rt_child_new_filesystem (child, &empty, target, MASK_ATTRIBUTES);
  if (tree < 0)
    return tree;
  int r = rt_child_attach (tree, target);
  if (child->mask_fd < 0)
    child->mask_fd = tree;
  else
    rt_child_drop (tree);
  return r;
}

static int
mask_file (rt_child *child, int target)
{
  int r = open_null (child);
  if (r < 0)
    return r;
  int tree = rt_child_clone (child->null_fd, false);
  if (tree < 0)
    return tree;
  r = rt_child_attach (tree, target);
  rt_child_drop (tree);
  return r;
}

int
rt_do_mask (rt_child *child, const rt_step *step)
{
  struct stat st;
  const kernel_name *k = find_name (step->as.text);
  if (k != NULL && enter (child, k) && settle (child, mask_by_name (child, k)) == 0)
    return 0;
  int target = rt_child_open (child, step->as.text, O_PATH);
  if (target < 0)
    return target == -ENOENT || target == -ENOTDIR ? 0 : target;
  if (fstat (target, &st) < 0)
    return -errno;
  int r = S_ISDIR (st.st_mode) ? mask_folder (child, target) : mask_file (child, target);
  rt_child_drop (target);
  return r;
}
