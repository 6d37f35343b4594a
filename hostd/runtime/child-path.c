/* Paths below the rootfs, whose content a stranger wrote: every name is resolved by the kernel
 * inside the rootfs, and what comes back is a descriptor, never a path that is looked up again. */
#include "runtime/child-internal.h"

#include <fcntl.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/fs.h"

#define LINKS_MAX 40

int
rt_child_open (rt_child *child, const char *path, int flags)
{
  return hd_fs_open_in (child->root_fd, path, flags, 0, 0);
}

/* A path that is being walked: `done` has no links, `rest` is still to come. */
typedef struct
{
  char done[PATH_MAX];
  char rest[PATH_MAX];
  int links;
} walk;

/* Put the text of a link before the rest of the path. */
static int
follow (walk *w, int folder_fd, const char *name)
{
  char text[PATH_MAX];
  ssize_t length = readlinkat (folder_fd, name, text, sizeof text - 1);
  if (length < 0)
    return -errno;
  size_t rest = strlen (w->rest);
  if (++w->links > LINKS_MAX)
    return -ELOOP;
  if ((size_t)length + 1 + rest + 1 > sizeof w->rest)
    return -ENAMETOOLONG;
  memmove (w->rest + length + 1, w->rest, rest + 1);
  memcpy (w->rest, text, (size_t)length);
  w->rest[length] = '/';
  if (text[0] == '/')
    w->done[0] = '\0';
  return 0;
}

/* Take the first name off the rest.  False at its end. */
static bool
next_name (walk *w, char *name)
{
  size_t skip = strspn (w->rest, "/");
  size_t length = strcspn (w->rest + skip, "/");
  if (length == 0 || length > NAME_MAX)
    return false;
  memcpy (name, w->rest + skip, length);
  name[length] = '\0';
  memmove (w->rest, w->rest + skip + length, strlen (w->rest + skip + length) + 1);
  return true;
}

static void
leave_folder (walk *w)
{
  char *slash = strrchr (w->done, '/');
  *(slash != NULL ? slash : w->done) = '\0';
}

static int
make_one (int folder_fd, const char *name, bool folder)
{
  if (folder)
    return mkdirat (folder_fd, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
  int fd = openat (folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0)
    return errno == EEXIST ? 0 : -errno;
  rt_child_drop (fd);
  return 0;
}

/* One name further: make it when it is missing, follow it when it is a link. */
static int
step_into (rt_child *child, walk *w, const char *name, bool folder)
{
  struct stat st;
  int fd = hd_fs_open_in (child->root_fd, w->done[0] != '\0' ? w->done : "/", O_PATH | O_DIRECTORY,
                          0, RESOLVE_NO_SYMLINKS);
  if (fd < 0)
    return fd;
  int r = 0;
  if (fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    r = errno == ENOENT ? make_one (fd, name, folder) : -errno;
  else if (S_ISLNK (st.st_mode))
    {
      r = follow (w, fd, name);
      rt_child_drop (fd);
      return r;
    }
  rt_child_drop (fd);
  size_t used = strlen (w->done), length = strlen (name);
  if (used + length + 2 > sizeof w->done)
    return -ENAMETOOLONG;
  w->done[used] = '/';
  memcpy (w->done + used + 1, name, length + 1);
  return r;
}

/* Open the folder with this path, or take what was opened for the step before: that step has made
 * and mounted only something in this folder, so it is still the one that the path leads to. */
static int
open_above (rt_child *child, const char *path, size_t length)
{
  char above[PATH_MAX];
  if (child->above_fd < 0 || child->above_step + 1 != child->step || child->above_bytes != length
      || memcmp (child->above, path, length) != 0)
    {
      memcpy (above, path, length);
      above[length] = '\0';
      if (child->above_fd >= 0)
        rt_child_drop (child->above_fd);
      child->above_fd = rt_child_open (child, length > 0 ? above : "/", O_PATH | O_DIRECTORY);
      child->above = path;
      child->above_bytes = length;
    }
  child->above_step = child->step;
  return child->above_fd;
}

/* The usual case: only the last name is missing.  -EEXIST when it is not, or when there is a link
 * without an end. */
static int
make_last (rt_child *child, const char *path, bool folder)
{
  size_t length = strlen (path);
  const char *name = strrchr (path, '/');
  if (name == NULL || length >= PATH_MAX || name[1] == '\0' || strcmp (name, "/.") == 0
      || strcmp (name, "/..") == 0)
    return -ENOENT;
  int fd = open_above (child, path, (size_t)(name - path));
  if (fd < 0)
    return fd;
  int made, r = folder ? RT_CHECK (mkdirat (fd, name + 1, 0755)) : 0;
  if (r == 0)
    {
      made = folder ? openat (fd, name + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                    : openat (fd, name + 1, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
      r = made < 0 ? -errno : made;
      child->made = true;
    }
  return r;
}

/* Is it in a file system that was mounted just now?  Then nothing is there yet. */
static bool
is_in_fresh_folder (const rt_child *child, const char *path)
{
  const char *name = strrchr (path, '/');
  const char *fresh = child->fresh_folder;
  return fresh != NULL && name != NULL && strlen (fresh) == (size_t)(name - path)
         && strncmp (path, fresh, (size_t)(name - path)) == 0;
}

int
rt_child_make (rt_child *child, const char *path, bool folder)
{
  static walk w;
  char name[NAME_MAX + 1];
  int fd = -1;
  child->made = false;
  if (folder && child->above_fd >= 0 && child->above_step + 1 == child->step
      && strlen (path) == child->above_bytes
      && strncmp (child->above, path, child->above_bytes) == 0)
    {
      fd = child->above_fd;
      child->above_fd = -1;
      return fd;
    }
  if (is_in_fresh_folder (child, path) && (fd = make_last (child, path, folder)) >= 0)
    return fd;
  fd = rt_child_open (child, path, O_PATH | (folder ? O_DIRECTORY : 0));
  if (fd != -ENOENT || (fd = make_last (child, path, folder)) >= 0)
    return fd;
  size_t length = strlen (path);
  if (length >= sizeof w.rest)
    return -ENAMETOOLONG;
  memcpy (w.rest, path, length + 1);
  child->made = true;
  w.done[0] = '\0';
  w.links = 0;
  while (next_name (&w, name))
    {
      bool last = w.rest[strspn (w.rest, "/")] == '\0';
      if (strcmp (name, ".") == 0)
        continue;
      if (strcmp (name, "..") == 0)
        {
          leave_folder (&w);
          continue;
        }
      int r = step_into (child, &w, name, !last || folder);
      if (r < 0)
        return r;
    }
  return hd_fs_open_in (child->root_fd, w.done[0] != '\0' ? w.done : "/",
                        O_PATH | (folder ? O_DIRECTORY : 0), 0, RESOLVE_NO_SYMLINKS);
}

/* As many as an ordinary container needs; below the usual limit of 1,024. */
#define DROPPED_MAX 256

void
rt_child_drop (int fd)
{
  if (fd >= DROPPED_MAX)
    close (fd);
}

/* Put them in ascending order, to see the gaps between them. */
static void
sort_fds (int *fds, size_t count)
{
  for (size_t i = 1; i < count; i++)
    for (size_t j = i; j > 0 && fds[j - 1] > fds[j]; j--)
      {
        int other = fds[j];
        fds[j] = fds[j - 1];
        fds[j - 1] = other;
      }
}

int
rt_child_forget (rt_child *child)
{
  int kept[] = { child->sync_fd, child->listen_fd, child->notify_fd };
  unsigned first = 3 + child->preserve_fds;
  const size_t count = sizeof kept / sizeof *kept;
  sort_fds (kept, count);
  for (size_t i = 0; i < count; i++)
    {
      if (kept[i] < (int)first)
        continue;
      if ((unsigned)kept[i] > first
          && syscall (SYS_close_range, first, (unsigned)kept[i] - 1, 0) < 0)
        return -errno;
      first = (unsigned)kept[i] + 1;
    }
  if (syscall (SYS_close_range, first, ~0U, 0) < 0)
    return -errno;
  child->proc_fd = child->dir_fd = child->mask_fd = child->null_fd = -1;
  child->root_fd = child->above_fd = -1;
  child->kernel_folder = NULL;
  return 0;
}

int
rt_child_write_proc (rt_child *child, const char *path, const char *text)
{
  struct statfs fs;
  /* thread-self is a link, but one that procfs makes itself; what is found must be procfs. */
  int fd = hd_fs_open_in (child->proc_fd, path, O_WRONLY, 0, 0);
  if (fd < 0)
    return fd;
  int r = 0;
  size_t length = strlen (text);
  if (fstatfs (fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
    {
      child->detail = "this is not procfs";
      r = -EXDEV;
    }
  else if (write (fd, text, length) != (ssize_t)length)
    r = -errno;
  rt_child_drop (fd);
  return r;
}
