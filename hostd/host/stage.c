/* Checkout, kernel, rehearsal of /etc, record. */
#include "host/stage.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "host/etcmerge.h"
#include "host/kernel.h"
#include "host/prune.h"
#include "state/paths.h"
#include "state/staged.h"

/* Move the checked-out tree to where it waits; the serial is one that no waiting tree has. */
static gboolean
move_tree (HdSysroot *sysroot, OstreeDeployment *deployment, HdStaged *staged,
           GCancellable *cancellable, GError **error)
{
  g_autofree char *path = ostree_sysroot_get_deployment_dirpath (sysroot->ostree, deployment);
  g_autofree char *origin_path = g_strconcat (path, ".origin", NULL);
  int r = hd_fs_mkdirs (sysroot->fd, HD_PATH_TREES, 0755);
  if (r < 0)
    return hd_throw_errno (error, -r, "making /" HD_PATH_TREES);
  if (!ostree_sysroot_deployment_set_mutable (sysroot->ostree, deployment, TRUE, cancellable,
                                              error))
    return FALSE;
  for (;; staged->serial++)
    {
      g_autofree char *tree = hd_staged_tree_path (staged);
      g_autofree char *origin = hd_staged_origin_path (staged);
      if (renameat2 (sysroot->fd, path, sysroot->fd, tree, RENAME_NOREPLACE) == 0)
        return renameat (sysroot->fd, origin_path, sysroot->fd, origin) == 0
               || hd_throw_errno (error, errno, "moving /%s", origin_path);
      if (errno != EEXIST && errno != ENOTEMPTY)
        return hd_throw_errno (error, errno, "moving /%s", path);
    }
}

static HdStaged *
check_out (HdOperation *operation, const HdStage *wanted, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  g_autoptr (OstreeDeployment) deployment = NULL;
  if (!ostree_sysroot_deploy_tree (sysroot->ostree, wanted->stateroot, wanted->commit,
                                   wanted->origin, NULL, NULL, &deployment, operation->cancellable,
                                   error))
    return NULL;
  g_autoptr (HdStaged) staged = g_new0 (HdStaged, 1);
  staged->stateroot = g_strdup (wanted->stateroot);
  staged->commit = g_strdup (wanted->commit);
  staged->serial = ostree_deployment_get_deployserial (deployment);
  staged->boot_checksum = g_strdup (ostree_deployment_get_bootcsum (deployment));
  staged->merge = wanted->merge != NULL ? hd_sysroot_deployment_id (wanted->merge) : NULL;
  staged->kargs = g_strdupv ((char **)wanted->kargs);
  staged->created = g_get_real_time () / G_USEC_PER_SEC;
  if (!move_tree (sysroot, deployment, staged, operation->cancellable, error))
    return NULL;
  return g_steal_pointer (&staged);
}

/* Do the merge of /etc as finalizing will, to learn now what stands in its way. */
static gboolean
rehearse (HdOperation *operation, OstreeDeployment *merge, int tree_fd, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  hd_autofd old_fd = -1;
  if (merge != NULL)
    {
      g_autofree char *path = ostree_sysroot_get_deployment_dirpath (sysroot->ostree, merge);
      old_fd = openat (sysroot->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (old_fd < 0)
        return hd_throw_errno (error, errno, "opening /%s", path);
    }
  hd_report_phase (operation->report, "merge");
  return hd_etcmerge_build (old_fd, tree_fd, operation->cancellable, error);
}

static gboolean
stage (HdOperation *operation, const HdStage *wanted, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  g_autoptr (HdStaged) staged = check_out (operation, wanted, error);
  if (staged == NULL)
    return FALSE;
  g_autofree char *tree = hd_staged_tree_path (staged);
  hd_autofd tree_fd = openat (sysroot->fd, tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tree_fd < 0)
    return hd_throw_errno (error, errno, "opening /%s", tree);
  if (!hd_kernel_install (tree_fd, sysroot->boot_fd, staged->stateroot, staged->boot_checksum,
                          error)
      || !rehearse (operation, wanted->merge, tree_fd, error))
    return FALSE;
  /* The record must not reach the disk before what it speaks of. */
  if (syncfs (sysroot->fd) < 0)
    return hd_throw_errno (error, errno, "bringing the new tree to the disk");
  return !g_cancellable_set_error_if_cancelled (operation->cancellable, error)
         && hd_staged_write (sysroot->fd, staged, error)
         && ostree_repo_set_ref_immediate (sysroot->repo, NULL, HD_STAGED_REF, wanted->commit, NULL,
                                           error)
         && hd_prune_leftovers (sysroot, NULL, error);
}

gboolean
hd_stage (HdOperation *operation, const HdStage *wanted, GError **error)
{
  hd_report_phase (operation->report, "stage");
  if (!hd_prune_leftovers (operation->sysroot, operation->cancellable, error))
    return FALSE;
  if (stage (operation, wanted, error))
    return TRUE;
  /* What it has made so far is in the way, above all on a full disk. */
  (void)hd_prune_leftovers (operation->sysroot, NULL, NULL);
  g_prefix_error (error, "staging commit %s: ", wanted->commit);
  return FALSE;
}
