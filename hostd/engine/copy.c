/* Every name is opened without following links, so that a tree that changes meanwhile leads nowhere
 * else. */
#include "engine/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define DEPTH_MAX 512
#define CHUNK (64u << 20)

static int copy_entry (int from_dir, const char *from, int to_dir, const char *to,
                       const HdCopyOptions *options, guint depth);

static int
copy_data (int from, int to)
{
  ssize_t n;
  do
    n = copy_file_range (from, NULL, to, NULL, CHUNK, 0);
  while (n > 0);
  if (n == 0)
    return 0;
  /* Between file systems that cannot. */
  do
    n = sendfile (to, from, NULL, CHUNK);
  while (n > 0);
  return n < 0 ? -errno : 0;
}

static int
set_attributes (int fd, const struct stat *stat, const HdCopyOptions *options)
{
  const struct timespec times[] = { stat->st_atim, stat->st_mtim };
  if (options->keep_owner ? fchown (fd, stat->st_uid, stat->st_gid) : fchown (fd, 0, 0))
    return -errno;
  if (fchmod (fd, stat->st_mode & 07777) < 0 || futimens (fd, times) < 0)
    return -errno;
  return 0;
}

static int
copy_file (int from_dir, const char *from, int to_dir, const char *to, const HdCopyOptions *options,
           const struct stat *stat)
{
  hd_autofd source = openat (from_dir, from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (source < 0)
    return -errno;
  /* A link or a device that is there is replaced, not written through. */
  if (unlinkat (to_dir, to, 0) < 0 && errno != ENOENT)
    return -errno;
  hd_autofd target = openat (to_dir, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (target < 0)
    return -errno;
  int r = copy_data (source, target);
  return r < 0 ? r : set_attributes (target, stat, options);
}

static int
copy_content (int from, int to, const HdCopyOptions *options, guint depth)
{
  int r = 0;
  int copy = fcntl (from, F_DUPFD_CLOEXEC, 3);
  DIR *folder = copy < 0 ? NULL : fdopendir (copy);
  const struct dirent *entry;
  if (folder == NULL)
    return -errno;
  while (r == 0 && (entry = readdir (folder)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      r = copy_entry (from, entry->d_name, to, entry->d_name, options, depth + 1);
  closedir (folder);
  return r;
}

static int
copy_folder (int from_dir, const char *from, int to_dir, const char *to,
             const HdCopyOptions *options, const struct stat *stat, guint depth)
{
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  hd_autofd source = openat (from_dir, from, flags);
  if (source < 0)
    return -errno;
  gboolean made = mkdirat (to_dir, to, 0700) == 0;
  if (!made && errno != EEXIST)
    return -errno;
  hd_autofd target = openat (to_dir, to, flags);
  if (target < 0)
    return -errno;
  int r = copy_content (source, target, options, depth);
  return r < 0 || !made ? r : set_attributes (target, stat, options);
}

static int
copy_link (int from_dir, const char *from, int to_dir, const char *to)
{
  char text[4096];
  ssize_t n = readlinkat (from_dir, from, text, sizeof text - 1);
  if (n < 0)
    return -errno;
  text[n] = '\0';
  if (unlinkat (to_dir, to, 0) < 0 && errno != ENOENT)
    return -errno;
  return symlinkat (text, to_dir, to) < 0 ? -errno : 0;
}

static int
copy_entry (int from_dir, const char *from, int to_dir, const char *to,
            const HdCopyOptions *options, guint depth)
{
  struct stat stat;
  if (depth > DEPTH_MAX)
    return -ELOOP;
  if (fstatat (from_dir, from, &stat, AT_SYMLINK_NOFOLLOW) < 0)
    return -errno;
  if (S_ISREG (stat.st_mode))
    return copy_file (from_dir, from, to_dir, to, options, &stat);
  if (S_ISDIR (stat.st_mode))
    return copy_folder (from_dir, from, to_dir, to, options, &stat, depth);
  if (S_ISLNK (stat.st_mode))
    return copy_link (from_dir, from, to_dir, to);
  if (S_ISSOCK (stat.st_mode))
    return 0;
  if (unlinkat (to_dir, to, 0) < 0 && errno != ENOENT)
    return -errno;
  return mknodat (to_dir, to, stat.st_mode, stat.st_rdev) < 0 ? -errno : 0;
}

/* The folder that holds a path, and the name in it. */
static int
open_parent (int root, const char *path, char **ret_name)
{
  g_autofree char *plain = g_strdup (path);
  gsize length = strlen (plain);
  while (length > 1 && plain[length - 1] == '/')
    plain[--length] = '\0';
  g_autofree char *parent = g_path_get_dirname (plain);
  *ret_name = g_path_get_basename (plain);
  if (strcmp (plain, "/") == 0 || *plain == '\0')
    {
      g_free (*ret_name);
      *ret_name = g_strdup (".");
    }
  return hd_fs_open_in (root, parent, O_RDONLY | O_DIRECTORY, 0, 0);
}

static gboolean
ends_with_dot (const char *path)
{
  return strcmp (path, ".") == 0 || g_str_has_suffix (path, "/.");
}

/* What stands at the target: a descriptor, -ENOENT, or an error. Links are followed in the tree. */
static int
look (int root, const char *path, struct stat *ret)
{
  int fd = hd_fs_open_in (root, path, O_PATH, 0, 0);
  if (fd >= 0 && fstat (fd, ret) < 0)
    {
      int r = -errno;
      close (fd);
      return r;
    }
  return fd;
}

typedef struct
{
  int dir;
  char *name;
} Place;

static void
place_clear (Place *place)
{
  hd_closep (&place->dir);
  g_free (place->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

/* Where it goes: the folder and the name. */
static gboolean
find_target (int root, const char *path, const char *source_name, gboolean is_folder,
             gboolean content, Place *ret, GError **error)
{
  struct stat stat;
  hd_autofd found = look (root, path, &stat);
  if (found >= 0 && S_ISDIR (stat.st_mode))
    {
      ret->dir = hd_fs_open_in (root, path, O_RDONLY | O_DIRECTORY, 0, 0);
      ret->name = g_strdup (content ? "." : source_name);
    }
  else if (found < 0 && found != -ENOENT)
    return hd_throw_errno (error, -found, "the target %s", path);
  else if (found >= 0 && is_folder)
    return hd_throw (error, HD_USAGE, NULL, "cannot copy a folder onto the file %s", path);
  else if (!is_folder && g_str_has_suffix (path, "/"))
    return hd_throw (error, HD_NOT_FOUND, NULL, "there is no folder %s", path);
  else
    ret->dir = open_parent (root, path, &ret->name);
  return ret->dir >= 0
         || hd_throw_errno (error, -ret->dir, "opening the folder of the target %s", path);
}

gboolean
hd_copy (int from_root, const char *from, int to_root, const char *to, const HdCopyOptions *options,
         GError **error)
{
  g_auto (Place) source = { -1, NULL };
  g_auto (Place) target = { -1, NULL };
  g_autofree char *real = NULL;
  struct stat stat;
  gboolean content = ends_with_dot (from);
  hd_autofd found = look (from_root, from, &stat);
  if (found < 0)
    return hd_throw_errno (error, -found, "the source %s", from);
  source.dir = open_parent (from_root, from, &source.name);
  if (source.dir < 0)
    return hd_throw_errno (error, -source.dir, "opening the folder of the source %s", from);
  if (content
      || (options->follow && fstatat (source.dir, source.name, &stat, AT_SYMLINK_NOFOLLOW) == 0
          && S_ISLNK (stat.st_mode)))
    {
      /* What it leads to, under the link's own name. */
      real = g_strdup_printf ("/proc/self/fd/%d", found);
      g_autofree char *path = g_file_read_link (real, error);
      if (path == NULL || fstat (found, &stat) < 0)
        return FALSE;
    }
  gboolean is_folder = fstat (found, &stat) == 0 && S_ISDIR (stat.st_mode);
  if (!find_target (to_root, to, source.name, is_folder, content, &target, error))
    return FALSE;
  int r;
  if (is_folder && (content || real != NULL))
    {
      hd_autofd folder = openat (found, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      r = copy_folder (folder, ".", target.dir, target.name, options, &stat, 0);
    }
  else if (real != NULL)
    {
      hd_autofd file = open (real, O_RDONLY | O_CLOEXEC);
      r = file < 0 ? -errno : 0;
      if (r == 0 && unlinkat (target.dir, target.name, 0) < 0 && errno != ENOENT)
        r = -errno;
      hd_autofd out
          = r < 0 ? -1
                  : openat (target.dir, target.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (r == 0)
        r = out < 0 ? -errno : copy_data (file, out);
      if (r == 0)
        r = set_attributes (out, &stat, options);
    }
  else
    r = copy_entry (source.dir, source.name, target.dir, target.name, options, 0);
  return r == 0 || hd_throw_errno (error, -r, "copying %s to %s", from, to);
}
