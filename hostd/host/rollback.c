/* The order of deployments changed, nothing else. */
#include "host/rollback.h"

#include <string.h>

#include "base/error.h"
#include "host/bootloader.h"
#include "host/outcome.h"
#include "host/prune.h"
#include "host/record.h"
#include "host/recover.h"
#include "state/staged.h"

gboolean
hd_rollback_make_default (HdSysroot *sysroot, guint index, GCancellable *cancellable,
                          GError **error)
{
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  g_autoptr (GPtrArray) order = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (order, g_object_ref (g_ptr_array_index (deployments, index)));
  for (guint i = 0; i < deployments->len; i++)
    if (i != index)
      g_ptr_array_add (order, g_object_ref (g_ptr_array_index (deployments, i)));
  return hd_bootloader_write (sysroot, order, cancellable, error);
}

/* Index of the deployment to go back to, or -1. */
static int
find_target (HdSysroot *sysroot, GPtrArray *deployments)
{
  OstreeDeployment *booted = hd_sysroot_booted (sysroot);
  int here = 0;
  for (guint i = 0; booted != NULL && i < deployments->len; i++)
    if (g_ptr_array_index (deployments, i) == booted)
      here = (int)i;
  if (here > 0)
    return here;
  const char *stateroot = deployments->len > 0
                              ? ostree_deployment_get_osname (g_ptr_array_index (deployments, 0))
                              : NULL;
  for (guint i = 1; i < deployments->len; i++)
    if (strcmp (ostree_deployment_get_osname (g_ptr_array_index (deployments, i)), stateroot) == 0)
      return (int)i;
  return -1;
}

static void
tell (HdOperation *operation, const char *from, const char *to, gboolean dropped)
{
  HdSysroot *sysroot = operation->sysroot;
  operation->data = hd_json_new_object ();
  hd_json_set (operation->data, "from", hd_outcome_version (sysroot, from));
  hd_json_set (operation->data, "to", hd_outcome_version (sysroot, to));
  hd_json_set_bool (operation->data, "staged", false);
  hd_json_set (operation->data, "next", hd_outcome_version (sysroot, to));
  g_autofree char *what = hd_outcome_describe (sysroot, to);
  hd_operation_say (operation, "reboot to use it: systemctl reboot",
                    "the next boot starts %s, with the /etc that it had when it last ran%s", what,
                    dropped ? "; what was staged is dropped" : "");
}

gboolean
hd_rollback_run (HdOperation *operation, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  if (!hd_recover_run (operation, error))
    return FALSE;
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  int index = find_target (sysroot, deployments);
  if (index < 0)
    return hd_throw (error, HD_NOT_FOUND, "deploy another version with: atomic host deploy VERSION",
                     "there is no deployment to go back to");
  OstreeDeployment *target = g_ptr_array_index (deployments, index);
  g_autofree char *from
      = g_strdup (ostree_deployment_get_csum (g_ptr_array_index (deployments, 0)));
  g_autofree char *to = g_strdup (ostree_deployment_get_csum (target));
  g_autoptr (GKeyFile) origin = hd_record_copy_origin (target);
  g_autoptr (HdOrigin) known = hd_origin_from_key_file (origin);

  hd_report_phase (operation->report, "commit");
  /* Tried again on purpose after it was given up: with three tries, as a new one. */
  if (known->boot_state == HD_BOOT_FAILED
      && !hd_record_boot_state (sysroot, target, HD_BOOT_NEW, operation->cancellable, error))
    return FALSE;
  g_autoptr (HdStaged) staged = hd_staged_read (sysroot->fd, NULL);
  if (g_cancellable_set_error_if_cancelled (operation->cancellable, error)
      || !hd_prune_staged (sysroot, NULL, error) || !hd_sysroot_reload (sysroot, NULL, error)
      || !hd_rollback_make_default (sysroot, (guint)index, NULL, error))
    return FALSE;
  hd_record_event (operation, "rollback", NULL, to, NULL);
  tell (operation, from, to, staged != NULL);
  return TRUE;
}
