/* A walk through the upper folder: what is there is new or changed, whiteouts are deletions
 * (kernel, Documentation/filesystems/overlayfs.rst). */
#include "engine/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/launch.h"

typedef struct
{
  char kind;
  char *path;
} Change;

static void
change_free (gpointer pointer)
{
  Change *change = pointer;
  g_free (change->path);
  g_free (change);
}

/* Whether a layer has the path (relative), and none above it hides it. */
static gboolean
is_below (char **layers, const char *path)
{
  for (char **layer = layers; *layer != NULL; layer++)
    {
      struct stat stat;
      g_autofree char *parent = g_path_get_dirname (path);
      g_autofree char *name = g_path_get_basename (path);
      hd_autofd root = open (*layer, O_PATH | O_DIRECTORY | O_CLOEXEC);
      hd_autofd folder
          = root < 0 ? -1
                     : hd_fs_open_in (root, parent, O_PATH | O_DIRECTORY, 0, RESOLVE_NO_SYMLINKS);
      if (folder < 0)
        continue;
      if (fstatat (folder, name, &stat, AT_SYMLINK_NOFOLLOW) == 0)
        return !(S_ISCHR (stat.st_mode) && stat.st_rdev == makedev (0, 0));
    }
  return FALSE;
}

static void
add_change (GPtrArray *changes, const FTSENT *entry, const char *path, char **layers)
{
  const struct stat *stat = entry->fts_statp;
  gboolean whiteout = S_ISCHR (stat->st_mode) && stat->st_rdev == makedev (0, 0);
  Change *change = g_new0 (Change, 1);
  change->kind = whiteout ? 'D' : is_below (layers, path) ? 'C' : 'A';
  change->path = g_strconcat ("/", path, NULL);
  g_ptr_array_add (changes, change);
}

/* The empty files that our own mounts stand on are no change of the container's. */
static gboolean
is_mount_point (const char *path, const struct stat *stat)
{
  static const char *const names[]
      = { "etc/hostname", "etc/hosts", "etc/resolv.conf", "sbin/docker-init", NULL };
  return S_ISREG (stat->st_mode) && stat->st_size == 0 && g_strv_contains (names, path);
}

static gboolean
has_inside (const GPtrArray *changes, const char *folder)
{
  g_autofree char *inside = g_strconcat (folder, "/", NULL);
  for (guint i = 0; i < changes->len; i++)
    if (g_str_has_prefix (((const Change *)g_ptr_array_index (changes, i))->path, inside))
      return TRUE;
  return FALSE;
}

/* And neither are the folders that hold nothing else. */
static void
drop_empty_folders (GPtrArray *changes)
{
  static const char *const folders[] = { "/etc", "/sbin", NULL };
  for (guint i = changes->len; i > 0; i--)
    {
      const Change *change = g_ptr_array_index (changes, i - 1);
      if (change->kind == 'C' && g_strv_contains (folders, change->path)
          && !has_inside (changes, change->path))
        g_ptr_array_remove_index (changes, i - 1);
    }
}

static int
compare_changes (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(Change *const *)a)->path, (*(Change *const *)b)->path);
}

gboolean
hd_diff (HdStore *store, const HdContainer *container, HdDiffFound found, gpointer data,
         GError **error)
{
  g_auto (GStrv) layers = hd_launch_layers (store, container, error);
  g_autofree char *folder = hd_container_folder (store, container->id);
  g_autofree char *upper = g_build_filename (folder, "upper", NULL);
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func (change_free);
  char *const paths[] = { upper, NULL };
  if (layers == NULL)
    return FALSE;
  /* One that was never started has changed nothing. */
  FTS *tree = fts_open (paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  FTSENT *entry;
  if (tree == NULL)
    return hd_throw_errno (error, errno, "reading %s", upper);
  while ((entry = fts_read (tree)) != NULL)
    if (entry->fts_level > 0 && entry->fts_info != FTS_DP && entry->fts_info != FTS_NS
        && !is_mount_point (entry->fts_path + strlen (upper) + 1, entry->fts_statp))
      add_change (changes, entry, entry->fts_path + strlen (upper) + 1, layers);
  fts_close (tree);
  g_ptr_array_sort (changes, compare_changes);
  drop_empty_folders (changes);
  for (guint i = 0; i < changes->len; i++)
    {
      const Change *change = g_ptr_array_index (changes, i);
      found (change->kind, change->path, data);
    }
  return TRUE;
}
