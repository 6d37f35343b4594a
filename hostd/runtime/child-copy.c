/* Copy a tree into a new tmpfs (tmpcopyup), without leaving the source's file system. */
#include "runtime/child-internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fs.h"

#define DEPTH_MAX 64

/* One entry of getdents64(2). */
typedef struct
{
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
} entry;

static int copy_folder (int from_fd, int to_fd, dev_t device, int depth);

static int
copy_bytes (int from_fd, int to_fd)
{
  char buffer[8192];
  for (;;)
    {
      ssize_t n = read (from_fd, buffer, sizeof buffer);
      if (n <= 0)
        return n < 0 ? -errno : 0;
      int r = hd_fs_write_all (to_fd, buffer, (size_t)n);
      if (r < 0)
        return r;
    }
}

static int
copy_link (int from_fd, int to_fd, const char *name)
{
  char text[PATH_MAX];
  ssize_t n = readlinkat (from_fd, name, text, sizeof text - 1);
  if (n < 0)
    return -errno;
  text[n] = '\0';
  return RT_CHECK (symlinkat (text, to_fd, name));
}

static int
copy_inside (int from_fd, int to_fd, const char *name, const struct stat *st, int depth)
{
  int folder = S_ISDIR (st->st_mode) ? O_DIRECTORY : 0;
  int from = openat (from_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | folder);
  if (from < 0)
    return -errno;
  if (folder != 0 && mkdirat (to_fd, name, 0700) < 0)
    {
      close (from);
      return -errno;
    }
  int to = openat (to_fd, name,
                   folder != 0 ? O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
                               : O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   0600);
  int r = to < 0 ? -errno : 0;
  if (r == 0)
    r = folder != 0 ? copy_folder (from, to, st->st_dev, depth + 1) : copy_bytes (from, to);
  if (r == 0 && (fchown (to, st->st_uid, st->st_gid) < 0 || fchmod (to, st->st_mode & 07777) < 0))
    r = -errno;
  close (from);
  if (to >= 0)
    close (to);
  return r;
}

static int
copy_entry (int from_fd, int to_fd, const char *name, dev_t device, int depth)
{
  struct stat st;
  if (fstatat (from_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return -errno;
  if (st.st_dev != device)
    return 0;
  if (S_ISDIR (st.st_mode) || S_ISREG (st.st_mode))
    return copy_inside (from_fd, to_fd, name, &st, depth);
  int r = S_ISLNK (st.st_mode) ? copy_link (from_fd, to_fd, name)
                               : RT_CHECK (mknodat (to_fd, name, st.st_mode, st.st_rdev));
  if (r == 0)
    r = RT_CHECK (fchownat (to_fd, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW));
  return r;
}

static int
copy_folder (int from_fd, int to_fd, dev_t device, int depth)
{
  _Alignas(uint64_t) char buffer[4096];
  if (depth > DEPTH_MAX)
    return -ELOOP;
  for (;;)
    {
      long n = syscall (SYS_getdents64, from_fd, buffer, sizeof buffer);
      if (n <= 0)
        return n < 0 ? -errno : 0;
      for (long at = 0; at < n;)
        {
          const entry *e = (const entry *)(const void *)(buffer + at);
          at += e->length;
          if (strcmp (e->name, ".") == 0 || strcmp (e->name, "..") == 0)
            continue;
          int r = copy_entry (from_fd, to_fd, e->name, device, depth);
          if (r < 0)
            return r;
        }
    }
}

int
rt_child_copy_tree (int from_fd, int to_fd)
{
  struct stat st;
  if (fstat (from_fd, &st) < 0)
    return -errno;
  return copy_folder (from_fd, to_fd, st.st_dev, 0);
}
