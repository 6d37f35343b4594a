/* Changes to a list of kernel arguments, then staging. */
#include "host/kargs.h"

#include <string.h>

#include "base/error.h"
#include "host/basis.h"
#include "host/outcome.h"
#include "host/record.h"
#include "host/recover.h"
#include "host/stage.h"
#include "state/bootset.h"
#include "state/kargs.h"

static gboolean
append (OstreeKernelArgs *kargs, const char *karg, GError **error)
{
  ostree_kernel_args_append (kargs, karg);
  return TRUE;
}

static gboolean
append_if_missing (OstreeKernelArgs *kargs, const char *karg, GError **error)
{
  if (!ostree_kernel_args_contains (kargs, karg))
    ostree_kernel_args_append (kargs, karg);
  return TRUE;
}

static gboolean delete (OstreeKernelArgs *kargs, const char *karg, GError **error)
{
  return ostree_kernel_args_delete (kargs, karg, error);
}

static gboolean
delete_if_present (OstreeKernelArgs *kargs, const char *karg, GError **error)
{
  (void)ostree_kernel_args_delete (kargs, karg, NULL);
  return TRUE;
}

static gboolean
replace (OstreeKernelArgs *kargs, const char *karg, GError **error)
{
  return ostree_kernel_args_new_replace (kargs, karg, error);
}

/* Refuse what GRUB would change, and what is ours to set. */
static gboolean
check_karg (const char *karg, GError **error)
{
  if (hd_karg_has_key (karg, "ostree") || hd_karg_has_key (karg, HD_KARG_DEPLOYMENT))
    return hd_throw (error, HD_USAGE, NULL, "the kernel argument %s is set by the system", karg);
  if (karg[0] == '\0' || !hd_bootset_karg_is_safe (karg))
    return hd_throw (error, HD_USAGE, "leave out backslashes and single quotes",
                     "GRUB cannot hand over the kernel argument %s", karg);
  return TRUE;
}

static gboolean
apply_all (OstreeKernelArgs *kargs, char **words,
           gboolean (*apply) (OstreeKernelArgs *, const char *, GError **), GError **error)
{
  for (; words != NULL && *words != NULL; words++)
    {
      g_autoptr (GError) local_error = NULL;
      if (!check_karg (*words, error))
        return FALSE;
      if (!apply (kargs, *words, &local_error))
        return hd_throw (error, HD_NOT_FOUND, "list them with: atomic host kargs",
                         "kernel argument %s: %s", *words, local_error->message);
    }
  return TRUE;
}

static gboolean
apply_task (OstreeKernelArgs *kargs, const HdTask *task, GError **error)
{
  return apply_all (kargs, task->delete, delete, error)
         && apply_all (kargs, task->delete_if_present, delete_if_present, error)
         && apply_all (kargs, task->replace, replace, error)
         && apply_all (kargs, task->append, append, error)
         && apply_all (kargs, task->append_if_missing, append_if_missing, error);
}

static gboolean
has_changes (const HdTask *task)
{
  char **const lists[] = { task->append, task->append_if_missing, task->delete,
                           task->delete_if_present, task->replace };
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    if (lists[i] != NULL && lists[i][0] != NULL)
      return TRUE;
  return FALSE;
}

static void
tell (HdOperation *operation, char **kargs, const char *hint, const char *message)
{
  hd_json *list = hd_json_new_array ();
  for (char **karg = kargs; *karg != NULL; karg++)
    hd_json_append (list, hd_json_new_string (*karg));
  operation->data = hd_json_new_object ();
  hd_json_set (operation->data, "kargs", list);
  hd_operation_say (operation, hint, "%s", message);
}

static gboolean
stage (HdOperation *operation, const HdBasis *basis, char **kargs, GError **error)
{
  g_autoptr (GKeyFile) origin = g_key_file_new ();
  g_autofree char *text = g_key_file_to_data (basis->origin, NULL, NULL);
  (void)g_key_file_load_from_data (origin, text, -1, G_KEY_FILE_NONE, NULL);
  ostree_deployment_origin_remove_transient_state (origin);
  hd_origin_set_boot_state (origin, HD_BOOT_NEW);
  const HdStage wanted = { .stateroot = basis->stateroot,
                           .commit = basis->commit,
                           .kargs = (const char *const *)kargs,
                           .origin = origin,
                           .merge = basis->merge };
  return hd_stage (operation, &wanted, error)
         && hd_record_event (operation->sysroot, "staged", basis->stateroot, basis->commit, "kargs",
                             error);
}

gboolean
hd_kargs_run (HdOperation *operation, GError **error)
{
  const HdTask *task = operation->task;
  g_autoptr (HdBasis) basis = NULL;
  if (!hd_recover_run (operation, error)
      || (basis = hd_basis_load (operation->sysroot, task->stateroot, error)) == NULL)
    return FALSE;
  if (!has_changes (task))
    {
      g_autofree char *line = g_strjoinv (" ", basis->kargs);
      tell (operation, basis->kargs, NULL, line);
      return TRUE;
    }
  g_autoptr (OstreeKernelArgs) kargs = ostree_kernel_args_new ();
  ostree_kernel_args_append_argv (kargs, basis->kargs);
  if (!apply_task (kargs, task, error))
    return FALSE;
  g_auto (GStrv) changed = ostree_kernel_args_to_strv (kargs);
  if (basis->commit == NULL
      || g_strv_equal ((const char *const *)changed, (const char *const *)basis->kargs))
    return hd_throw (error, HD_NOTHING, NULL, "the kernel arguments are so already");
  if (!stage (operation, basis, changed, error))
    return FALSE;
  tell (operation, changed, "reboot to use them: systemctl reboot",
        "a deployment with the new kernel arguments is staged");
  return TRUE;
}
