/* Files for what must survive a crash and for trees that a stranger wrote.
 *
 * Everything is relative to a descriptor; system calls are made directly, since what matters here
 * is which ones are made, in which order.  Knows no path of the project. */
#include "common/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include "common/cleanup.h"

int
hd_fs_open_in (int root_fd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
  struct open_how how = {
    .flags = (uint64_t)flags | O_CLOEXEC,
    /* openat2 refuses a mode that would not be used. */
    .mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? mode : 0,
    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
  };
  long fd;

  /* EAGAIN: ".." was resolved while something in the tree was renamed (openat2(2)). */
  for (int attempt = 0; attempt < 16; attempt++)
    {
      fd = syscall (SYS_openat2, root_fd, path, &how, sizeof how);
      if (fd >= 0)
        return (int)fd;
      if (errno != EAGAIN && errno != EINTR)
        break;
    }
  return -errno;
}

/* Size of the first buffer: what fstat says, for pipes and /proc a page. */
static size_t
first_capacity (int fd, size_t max_bytes)
{
  struct stat st;
  size_t size_bytes = 4096;

  if (fstat (fd, &st) == 0 && S_ISREG (st.st_mode) && st.st_size > 0)
    size_bytes = (size_t)st.st_size;
  return size_bytes < max_bytes ? size_bytes : max_bytes;
}

int
hd_fs_read_fd (int fd, size_t max_bytes, char **ret_data, size_t *ret_size_bytes)
{
  size_t capacity = first_capacity (fd, max_bytes);
  size_t used = 0;
  /* One byte more than the capacity shows that there is more; one holds the final NUL. */
  hd_autofree char *data = malloc (capacity + 2);

  if (data == NULL)
    return -ENOMEM;
  for (;;)
    {
      ssize_t n = read (fd, data + used, capacity + 1 - used);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -errno;
      if (n == 0)
        break;
      used += (size_t)n;
      if (used <= capacity)
        continue;
      if (used > max_bytes)
        return -EFBIG;
      capacity = capacity > max_bytes / 2 ? max_bytes : capacity * 2;
      char *larger = realloc (data, capacity + 2);
      if (larger == NULL)
        return -ENOMEM;
      data = larger;
    }
  data[used] = '\0';
  if (ret_size_bytes != NULL)
    *ret_size_bytes = used;
  *ret_data = data;
  data = NULL;
  return 0;
}

int
hd_fs_read (int dir_fd, const char *path, size_t max_bytes, char **ret_data, size_t *ret_size_bytes)
{
  hd_autofd fd = openat (dir_fd, path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    return -errno;
  return hd_fs_read_fd (fd, max_bytes, ret_data, ret_size_bytes);
}

int
hd_fs_write_all (int fd, const void *data, size_t size_bytes)
{
  const char *p = data;

  while (size_bytes > 0)
    {
      ssize_t n = write (fd, p, size_bytes);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -errno;
      p += n;
      size_bytes -= (size_t)n;
    }
  return 0;
}

/* Open the folder that holds `path`; *ret_name is the last part, inside `path`. */
static int
open_parent (int dir_fd, const char *path, const char **ret_name)
{
  const char *slash = strrchr (path, '/');
  hd_autofree char *folder = NULL;
  int fd;

  *ret_name = slash != NULL ? slash + 1 : path;
  if (**ret_name == '\0')
    return -EISDIR;
  if (slash == NULL)
    folder = strdup (".");
  else
    folder = strndup (path, slash == path ? 1 : (size_t)(slash - path));
  if (folder == NULL)
    return -ENOMEM;
  fd = openat (dir_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

/* Create a file under a new temporary name in `folder_fd`. */
static int
create_temporary (int folder_fd, char name[32])
{
  for (int attempt = 0; attempt < 100; attempt++)
    {
      uint64_t number;
      int fd;

      if (getrandom (&number, sizeof number, 0) != (ssize_t)sizeof number)
        return -EIO;
      snprintf (name, 32, ".tmp-%016llx", (unsigned long long)number);
      fd = openat (folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
      if (fd >= 0)
        return fd;
      if (errno != EEXIST)
        return -errno;
    }
  return -EEXIST;
}

static int
fill_and_sync (int fd, const void *data, size_t size_bytes, mode_t mode)
{
  int r = hd_fs_write_all (fd, data, size_bytes);

  if (r < 0)
    return r;
  if (fchmod (fd, mode) < 0 || fsync (fd) < 0)
    return -errno;
  return 0;
}

int
hd_fs_replace (int dir_fd, const char *path, const void *data, size_t size_bytes, mode_t mode)
{
  const char *name;
  char temporary[32];
  hd_autofd folder_fd = open_parent (dir_fd, path, &name);
  hd_autofd fd = -1;
  int r;

  if (folder_fd < 0)
    return folder_fd;
  fd = create_temporary (folder_fd, temporary);
  if (fd < 0)
    return fd;
  r = fill_and_sync (fd, data, size_bytes, mode);
  if (r == 0 && renameat (folder_fd, temporary, folder_fd, name) < 0)
    r = -errno;
  if (r < 0)
    {
      unlinkat (folder_fd, temporary, 0);
      return r;
    }
  return fsync (folder_fd) < 0 ? -errno : 0;
}

int
hd_fs_sync_dir (int dir_fd, const char *path)
{
  hd_autofd fd = openat (dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0 || fsync (fd) < 0)
    return -errno;
  return 0;
}

/* Make one folder, or find that it is there. */
static int
make_folder (int dir_fd, const char *path, mode_t mode)
{
  struct stat st;

  if (mkdirat (dir_fd, path, mode) == 0)
    return 0;
  if (errno != EEXIST)
    return -errno;
  if (fstatat (dir_fd, path, &st, 0) < 0)
    return -errno;
  return S_ISDIR (st.st_mode) ? 0 : -ENOTDIR;
}

int
hd_fs_mkdirs (int dir_fd, const char *path, mode_t mode)
{
  hd_autofree char *part = strdup (path);
  int r;

  if (part == NULL)
    return -ENOMEM;
  for (char *slash = strchr (part + strspn (part, "/"), '/'); slash != NULL;
       slash = strchr (slash + 1, '/'))
    {
      *slash = '\0';
      r = make_folder (dir_fd, part, mode);
      *slash = '/';
      if (r < 0)
        return r;
    }
  return make_folder (dir_fd, part, mode);
}

/* Open a folder to empty it; an ordinary user's own folder may lack the permission. */
static int
open_to_empty (int dir_fd, const char *name)
{
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  struct stat st;
  int fd = openat (dir_fd, name, flags);

  if (fd < 0 && errno == EACCES && fchmodat (dir_fd, name, 0700, 0) == 0)
    fd = openat (dir_fd, name, flags);
  if (fd < 0)
    return -errno;
  if (fstat (fd, &st) == 0 && (st.st_mode & S_IRWXU) != S_IRWXU)
    (void)fchmod (fd, 0700);
  return fd;
}

static int remove_entry (int dir_fd, const char *name, dev_t device);

static int
empty_folder (int dir_fd, const char *name, dev_t device)
{
  int fd = open_to_empty (dir_fd, name);
  struct dirent *entry;
  DIR *dir;
  int r = 0;

  if (fd < 0)
    return fd;
  dir = fdopendir (fd);
  if (dir == NULL)
    {
      r = -errno;
      close (fd);
      return r;
    }
  while (r == 0 && (errno = 0, entry = readdir (dir)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      r = remove_entry (fd, entry->d_name, device);
  if (r == 0 && errno != 0)
    r = -errno;
  closedir (dir);
  return r;
}

/* Remove one name, with what is below it, on the file system `device` only. */
static int
remove_entry (int dir_fd, const char *name, dev_t device)
{
  struct stat st;
  int r;

  if (fstatat (dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? 0 : -errno;
  if (st.st_dev != device)
    return -EXDEV;
  if (S_ISDIR (st.st_mode))
    {
      r = empty_folder (dir_fd, name, device);
      if (r < 0)
        return r == -ENOENT ? 0 : r;
    }
  if (unlinkat (dir_fd, name, S_ISDIR (st.st_mode) ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT)
    return -errno;
  return 0;
}

int
hd_fs_remove_tree (int dir_fd, const char *path)
{
  const char *name;
  hd_autofd folder_fd = open_parent (dir_fd, path, &name);
  struct stat st;

  if (folder_fd < 0)
    return folder_fd == -ENOENT ? 0 : folder_fd;
  if (fstat (folder_fd, &st) < 0)
    return -errno;
  return remove_entry (folder_fd, name, st.st_dev);
}

int
hd_fs_free_bytes (int fd, uint64_t *ret_bytes)
{
  struct statvfs vfs;

  if (fstatvfs (fd, &vfs) < 0)
    return -errno;
  *ret_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
  return 0;
}
