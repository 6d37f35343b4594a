/* The same commit again, and the staged record compared with what is on the disk. */
#include "host/recover.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/fs.h"
#include "host/bootloader.h"
#include "host/prune.h"
#include "state/staged.h"

static gboolean
is_deployed (HdSysroot *sysroot, const HdStaged *staged)
{
  g_autofree char *id = hd_staged_id (staged);
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  for (guint i = 0; i < deployments->len; i++)
    {
      g_autofree char *this_id = hd_sysroot_deployment_id (g_ptr_array_index (deployments, i));
      if (strcmp (this_id, id) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Finalizing was interrupted between the tree's move and the boot entries: move it back, so that
 * no cleanup takes it for a leftover. */
static gboolean
move_back (HdOperation *operation, const HdStaged *staged, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  g_autoptr (OstreeDeployment) deployment
      = ostree_deployment_new (-1, staged->stateroot, staged->commit, staged->serial, NULL, -1);
  g_autofree char *path = ostree_sysroot_get_deployment_dirpath (sysroot->ostree, deployment);
  g_autofree char *origin_path = g_strconcat (path, ".origin", NULL);
  g_autofree char *tree = hd_staged_tree_path (staged);
  g_autofree char *origin = hd_staged_origin_path (staged);
  if (faccessat (sysroot->fd, tree, F_OK, 0) < 0 && faccessat (sysroot->fd, path, F_OK, 0) == 0)
    {
      hd_report_message (operation->report, "taking up an interrupted change again");
      if (!ostree_sysroot_deployment_set_mutable (sysroot->ostree, deployment, TRUE,
                                                  operation->cancellable, error))
        return FALSE;
      if (renameat (sysroot->fd, path, sysroot->fd, tree) < 0)
        return hd_throw_errno (error, errno, "moving /%s", path);
    }
  if (faccessat (sysroot->fd, origin, F_OK, 0) < 0
      && renameat (sysroot->fd, origin_path, sysroot->fd, origin) < 0 && errno != ENOENT)
    return hd_throw_errno (error, errno, "moving /%s", origin_path);
  return TRUE;
}

static gboolean
recover_staged (HdOperation *operation, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  g_autoptr (HdStaged) staged = hd_staged_read (sysroot->fd, NULL);
  if (staged == NULL)
    return TRUE;
  if (is_deployed (sysroot, staged))
    return hd_prune_staged (sysroot, operation->cancellable, error);
  if (!move_back (operation, staged, error))
    return FALSE;
  g_autofree char *kept = NULL;
  if (!ostree_repo_resolve_rev (sysroot->repo, HD_STAGED_REF, TRUE, &kept, error))
    return FALSE;
  return g_strcmp0 (kept, staged->commit) == 0
         || ostree_repo_set_ref_immediate (sysroot->repo, NULL, HD_STAGED_REF, staged->commit,
                                           operation->cancellable, error);
}

/* Nobody makes files in the top folder of the running system: libostree sets the immutable flag on
 * what it deploys, but it does not travel in an image. */
static gboolean
seal_booted (HdOperation *operation, GError **error)
{
  OstreeDeployment *booted = hd_sysroot_booted (operation->sysroot);
  return booted == NULL
         || ostree_sysroot_deployment_set_mutable (operation->sysroot->ostree, booted, FALSE,
                                                   operation->cancellable, error);
}

gboolean
hd_recover_run (HdOperation *operation, GError **error)
{
  hd_report_phase (operation->report, "recover");
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (operation->sysroot);
  /* A sysroot without a deployment has nothing to boot yet. */
  if (deployments->len > 0 && !hd_bootloader_commit (operation->sysroot, error))
    return FALSE;
  if (!recover_staged (operation, error) || !seal_booted (operation, error))
    return FALSE;
  hd_operation_say (operation, NULL, "boot entries and staged deployment are whole");
  return TRUE;
}
