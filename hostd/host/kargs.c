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
append (GPtrArray *kargs, const char *karg, GError **error)
{
  hd_kargs_append (kargs, karg);
  return TRUE;
}

static gboolean
append_if_missing (GPtrArray *kargs, const char *karg, GError **error)
{
  hd_kargs_append_if_missing (kargs, karg);
  return TRUE;
}

static gboolean
delete_if_present (GPtrArray *kargs, const char *karg, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  if (hd_kargs_delete (kargs, karg, &local_error)
      || g_error_matches (local_error, HD_ERROR, HD_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
apply_all (GPtrArray *kargs, char **words, gboolean (*apply) (GPtrArray *, const char *, GError **),
           GError **error)
{
  for (; words != NULL && *words != NULL; words++)
    if (!check_karg (*words, error) || !apply (kargs, *words, error))
      return FALSE;
  return TRUE;
}

static gboolean
apply_task (GPtrArray *kargs, const HdTask *task, GError **error)
{
  return apply_all (kargs, task->delete, hd_kargs_delete, error)
         && apply_all (kargs, task->delete_if_present, delete_if_present, error)
         && apply_all (kargs, task->replace, hd_kargs_replace, error)
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
  if (!hd_stage (operation, &wanted, error))
    return FALSE;
  hd_record_event (operation, "staged", basis->stateroot, basis->commit, "kargs");
  return TRUE;
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
  g_autoptr (GPtrArray) kargs = g_ptr_array_new_with_free_func (g_free);
  for (char **karg = basis->kargs; karg != NULL && *karg != NULL; karg++)
    hd_kargs_append (kargs, *karg);
  if (!apply_task (kargs, task, error))
    return FALSE;
  g_ptr_array_add (kargs, NULL);
  g_auto (GStrv) changed = (char **)g_ptr_array_free (g_steal_pointer (&kargs), FALSE);
  if (basis->commit == NULL
      || g_strv_equal ((const char *const *)changed, (const char *const *)basis->kargs))
    return hd_throw (error, HD_NOTHING, NULL, "the kernel arguments are so already");
  if (!stage (operation, basis, changed, error))
    return FALSE;
  tell (operation, changed, "reboot to use them: systemctl reboot",
        "a deployment with the new kernel arguments is staged");
  return TRUE;
}
