/* The content of an image as the first content of a volume.
 *
 * Owners, modes, times, extended attributes, links, devices; sparse files stay sparse where the
 * file system can share or skip. Both trees are walked by descriptors; neither links nor ".." leave
 * them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <limits.h>
#include <linux/fs.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/volume.h"

#define MAX_DEPTH 256
#define MAX_XATTRS (64u << 10)
#define COPY_CHUNK (64u << 20)

typedef struct
{
  GHashTable
      *links; /* inode (guint64) -> path from the target's root, for files of several names */
  int root;   /* of the target */
} Copy;

static int copy_entry (Copy *copy, int from, int to, const char *name, const char *path,
                       guint depth);

/* Extended attributes of an open source to an open target; security.selinux comes from the policy.
 */
static int
copy_xattrs (int from, int to)
{
  g_autofree char *names = g_malloc (MAX_XATTRS);
  g_autofree char *value = g_malloc (MAX_XATTRS);
  ssize_t size = flistxattr (from, names, MAX_XATTRS);
  if (size < 0)
    return errno == ENOTSUP ? 0 : -errno;
  for (const char *name = names; name < names + size; name += strlen (name) + 1)
    {
      if (g_str_equal (name, "security.selinux") || g_str_has_prefix (name, "trusted.overlay."))
        continue;
      ssize_t length = fgetxattr (from, name, value, MAX_XATTRS);
      if (length < 0 || (fsetxattr (to, name, value, (size_t)length, 0) < 0 && errno != ENOTSUP))
        return -errno;
    }
  return 0;
}

static int
copy_meta (int from, int to, const struct stat *st)
{
  const struct timespec times[2] = { st->st_atim, st->st_mtim };
  if (fchown (to, st->st_uid, st->st_gid) < 0 || fchmod (to, st->st_mode & 07777) < 0)
    return -errno;
  int result = copy_xattrs (from, to);
  if (result < 0)
    return result;
  return futimens (to, times) < 0 ? -errno : 0;
}

/* Bytes `at` to `end`, in the kernel; between file systems of two kinds sendfile(2) has to do. */
static int
copy_range (int from, int to, off_t at, off_t end)
{
  gboolean other = FALSE;
  if (lseek (to, at, SEEK_SET) < 0)
    return -errno;
  while (at < end)
    {
      size_t wanted = MIN ((size_t)(end - at), COPY_CHUNK);
      ssize_t n = other ? sendfile (to, from, &at, wanted)
                        : copy_file_range (from, &at, to, NULL, wanted, 0);
      if (n < 0 && !other && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP))
        other = TRUE;
      else if (n <= 0)
        return n < 0 ? -errno : -EIO;
    }
  return 0;
}

static int
copy_data (int from, int to, off_t size)
{
  /* A shared copy where the file system has it; else in the kernel, hole by hole. */
  if (ioctl (to, FICLONE, from) == 0)
    return 0;
  if (ftruncate (to, size) < 0)
    return -errno;
  for (off_t at = 0; at < size;)
    {
      off_t data = lseek (from, at, SEEK_DATA);
      if (data < 0)
        return errno == ENXIO ? 0 : -errno;
      off_t hole = lseek (from, data, SEEK_HOLE);
      int result = copy_range (from, to, data, hole);
      if (result < 0)
        return result;
      at = hole;
    }
  return 0;
}

static int
copy_file (int from, int to, const char *name, const struct stat *st)
{
  hd_autofd in = openat (from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  hd_autofd out
      = in >= 0 ? openat (to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)
                : -1;
  if (out < 0)
    return -errno;
  int result = copy_data (in, out, st->st_size);
  return result < 0 ? result : copy_meta (in, out, st);
}

static int
copy_link (int from, int to, const char *name, const struct stat *st)
{
  const struct timespec times[2] = { st->st_atim, st->st_mtim };
  char target[PATH_MAX];
  ssize_t n = readlinkat (from, name, target, sizeof target - 1);
  if (n < 0)
    return -errno;
  target[n] = '\0';
  if (symlinkat (target, to, name) < 0
      || fchownat (to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0
      || utimensat (to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
    return -errno;
  return 0;
}

static int
copy_node (int to, const char *name, const struct stat *st)
{
  const struct timespec times[2] = { st->st_atim, st->st_mtim };
  if (mknodat (to, name, st->st_mode, st->st_rdev) < 0
      || fchownat (to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0
      || fchmodat (to, name, st->st_mode & 07777, 0) < 0
      || utimensat (to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
    return -errno;
  return 0;
}

/* All entries of the folder `from` into the folder `to`, then its own meta data. */
static int
copy_folder (Copy *copy, int from, int to, const char *path, guint depth)
{
  struct stat st;
  int result = 0;
  int again = openat (from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = again >= 0 ? fdopendir (again) : NULL;
  if (dir == NULL || fstat (from, &st) < 0)
    {
      result = -errno;
      hd_closep (&again);
      return result;
    }
  for (struct dirent *entry = readdir (dir); result == 0 && entry != NULL; entry = readdir (dir))
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      result = copy_entry (copy, from, to, entry->d_name, path, depth);
  closedir (dir);
  return result < 0 ? result : copy_meta (from, to, &st);
}

static int
copy_subfolder (Copy *copy, int from, int to, const char *name, const char *path, guint depth)
{
  if (depth >= MAX_DEPTH)
    return -ELOOP;
  if (mkdirat (to, name, 0700) < 0)
    return -errno;
  hd_autofd in = openat (from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  hd_autofd out = openat (to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return in < 0 || out < 0 ? -errno : copy_folder (copy, in, out, path, depth + 1);
}

/* A further name of a file that was copied already: 1, or 0 when it is the first. */
static int
link_again (Copy *copy, int to, const char *name, const char *path, const struct stat *st)
{
  guint64 inode = st->st_ino;
  if (st->st_nlink < 2 || S_ISDIR (st->st_mode))
    return 0;
  const char *first = g_hash_table_lookup (copy->links, &inode);
  if (first != NULL)
    return linkat (copy->root, first, to, name, 0) < 0 ? -errno : 1;
  g_hash_table_insert (copy->links, g_memdup2 (&inode, sizeof inode), g_strdup (path));
  return 0;
}

static int
copy_entry (Copy *copy, int from, int to, const char *name, const char *parent, guint depth)
{
  struct stat st;
  g_autofree char *path = *parent != '\0' ? g_strconcat (parent, "/", name, NULL) : g_strdup (name);
  if (fstatat (from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return -errno;
  int linked = link_again (copy, to, name, path, &st);
  if (linked != 0)
    return MIN (linked, 0);
  switch (st.st_mode & S_IFMT)
    {
    case S_IFDIR:
      return copy_subfolder (copy, from, to, name, path, depth);
    case S_IFREG:
      return copy_file (from, to, name, &st);
    case S_IFLNK:
      return copy_link (from, to, name, &st);
    case S_IFSOCK:
      return 0;
    default:
      return copy_node (to, name, &st);
    }
}

/* Whether the folder has nothing in it: 1, 0 or a negative errno. */
static int
is_empty (int fd)
{
  int again = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = again >= 0 ? fdopendir (again) : NULL;
  int result = 1;
  if (dir == NULL)
    return -errno;
  for (struct dirent *entry = readdir (dir); entry != NULL; entry = readdir (dir))
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      result = 0;
  closedir (dir);
  return result;
}

/* Copy into a folder beside the content, and put that in its place: a copy that was cut off is
 * never taken for content. */
static int
fill (int volume, int source)
{
  hd_autofd old = openat (volume, "_data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int empty = old >= 0 ? is_empty (old) : -errno;
  if (empty <= 0)
    return empty;
  int result = hd_fs_remove_tree (volume, "_new");
  if (result < 0)
    return result;
  if (mkdirat (volume, "_new", 0755) < 0)
    return -errno;
  hd_autofd target = openat (volume, "_new", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (target < 0)
    return -errno;
  Copy copy = { g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free), target };
  result = copy_folder (&copy, source, target, "", 0);
  g_hash_table_unref (copy.links);
  if (result == 0 && (syncfs (target) < 0 || renameat (volume, "_new", volume, "_data") < 0))
    result = -errno;
  if (result < 0)
    hd_fs_remove_tree (volume, "_new");
  return result;
}

/* Of two containers that start at once the second finds it done. -1 with *error. */
static int
is_filled (HdStore *store, const HdVolume *volume, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error, "SELECT filled FROM volume WHERE name = ?1", "s", volume->name);
  GError *local = NULL;
  if (rows == NULL)
    return -1;
  if (hd_rows_next (rows, &local))
    return hd_rows_int (rows, 0) != 0;
  if (local == NULL)
    hd_throw (error, HD_NOT_FOUND, NULL, "volume \"%s\" was removed", volume->name);
  else
    g_propagate_error (error, local);
  return -1;
}

static gboolean
note_filled (HdStore *store, const HdVolume *volume, GError **error)
{
  return hd_store_run (store, error, "UPDATE volume SET filled = 1 WHERE name = ?1", "s",
                       volume->name);
}

gboolean
hd_volume_fill (HdStore *store, const HdVolume *volume, int layers_root_fd, const char *target,
                GError **error)
{
  g_autofree char *path = g_strdup_printf ("volumes/%s", volume->name);
  hd_autofd folder
      = openat (hd_store_root_fd (store), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0 || flock (folder, LOCK_EX) < 0)
    return hd_throw_errno (error, errno, "opening %s/%s", hd_store_root (store), path);
  int filled = is_filled (store, volume, error);
  if (filled != 0)
    return filled > 0;
  int source = hd_fs_open_in (layers_root_fd, target, O_RDONLY | O_DIRECTORY, 0, 0);
  /* Nothing there, or a file: the volume stays empty. */
  if (source == -ENOENT || source == -ENOTDIR)
    return note_filled (store, volume, error);
  int result = source < 0 ? source : fill (folder, source);
  hd_closep (&source);
  if (result < 0)
    return hd_throw_errno (error, -result, "copying %s of the image into volume \"%s\"", target,
                           volume->name);
  return note_filled (store, volume, error);
}
