/* The child's device nodes, links, terminal and kernel parameters. */
#include "runtime/child-internal.h"

#include <fcntl.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "common/fs.h"
#include "runtime/mountapi.h"
#include "runtime/socket.h"

/* The multiplexer of the container's own terminals. */
#define PTMX "/dev/pts/ptmx"

int
rt_do_directory (rt_child *child, const rt_step *step)
{
  if (child->dir_fd >= 0)
    close (child->dir_fd);
  child->dir_fd = rt_child_make (child, step->as.text, true);
  /* Nothing that is made here shall lose bits of its mode. */
  umask (0);
  return child->dir_fd < 0 ? child->dir_fd : 0;
}

/* What is there already may stay if it is the same device. */
static int
check_device (rt_child *child, const rt_device_step *d)
{
  struct stat st;
  if (fstatat (child->dir_fd, d->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return -errno;
  if ((st.st_mode & S_IFMT) == (d->mode & S_IFMT) && st.st_rdev == d->number)
    return 0;
  child->detail = "something else is there";
  return -EEXIST;
}

static int
bind_on (int tree_fd, int folder_fd, const char *name)
{
  int target
      = openat (folder_fd, name, O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (target < 0)
    return -errno;
  int r = RT_CHECK (
      move_mount (tree_fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
  close (target);
  return r;
}

/* In a user namespace no node can be made, so the host's is bound, if it is the same device, or one
 * that whoever waits makes for us. */
static int
bind_device (rt_child *child, const rt_device_step *d)
{
  struct stat st;
  int tree = open_tree (AT_FDCWD, d->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  const bool same = tree >= 0 && fstat (tree, &st) == 0 && st.st_rdev == d->number;
  if (!same && child->asks_sources)
    {
      const int made = rt_child_ask_source (child);
      return made < 0 ? made : bind_on (made, child->dir_fd, d->name);
    }
  if (!same)
    {
      child->detail = "the host has no such device to bind";
      return tree < 0 ? -errno : -ENODEV;
    }
  return bind_on (tree, child->dir_fd, d->name);
}

int
rt_do_device (rt_child *child, const rt_step *step)
{
  const rt_device_step *d = step->as.device;
  if (mknodat (child->dir_fd, d->name, d->mode, d->number) < 0)
    {
      if (errno == EPERM && !S_ISFIFO (d->mode))
        return bind_device (child, d);
      return errno == EEXIST ? check_device (child, d) : -errno;
    }
  if (d->uid == 0 && d->gid == 0)
    return 0;
  return RT_CHECK (fchownat (child->dir_fd, d->name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW));
}

int
rt_do_symlink (rt_child *child, const rt_step *step)
{
  if (symlinkat (step->as.pair.key, child->dir_fd, step->as.pair.value) < 0 && errno != EEXIST)
    return -errno;
  return 0;
}

/* "net.ipv4.ip_forward" or "net/ipv4/conf/eth0.1/forwarding", below /proc/sys of the host's procfs:
 * the kernel shows there the values of the namespaces that we are in. */
int
rt_do_sysctl (rt_child *child, const rt_step *step)
{
  char path[512] = "sys/";
  size_t length = strlen (step->as.pair.key);
  bool dots = strchr (step->as.pair.key, '/') == NULL;
  if (length + 5 > sizeof path)
    return -ENAMETOOLONG;
  for (size_t i = 0; i <= length; i++)
    path[4 + i] = dots && step->as.pair.key[i] == '.' ? '/' : step->as.pair.key[i];
  return rt_child_write_proc (child, path, step->as.pair.value);
}

/* The terminal */

/* A pair of the container's devpts.  The end comes from the master, not from a path that could lead
 * elsewhere. */
static int
open_terminal (rt_child *child, int *ret_master)
{
  struct statfs fs;
  int unlock = 0;
  int master = hd_fs_open_in (child->root_fd, PTMX, O_RDWR | O_NOCTTY, 0, RESOLVE_NO_SYMLINKS);
  if (master < 0)
    return master;
  if (fstatfs (master, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
    {
      child->detail = "/dev/pts is not a devpts";
      return -ENODEV;
    }
  if (ioctl (master, TIOCSPTLCK, &unlock) < 0)
    return -errno;
  int end = ioctl (master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (end < 0)
    return -errno;
  *ret_master = master;
  return end;
}

/* The container's own /dev/console is the terminal. */
static int
bind_console (rt_child *child, int end)
{
  int dev = hd_fs_open_in (child->root_fd, "/dev", O_PATH | O_DIRECTORY, 0, 0);
  if (dev < 0)
    return dev;
  int tree = open_tree (end, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  int r = tree < 0 ? -errno : bind_on (tree, dev, "console");
  close (dev);
  return r;
}

/* As large as the configuration says, else as the terminal that we may have been started in. */
static int
set_size (int end, const rt_console_size *wanted)
{
  struct winsize size = { 0 };
  if (wanted != NULL)
    {
      size.ws_row = (unsigned short)wanted->height;
      size.ws_col = (unsigned short)wanted->width;
    }
  else if (ioctl (STDIN_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0)
    return 0;
  return RT_CHECK (ioctl (end, TIOCSWINSZ, &size));
}

static int
leave_lines (int end)
{
  struct termios settings;
  if (tcgetattr (end, &settings) < 0)
    return -errno;
  settings.c_oflag &= ~(tcflag_t)ONLCR;
  return RT_CHECK (tcsetattr (end, TCSANOW, &settings));
}

int
rt_do_terminal (rt_child *child, const rt_step *step)
{
  int master = -1;
  const bool further_process = child->root_fd < 0;
  if (further_process)
    child->root_fd = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  int end = open_terminal (child, &master);
  if (end < 0)
    return end;
  int r = set_size (end, step->as.size);
  if (r == 0 && child->plain_lines)
    r = leave_lines (end);
  if (r < 0)
    return r;
  r = further_process ? 0 : bind_console (child, end);
  if (r < 0 || (r = rt_socket_send_fd (child->console_fd, master, PTMX, strlen (PTMX))) < 0)
    return r;
  close (master);
  for (int fd = 0; fd <= 2; fd++)
    if (dup2 (end, fd) < 0)
      return -errno;
  return RT_CHECK (ioctl (STDIN_FILENO, TIOCSCTTY, 0));
}
