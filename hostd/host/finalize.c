/* The staged record -> merge of /etc, boot entries, boot set. */
#include "host/finalize.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "host/bootloader.h"
#include "host/etcmerge.h"
#include "host/prune.h"
#include "host/record.h"
#include "state/staged.h"

/* The deployment with this id among `deployments`, or NULL; borrowed. */
static OstreeDeployment *
find_deployment (GPtrArray *deployments, const char *id)
{
  for (guint i = 0; id != NULL && i < deployments->len; i++)
    {
      OstreeDeployment *deployment = g_ptr_array_index (deployments, i);
      g_autofree char *this_id = hd_sysroot_deployment_id (deployment);
      if (strcmp (this_id, id) == 0)
        return deployment;
    }
  return NULL;
}

static OstreeDeployment *
make_deployment (const HdStaged *staged)
{
  OstreeDeployment *deployment = ostree_deployment_new (0, staged->stateroot, staged->commit,
                                                        staged->serial, staged->boot_checksum, -1);
  g_autoptr (OstreeBootconfigParser) config = ostree_bootconfig_parser_new ();
  g_autofree char *options = g_strjoinv (" ", staged->kargs);
  ostree_bootconfig_parser_set (config, "options", options);
  ostree_deployment_set_bootconfig (deployment, config);
  return deployment;
}

/* The old deployment's /etc with the new defaults, in the tree where it waits. */
static gboolean
merge_etc (HdOperation *operation, const char *tree, OstreeDeployment *merge, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  hd_autofd tree_fd = openat (sysroot->fd, tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tree_fd < 0 && errno == ENOENT)
    {
      if (!hd_prune_staged (sysroot, operation->cancellable, error))
        return FALSE;
      return hd_throw (error, HD_NOT_FOUND, "stage it again with: atomic host upgrade",
                       "the staged tree /%s is gone; what was staged is dropped", tree);
    }
  if (tree_fd < 0)
    return hd_throw_errno (error, errno, "opening /%s", tree);
  hd_autofd old_fd = -1;
  if (merge != NULL)
    {
      g_autofree char *path = ostree_sysroot_get_deployment_dirpath (sysroot->ostree, merge);
      old_fd = openat (sysroot->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (old_fd < 0)
        return hd_throw_errno (error, errno, "opening /%s", path);
    }
  return hd_etcmerge_build (old_fd, tree_fd, operation->cancellable, error);
}

/* systemd's mark in /var, as libostree removes it; see etcmerge.c. */
static void
forget_var_update (HdSysroot *sysroot, const char *stateroot)
{
  g_autofree char *path = g_strdup_printf ("ostree/deploy/%s/var/.updated", stateroot);
  (void)unlinkat (sysroot->fd, path, 0);
}

static gboolean
move_into_place (HdSysroot *sysroot, const HdStaged *staged, OstreeDeployment *deployment,
                 GError **error)
{
  g_autofree char *tree = hd_staged_tree_path (staged);
  g_autofree char *origin = hd_staged_origin_path (staged);
  g_autofree char *path = ostree_sysroot_get_deployment_dirpath (sysroot->ostree, deployment);
  g_autofree char *origin_path = g_strconcat (path, ".origin", NULL);
  /* The origin first: recovery takes a tree in its place for a sign that both are. */
  if (renameat (sysroot->fd, origin, sysroot->fd, origin_path) < 0 && errno != ENOENT)
    return hd_throw_errno (error, errno, "moving /%s", origin);
  if (renameat (sysroot->fd, tree, sysroot->fd, path) < 0)
    return hd_throw_errno (error, errno, "moving /%s", tree);
  return TRUE;
}

/* The new one first, then what is kept: the booted one (or the one whose /etc was taken over),
 * pinned ones, and those of other stateroots. The rest gives way. */
static GPtrArray *
new_order (HdSysroot *sysroot, OstreeDeployment *deployment, OstreeDeployment *merge)
{
  GPtrArray *order = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (order, g_object_ref (deployment));
  OstreeDeployment *booted = hd_sysroot_booted (sysroot);
  OstreeDeployment *fallback = booted != NULL ? booted : merge;
  if (fallback != NULL)
    g_ptr_array_add (order, g_object_ref (fallback));
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  for (guint i = 0; i < deployments->len; i++)
    {
      OstreeDeployment *other = g_ptr_array_index (deployments, i);
      gboolean kept = ostree_deployment_is_pinned (other) || other == merge
                      || strcmp (ostree_deployment_get_osname (other),
                                 ostree_deployment_get_osname (deployment))
                             != 0;
      if (kept && other != fallback)
        g_ptr_array_add (order, g_object_ref (other));
    }
  return order;
}

static gboolean
finalize (HdOperation *operation, const HdStaged *staged, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  OstreeDeployment *merge = find_deployment (deployments, staged->merge);
  if (staged->merge != NULL && merge == NULL)
    return hd_throw (error, HD_NOT_FOUND, "stage it again with: atomic host upgrade",
                     "deployment %s, whose /etc is to be taken over, is gone", staged->merge);
  g_autofree char *tree = hd_staged_tree_path (staged);
  g_autoptr (OstreeDeployment) deployment = make_deployment (staged);
  hd_report_phase (operation->report, "merge");
  if (!merge_etc (operation, tree, merge, error)
      || !move_into_place (sysroot, staged, deployment, error))
    return FALSE;
  forget_var_update (sysroot, staged->stateroot);
  hd_report_phase (operation->report, "commit");
  g_autoptr (GPtrArray) order = new_order (sysroot, deployment, merge);
  if (!ostree_sysroot_deployment_set_mutable (sysroot->ostree, deployment, FALSE,
                                              operation->cancellable, error)
      || !hd_bootloader_write (sysroot, order, operation->cancellable, error))
    return FALSE;
  return hd_staged_remove (sysroot->fd, error);
}

gboolean
hd_finalize_run (HdOperation *operation, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  g_autoptr (GError) local_error = NULL;
  g_autoptr (HdStaged) staged = hd_staged_read (sysroot->fd, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (staged == NULL)
    return hd_throw (error, HD_NOTHING, NULL, "nothing is staged");
  if (!finalize (operation, staged, error))
    {
      g_prefix_error (error, "finalizing commit %s: ", staged->commit);
      return FALSE;
    }
  hd_record_event (operation, "deployed", staged->stateroot, staged->commit, NULL);
  if (!sysroot->booted)
    {
      hd_report_phase (operation->report, "prune");
      if (!hd_prune_staged (sysroot, operation->cancellable, error)
          || !hd_prune_deployments (sysroot, operation->cancellable, error)
          || !hd_prune_repo (sysroot, NULL, operation->cancellable, error))
        return FALSE;
    }
  hd_operation_say (operation, NULL, "commit %s is what the next boot starts", staged->commit);
  return TRUE;
}
