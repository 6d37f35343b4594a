/* First a plan as data, then a short loop that carries it out. */
#include "host/etcmerge.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "host/copytree.h"

#define CONFLICT_HINT "move it out of the way, then run the same command"

static void
free_change (gpointer data)
{
  HdEtcChange *change = data;
  g_free (change->path);
  g_free (change);
}

static void
add_change (GPtrArray *plan, HdEtcKind kind, gboolean was_folder, const char *path)
{
  HdEtcChange *change = g_new0 (HdEtcChange, 1);
  change->kind = kind;
  change->was_folder = was_folder;
  change->path = g_strdup (path);
  g_ptr_array_add (plan, change);
}

static char *
join (const char *parent, const char *name)
{
  return parent[0] == '\0' ? g_strdup (name) : g_strconcat (parent, "/", name, NULL);
}

static int
open_folder (int fd, const char *name)
{
  return openat (fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* The names in a folder, in order. */
static char **
list_names (int fd, GError **error)
{
  DIR *dir = fdopendir (open_folder (fd, "."));
  if (dir == NULL)
    {
      hd_throw_errno (error, errno, "reading a folder of /etc");
      return NULL;
    }
  GPtrArray *names = g_ptr_array_new ();
  for (struct dirent *item = readdir (dir); item != NULL; item = readdir (dir))
    if (strcmp (item->d_name, ".") != 0 && strcmp (item->d_name, "..") != 0)
      g_ptr_array_add (names, g_strdup (item->d_name));
  closedir (dir);
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **)g_ptr_array_free (names, FALSE);
}

static gboolean
same_link (int a_fd, int b_fd, const char *name)
{
  char a[PATH_MAX], b[PATH_MAX];
  gssize a_length = readlinkat (a_fd, name, a, sizeof a);
  gssize b_length = readlinkat (b_fd, name, b, sizeof b);
  return a_length >= 0 && a_length == b_length && memcmp (a, b, a_length) == 0;
}

static gboolean
same_bytes (int a_fd, int b_fd)
{
  char a[16384], b[sizeof a];
  for (;;)
    {
      gssize a_length = read (a_fd, a, sizeof a);
      gssize b_length = read (b_fd, b, sizeof b);
      if (a_length < 0 || a_length != b_length || memcmp (a, b, a_length) != 0)
        return FALSE;
      if (a_length == 0)
        return TRUE;
    }
}

static gboolean
same_file (int base_fd, int etc_fd, const char *name, const struct stat *base,
           const struct stat *etc)
{
  if (base->st_mode != etc->st_mode || base->st_uid != etc->st_uid || base->st_gid != etc->st_gid)
    return FALSE;
  if (S_ISLNK (base->st_mode))
    return same_link (base_fd, etc_fd, name);
  if (!S_ISREG (base->st_mode) || base->st_size != etc->st_size)
    return FALSE;
  hd_autofd a = openat (base_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  hd_autofd b = openat (etc_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  return a >= 0 && b >= 0 && hd_copytree_same_metadata (a, b) && same_bytes (a, b);
}

static gboolean plan_folder (GPtrArray *plan, int base_fd, int etc_fd, const char *path,
                             GCancellable *cancellable, GError **error);

/* Compare one name that is in /etc with the base. */
static gboolean
plan_name (GPtrArray *plan, int base_fd, int etc_fd, const char *name, const char *path,
           GCancellable *cancellable, GError **error)
{
  struct stat base, etc;
  if (fstatat (etc_fd, name, &etc, AT_SYMLINK_NOFOLLOW) < 0)
    return hd_throw_errno (error, errno, "reading /etc/%s", path);
  gboolean in_base = fstatat (base_fd, name, &base, AT_SYMLINK_NOFOLLOW) == 0;
  gboolean was_folder = in_base && S_ISDIR (base.st_mode);
  if (!was_folder || !S_ISDIR (etc.st_mode))
    {
      if (!in_base || !same_file (base_fd, etc_fd, name, &base, &etc))
        add_change (plan, HD_ETC_CHANGED, was_folder, path);
      return TRUE;
    }
  hd_autofd base_folder = open_folder (base_fd, name);
  hd_autofd etc_folder = open_folder (etc_fd, name);
  if (base_folder < 0 || etc_folder < 0)
    return hd_throw_errno (error, errno, "reading /etc/%s", path);
  if (!hd_copytree_same_metadata (base_folder, etc_folder))
    add_change (plan, HD_ETC_FOLDER, TRUE, path);
  return plan_folder (plan, base_folder, etc_folder, path, cancellable, error);
}

static gboolean
plan_folder (GPtrArray *plan, int base_fd, int etc_fd, const char *path, GCancellable *cancellable,
             GError **error)
{
  struct stat st;
  g_auto (GStrv) etc_names = list_names (etc_fd, error);
  g_auto (GStrv) base_names = etc_names != NULL ? list_names (base_fd, error) : NULL;
  if (base_names == NULL || g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  for (char **name = etc_names; *name != NULL; name++)
    {
      g_autofree char *child = join (path, *name);
      if (!plan_name (plan, base_fd, etc_fd, *name, child, cancellable, error))
        return FALSE;
    }
  for (char **name = base_names; *name != NULL; name++)
    if (fstatat (etc_fd, *name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
      {
        g_autofree char *child = join (path, *name);
        add_change (plan, HD_ETC_REMOVED, FALSE, child);
      }
  return TRUE;
}

GPtrArray *
hd_etcmerge_plan (int base_fd, int etc_fd, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) plan = g_ptr_array_new_with_free_func (free_change);
  if (!plan_folder (plan, base_fd, etc_fd, "", cancellable, error))
    return NULL;
  return g_steal_pointer (&plan);
}

/* Open the folder that `path` stands in below `root_fd`; with `etc_fd` >= 0, make what is missing
 * as it is there. Free *ret_name with g_free. Returns -1 and an errno. */
static int
open_parent (int root_fd, int etc_fd, const char *path, char **ret_name)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  hd_autofd here = open_folder (root_fd, ".");
  hd_autofd there = etc_fd >= 0 ? open_folder (etc_fd, ".") : -1;
  char **part = parts;
  for (; here >= 0 && part[1] != NULL; part++)
    {
      int template = there >= 0 ? open_folder (there, *part) : -1;
      hd_closep (&there);
      there = template;
      gboolean made = there >= 0 && mkdirat (here, *part, 0700) == 0;
      int next = open_folder (here, *part);
      hd_closep (&here);
      here = next;
      if (made && here >= 0 && !hd_copytree_metadata (there, here, NULL))
        return -1;
    }
  if (here < 0)
    return -1;
  *ret_name = g_strdup (*part);
  return hd_steal_fd (&here);
}

static gboolean
no_place (const HdEtcChange *change, GError **error)
{
  return hd_throw (error, HD_FAILED, CONFLICT_HINT,
                   "/etc/%s was changed here, and the new version has no place for it: a folder "
                   "became a file, or a file a folder",
                   change->path);
}

static gboolean apply_changed (const HdEtcChange *change, int etc_fd, int new_etc_fd,
                               GCancellable *cancellable, GError **error);

/* A folder that both sides have added: its files are theirs on top of the defaults'. */
static gboolean
apply_added_folder (const HdEtcChange *change, int parent_fd, const char *name, int etc_fd,
                    int new_etc_fd, GCancellable *cancellable, GError **error)
{
  hd_autofd folder = open_folder (parent_fd, name);
  if (folder < 0)
    return hd_throw_errno (error, errno, "reading /etc/%s", change->path);
  g_auto (GStrv) names = list_names (folder, error);
  for (char **child = names; child != NULL && *child != NULL; child++)
    {
      g_autofree char *path = join (change->path, *child);
      HdEtcChange added = { .kind = HD_ETC_CHANGED, .path = path };
      if (!apply_changed (&added, etc_fd, new_etc_fd, cancellable, error))
        return FALSE;
    }
  return names != NULL;
}

static gboolean
apply_changed (const HdEtcChange *change, int etc_fd, int new_etc_fd, GCancellable *cancellable,
               GError **error)
{
  struct stat theirs, defaults;
  g_autofree char *from_name = NULL, *to_name = NULL;
  hd_autofd from = open_parent (etc_fd, -1, change->path, &from_name);
  if (from < 0 || fstatat (from, from_name, &theirs, AT_SYMLINK_NOFOLLOW) < 0)
    return hd_throw_errno (error, errno, "reading /etc/%s", change->path);
  hd_autofd to = open_parent (new_etc_fd, etc_fd, change->path, &to_name);
  if (to < 0 && (errno == ENOTDIR || errno == ELOOP))
    return no_place (change, error);
  if (to < 0)
    return hd_throw_errno (error, errno, "making the folder of /etc/%s", change->path);

  gboolean is_there = fstatat (to, to_name, &defaults, AT_SYMLINK_NOFOLLOW) == 0;
  if (is_there && S_ISDIR (defaults.st_mode) != S_ISDIR (theirs.st_mode) && !change->was_folder)
    return no_place (change, error);
  if (is_there && S_ISDIR (theirs.st_mode))
    return apply_added_folder (change, from, from_name, etc_fd, new_etc_fd, cancellable, error);
  int r = is_there ? hd_fs_remove_tree (to, to_name) : 0;
  if (r < 0)
    return hd_throw_errno (error, -r, "replacing /etc/%s", change->path);
  return hd_copytree (from, from_name, to, to_name, cancellable, error);
}

static gboolean
apply_folder (const HdEtcChange *change, int etc_fd, int new_etc_fd, GCancellable *cancellable,
              GError **error)
{
  g_autofree char *from_name = NULL, *to_name = NULL;
  hd_autofd from_parent = open_parent (etc_fd, -1, change->path, &from_name);
  hd_autofd to_parent = open_parent (new_etc_fd, -1, change->path, &to_name);
  hd_autofd from = from_parent >= 0 ? open_folder (from_parent, from_name) : -1;
  hd_autofd to = to_parent >= 0 ? open_folder (to_parent, to_name) : -1;
  /* A folder that the new version no longer has needs no attributes. */
  return from < 0 || to < 0 || hd_copytree_metadata (from, to, error);
}

static gboolean
apply_removed (const HdEtcChange *change, int etc_fd, int new_etc_fd, GCancellable *cancellable,
               GError **error)
{
  g_autofree char *name = NULL;
  hd_autofd parent = open_parent (new_etc_fd, -1, change->path, &name);
  int r = parent >= 0 ? hd_fs_remove_tree (parent, name) : 0;
  return r == 0 || hd_throw_errno (error, -r, "removing /etc/%s", change->path);
}

static gboolean (*const appliers[]) (const HdEtcChange *, int, int, GCancellable *, GError **) = {
  [HD_ETC_CHANGED] = apply_changed,
  [HD_ETC_FOLDER] = apply_folder,
  [HD_ETC_REMOVED] = apply_removed,
};

gboolean
hd_etcmerge_apply (GPtrArray *plan, int etc_fd, int new_etc_fd, GCancellable *cancellable,
                   GError **error)
{
  for (guint i = 0; i < plan->len; i++)
    {
      const HdEtcChange *change = g_ptr_array_index (plan, i);
      if (!appliers[change->kind](change, etc_fd, new_etc_fd, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
merge (int old_tree_fd, int new_etc_fd, GCancellable *cancellable, GError **error)
{
  hd_autofd etc_fd = open_folder (old_tree_fd, "etc");
  hd_autofd usr_fd = open_folder (old_tree_fd, "usr");
  hd_autofd base_fd = usr_fd >= 0 ? open_folder (usr_fd, "etc") : -1;
  if (etc_fd < 0 || base_fd < 0)
    return hd_throw_errno (error, errno, "opening /etc of the old deployment");
  g_autoptr (GPtrArray) plan = hd_etcmerge_plan (base_fd, etc_fd, cancellable, error);
  return plan != NULL && hd_etcmerge_apply (plan, etc_fd, new_etc_fd, cancellable, error);
}

gboolean
hd_etcmerge_build (int old_tree_fd, int new_tree_fd, GCancellable *cancellable, GError **error)
{
  int r = hd_fs_remove_tree (new_tree_fd, "etc");
  if (r < 0)
    return hd_throw_errno (error, -r, "removing an unfinished /etc");
  hd_autofd usr_fd = open_folder (new_tree_fd, "usr");
  if (usr_fd < 0)
    return hd_throw_errno (error, errno, "opening /usr of the new deployment");
  if (!hd_copytree (usr_fd, "etc", new_tree_fd, "etc", cancellable, error))
    return FALSE;
  hd_autofd new_etc_fd = open_folder (new_tree_fd, "etc");
  if (new_etc_fd < 0)
    return hd_throw_errno (error, errno, "opening /etc of the new deployment");
  if (old_tree_fd >= 0 && !merge (old_tree_fd, new_etc_fd, cancellable, error))
    return FALSE;
  /* Its absence makes systemd run what has to run after an update (ConditionNeedsUpdate=). */
  if (unlinkat (new_etc_fd, ".updated", 0) < 0 && errno != ENOENT)
    return hd_throw_errno (error, errno, "removing /etc/.updated");
  return TRUE;
}
