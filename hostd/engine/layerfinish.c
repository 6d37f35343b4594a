/* What a layer's folder needs besides its archive: marks of overlayfs, attributes from below. */
#include "engine/layerjob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define OPAQUE "trusted.overlay.opaque"
#define MAX_NAMES 65536
#define MAX_VALUE 65536

/* A folder below a layer's own, which holds a stranger's links: none of them is followed. */
static int
open_folder (int fs_fd, const char *path)
{
  return hd_fs_open_in (fs_fd, *path == '\0' ? "." : path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
                        RESOLVE_NO_SYMLINKS);
}

static gboolean
mark_opaque (int fs_fd, const char *path, GError **error)
{
  hd_autofd fd = open_folder (fs_fd, path);
  /* Something else took its place later in the archive. */
  if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
    return TRUE;
  if (fd < 0 || fsetxattr (fd, OPAQUE, "y", 1, 0) < 0)
    return hd_throw_errno (error, fd < 0 ? -fd : errno, "marking \"%s\" of a layer", path);
  return TRUE;
}

static gboolean
is_opaque (int fd)
{
  char value;
  return fgetxattr (fd, OPAQUE, &value, 1) == 1 && value == 'y';
}

static void
copy_xattrs (int from, int to)
{
  g_autofree char *names = g_malloc (MAX_NAMES);
  g_autofree char *value = g_malloc (MAX_VALUE);
  ssize_t size = flistxattr (from, names, MAX_NAMES);
  for (const char *name = names; size > 0 && name < names + size; name += strlen (name) + 1)
    {
      ssize_t length = g_str_has_prefix (name, "trusted.overlay.")
                           ? -1
                           : fgetxattr (from, name, value, MAX_VALUE);
      if (length >= 0)
        (void)fsetxattr (to, name, value, (size_t)length, 0);
    }
}

static gboolean
copy_attributes (int from, int to, const char *path, GError **error)
{
  struct stat st;
  if (fstat (from, &st) < 0 || fchown (to, st.st_uid, st.st_gid) < 0
      || fchmod (to, st.st_mode & 07777) < 0)
    return hd_throw_errno (error, errno, "giving \"%s\" of a layer its attributes", path);
  copy_xattrs (from, to);
  const struct timespec times[2] = { st.st_atim, st.st_mtim };
  (void)futimens (to, times);
  return TRUE;
}

/* Whether a layer hides `path` of those below it: a folder on the way is opaque, or is none. */
static gboolean
hides (int fs_fd, const char *path)
{
  g_autofree char *part = g_strdup (path);
  for (;;)
    {
      hd_autofd fd = open_folder (fs_fd, part);
      struct stat st;
      if (fd >= 0 && is_opaque (fd))
        return TRUE;
      if (fd < 0 && fstatat (fs_fd, part, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return TRUE;
      if (*part == '\0')
        return FALSE;
      char *slash = strrchr (part, '/');
      *(slash != NULL ? slash : part) = '\0';
    }
}

static gboolean
inherit (int fs_fd, const char *path, const char *const *below, GError **error)
{
  hd_autofd to = open_folder (fs_fd, path);
  if (to < 0 || hides (fs_fd, path))
    return TRUE;
  for (; *below != NULL; below++)
    {
      hd_autofd layer = open (*below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (layer < 0)
        return hd_throw_errno (error, errno, "opening the layer %s", *below);
      hd_autofd from = open_folder (layer, path);
      if (from >= 0)
        return copy_attributes (from, to, path, error);
      if (*path != '\0' && hides (layer, path))
        return TRUE;
    }
  return TRUE;
}

gboolean
hd_layer_finish (int fs_fd, const HdLayerResult *result, const char *const *below, GError **error)
{
  for (char **path = result->opaque; *path != NULL; path++)
    if (!mark_opaque (fs_fd, *path, error))
      return FALSE;
  for (char **path = result->implied; *path != NULL; path++)
    if (!inherit (fs_fd, *path, below, error))
      return FALSE;
  return TRUE;
}
