/* Four kinds of cleaning, each a function. */
#include "host/cleanup.h"

#include "base/error.h"
#include "base/output.h"
#include "host/bootloader.h"
#include "host/prune.h"
#include "host/record.h"
#include "host/recover.h"
#include "host/rollback.h"
#include "state/staged.h"

static gboolean
drop_pending (HdOperation *operation, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  g_autoptr (HdStaged) staged = hd_staged_read (sysroot->fd, NULL);
  if (!hd_prune_staged (sysroot, operation->cancellable, error))
    return FALSE;
  if (staged != NULL)
    hd_record_event (operation, "dropped", staged->stateroot, staged->commit, NULL);
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  OstreeDeployment *booted = hd_sysroot_booted (sysroot);
  for (guint i = 1; booted != NULL && i < deployments->len; i++)
    if (g_ptr_array_index (deployments, i) == booted)
      return hd_rollback_make_default (sysroot, i, operation->cancellable, error);
  return TRUE;
}

static gboolean
drop_rollback (HdOperation *operation, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);
  gboolean seen_booted = hd_sysroot_booted (sysroot) == NULL;
  for (guint i = 0; i < deployments->len; i++)
    {
      OstreeDeployment *deployment = g_ptr_array_index (deployments, i);
      gboolean is_booted = deployment == hd_sysroot_booted (sysroot);
      if (i == 0 || is_booted || !seen_booted || ostree_deployment_is_pinned (deployment))
        g_ptr_array_add (kept, g_object_ref (deployment));
      seen_booted = seen_booted || is_booted;
    }
  return kept->len == deployments->len
         || hd_bootloader_write (sysroot, kept, operation->cancellable, error);
}

gboolean
hd_cleanup_run (HdOperation *operation, GError **error)
{
  const HdTask *task = operation->task;
  HdSysroot *sysroot = operation->sysroot;
  gboolean all = !task->pending && !task->rollback && !task->base && !task->repo;
  guint64 freed_bytes = 0;
  if (!hd_recover_run (operation, error))
    return FALSE;
  hd_report_phase (operation->report, "prune");
  if (task->pending && !drop_pending (operation, error))
    return FALSE;
  if (task->rollback && !drop_rollback (operation, error))
    return FALSE;
  if (!hd_prune_leftovers (sysroot, operation->cancellable, error)
      || !hd_prune_deployments (sysroot, operation->cancellable, error))
    return FALSE;
  if ((task->repo || all) && !hd_prune_repo (sysroot, &freed_bytes, operation->cancellable, error))
    return FALSE;
  operation->data = hd_json_new_object ();
  hd_json_set_uint (operation->data, "freed_bytes", freed_bytes);
  g_autofree char *freed = hd_format_size (freed_bytes);
  hd_operation_say (operation, NULL, "cleaned up%s%s", freed_bytes > 0 ? ", free now: " : "",
                    freed_bytes > 0 ? freed : "");
  return TRUE;
}
