/* Leftovers of interrupted changes, old deployments, old objects. */
#include "host/prune.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"
#include "state/paths.h"
#include "state/staged.h"

/* Call `visit` for each name in the folder at `path`, which may be missing. */
static gboolean
for_each_name (int fd, const char *path,
               gboolean (*visit) (const char *name, gpointer data, GError **error), gpointer data,
               GError **error)
{
  int dir_fd = openat (fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir_fd < 0 && errno == ENOENT)
    return TRUE;
  DIR *dir = dir_fd >= 0 ? fdopendir (dir_fd) : NULL;
  if (dir == NULL)
    return hd_throw_errno (error, errno, "reading /%s", path);
  gboolean ok = TRUE;
  for (struct dirent *item = readdir (dir); ok && item != NULL; item = readdir (dir))
    if (item->d_name[0] != '.')
      ok = visit (item->d_name, data, error);
  closedir (dir);
  return ok;
}

typedef struct
{
  HdSysroot *sysroot;
  GCancellable *cancellable;
  GHashTable *known;     /* what is needed: "STATEROOT-COMMIT.SERIAL", or boot checksums */
  const char *stateroot; /* while its folder is visited */
  const HdStaged *staged;
} Sweep;

/* A deployment's folder without a boot entry: what a killed checkout leaves. */
static gboolean
sweep_deployment (const char *name, gpointer data, GError **error)
{
  Sweep *sweep = data;
  g_auto (GStrv) parts = g_strsplit (name, ".", 2);
  int64_t serial;
  if (parts[0] == NULL || parts[1] == NULL || !hd_parse_is_checksum (parts[0])
      || hd_parse_int64 (parts[1], &serial) < 0)
    return TRUE;
  g_autofree char *id = g_strdup_printf ("%s-%s", sweep->stateroot, name);
  if (g_hash_table_contains (sweep->known, id))
    return TRUE;

  g_autoptr (OstreeDeployment) deployment
      = ostree_deployment_new (-1, sweep->stateroot, parts[0], (int)serial, NULL, -1);
  g_autofree char *path = g_strdup_printf (HD_PATH_DEPLOY "/%s/deploy/%s", sweep->stateroot, name);
  g_autofree char *origin = g_strconcat (path, ".origin", NULL);
  if (!ostree_sysroot_deployment_set_mutable (sweep->sysroot->ostree, deployment, TRUE,
                                              sweep->cancellable, error))
    return FALSE;
  int r = hd_fs_remove_tree (sweep->sysroot->fd, path);
  if (r == 0)
    r = hd_fs_remove_tree (sweep->sysroot->fd, origin);
  return r == 0 || hd_throw_errno (error, -r, "removing /%s", path);
}

static gboolean
sweep_stateroot (const char *name, gpointer data, GError **error)
{
  Sweep *sweep = data;
  g_autofree char *path = g_strdup_printf (HD_PATH_DEPLOY "/%s/deploy", name);
  sweep->stateroot = name;
  return for_each_name (sweep->sysroot->fd, path, sweep_deployment, sweep, error);
}

/* A tree that waited for finalizing and is not the one of the record. */
static gboolean
sweep_tree (const char *name, gpointer data, GError **error)
{
  Sweep *sweep = data;
  g_autofree char *path = g_strconcat (HD_PATH_TREES "/", name, NULL);
  if (sweep->staged != NULL)
    {
      g_autofree char *tree = hd_staged_tree_path (sweep->staged);
      g_autofree char *origin = hd_staged_origin_path (sweep->staged);
      if (strcmp (path, tree) == 0 || strcmp (path, origin) == 0)
        return TRUE;
    }
  int r = hd_fs_remove_tree (sweep->sysroot->fd, path);
  return r == 0 || hd_throw_errno (error, -r, "removing /%s", path);
}

gboolean
hd_prune_leftovers (HdSysroot *sysroot, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (HdStaged) staged = hd_staged_read (sysroot->fd, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  for (guint i = 0; i < deployments->len; i++)
    g_hash_table_add (known, hd_sysroot_deployment_id (g_ptr_array_index (deployments, i)));
  if (staged != NULL)
    g_hash_table_add (known, hd_staged_id (staged));
  Sweep sweep
      = { .sysroot = sysroot, .cancellable = cancellable, .known = known, .staged = staged };
  return for_each_name (sysroot->fd, HD_PATH_DEPLOY, sweep_stateroot, &sweep, error)
         && for_each_name (sysroot->fd, HD_PATH_TREES, sweep_tree, &sweep, error);
}

/* A folder "STATEROOT-BOOTCSUM" of kernel and initramfs; `known` has the checksums that are needed.
 */
static gboolean
sweep_kernel (const char *name, gpointer data, GError **error)
{
  Sweep *sweep = data;
  const char *dash = strrchr (name, '-');
  if (dash == NULL || !hd_parse_is_checksum (dash + 1)
      || g_hash_table_contains (sweep->known, dash + 1))
    return TRUE;
  g_autofree char *path = g_strconcat (HD_BOOT_KERNELS "/", name, NULL);
  int r = hd_fs_remove_tree (sweep->sysroot->boot_fd, path);
  return r == 0 || hd_throw_errno (error, -r, "removing /boot/%s", path);
}

/* libostree (2023 and later) removes old kernels only if it has written boot entries in this very
 * process: ostree-sysroot-cleanup.c passes over /boot when it has no descriptor of it. */
static gboolean
prune_kernels (HdSysroot *sysroot, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (HdStaged) staged = hd_staged_read (sysroot->fd, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  for (guint i = 0; i < deployments->len; i++)
    g_hash_table_add (
        known, g_strdup (ostree_deployment_get_bootcsum (g_ptr_array_index (deployments, i))));
  if (staged != NULL)
    g_hash_table_add (known, g_strdup (staged->boot_checksum));
  Sweep sweep = { .sysroot = sysroot, .known = known };
  return for_each_name (sysroot->boot_fd, HD_BOOT_KERNELS, sweep_kernel, &sweep, error);
}

gboolean
hd_prune_deployments (HdSysroot *sysroot, GCancellable *cancellable, GError **error)
{
  if (ostree_sysroot_prepare_cleanup (sysroot->ostree, cancellable, error)
      && prune_kernels (sysroot, error))
    return TRUE;
  g_prefix_error (error, "removing old deployments: ");
  return FALSE;
}

gboolean
hd_prune_repo (HdSysroot *sysroot, guint64 *ret_freed_bytes, GCancellable *cancellable,
               GError **error)
{
  g_autoptr (GHashTable) reachable = ostree_repo_traverse_new_reachable ();
  OstreeRepoPruneOptions options
      = { .flags = OSTREE_REPO_PRUNE_FLAGS_REFS_ONLY, .reachable = reachable };
  int total, pruned;
  guint64 freed_bytes; /* libostree writes it unasked */
  if (!ostree_sysroot_cleanup_prune_repo (sysroot->ostree, &options, &total, &pruned, &freed_bytes,
                                          cancellable, error))
    return FALSE;
  if (ret_freed_bytes != NULL)
    *ret_freed_bytes = freed_bytes;
  return TRUE;
}

gboolean
hd_prune_staged (HdSysroot *sysroot, GCancellable *cancellable, GError **error)
{
  /* The record first: without it, the tree is a leftover; a malformed one goes as well. */
  return hd_staged_remove (sysroot->fd, error)
         && ostree_repo_set_ref_immediate (sysroot->repo, NULL, HD_STAGED_REF, NULL, cancellable,
                                           error)
         && hd_prune_leftovers (sysroot, cancellable, error);
}
