/* Judging a boot: boot-state of origins, tries of the boot environment. */
#include "host/boot.h"

#include "base/error.h"
#include "host/bootloader.h"
#include "host/outcome.h"
#include "host/prune.h"
#include "host/record.h"
#include "host/recover.h"
#include "host/rollback.h"
#include "state/bootenv.h"

static HdBootState
boot_state_of (OstreeDeployment *deployment)
{
  g_autoptr (GKeyFile) file = hd_record_copy_origin (deployment);
  g_autoptr (HdOrigin) origin = hd_origin_from_key_file (file);
  return origin->boot_state;
}

static gboolean
require_booted (HdOperation *operation, GError **error)
{
  if (operation->sysroot->booted)
    return TRUE;
  return hd_throw (error, HD_NO_SYSROOT, NULL, "%s is not the running system's sysroot",
                   operation->sysroot->path);
}

/* The default was tried in vain: say so in its origin and in the history, and put the booted one
 * in its place. */
static gboolean
give_up_default (HdOperation *operation, GPtrArray *deployments, guint booted_index, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  OstreeDeployment *failed = g_ptr_array_index (deployments, 0);
  g_autofree char *what = hd_outcome_describe (sysroot, ostree_deployment_get_csum (failed));
  hd_report_message (operation->report, "%s did not start and is given up", what);
  if (!hd_record_boot_state (sysroot, failed, HD_BOOT_FAILED, operation->cancellable, error))
    return FALSE;
  hd_record_event (operation, "failed", ostree_deployment_get_osname (failed),
                   ostree_deployment_get_csum (failed), NULL);
  return hd_sysroot_reload (sysroot, operation->cancellable, error)
         && hd_rollback_make_default (sysroot, booted_index, operation->cancellable, error);
}

static gboolean
mark_good (HdOperation *operation, OstreeDeployment *booted, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  if (boot_state_of (booted) == HD_BOOT_GOOD)
    return TRUE;
  if (!hd_record_boot_state (sysroot, booted, HD_BOOT_GOOD, operation->cancellable, error))
    return FALSE;
  hd_record_event (operation, "good", ostree_deployment_get_osname (booted),
                   ostree_deployment_get_csum (booted), NULL);
  return TRUE;
}

static gboolean
clean_up (HdOperation *operation, GError **error)
{
  hd_report_phase (operation->report, "prune");
  return hd_prune_leftovers (operation->sysroot, operation->cancellable, error)
         && hd_prune_deployments (operation->sysroot, operation->cancellable, error)
         && hd_prune_repo (operation->sysroot, NULL, operation->cancellable, error);
}

gboolean
hd_boot_complete_run (HdOperation *operation, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  HdBootEnv env = { .set = -1, .tries = HD_BOOTENV_NOT_COUNTING };
  if (!require_booted (operation, error) || !hd_recover_run (operation, error))
    return FALSE;
  (void)hd_bootenv_read (sysroot->boot_fd, &env, NULL);
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  OstreeDeployment *booted = hd_sysroot_booted (sysroot);
  guint index = 0;
  if (!g_ptr_array_find (deployments, booted, &index))
    return hd_throw (error, HD_BOOTLOADER, NULL, "the booted deployment has no boot entry");

  gboolean is_new = boot_state_of (booted) != HD_BOOT_GOOD;
  g_autofree char *what = hd_outcome_describe (sysroot, ostree_deployment_get_csum (booted));
  gboolean gave_up = index > 0 && env.tries == 0;
  if (gave_up && !give_up_default (operation, deployments, index, error))
    return FALSE;
  /* A fallback that was chosen by hand in the menu says nothing about the default. */
  if ((index == 0 || gave_up) && !hd_bootloader_stop_counting (sysroot, error))
    return FALSE;
  if (!mark_good (operation, hd_sysroot_booted (sysroot), error)
      || !hd_sysroot_reload (sysroot, operation->cancellable, error))
    return FALSE;
  hd_operation_say (operation, NULL, "%s is up", what);
  return (!is_new && !gave_up) || clean_up (operation, error);
}

gboolean
hd_boot_failed_run (HdOperation *operation, GError **error)
{
  HdSysroot *sysroot = operation->sysroot;
  HdBootEnv env;
  if (!require_booted (operation, error) || !hd_bootenv_read (sysroot->boot_fd, &env, error))
    return FALSE;
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (sysroot);
  OstreeDeployment *booted = hd_sysroot_booted (sysroot);
  gboolean is_tried = env.tries != HD_BOOTENV_NOT_COUNTING
                      && g_ptr_array_index (deployments, 0) == booted
                      && boot_state_of (booted) == HD_BOOT_NEW;
  operation->data = hd_json_new_object ();
  hd_json_set_bool (operation->data, "reboot", is_tried);
  g_autofree char *what = hd_outcome_describe (sysroot, ostree_deployment_get_csum (booted));
  hd_operation_say (operation, NULL, "%s did not reach boot-complete%s", what,
                    is_tried ? ", rebooting" : "");
  return TRUE;
}
