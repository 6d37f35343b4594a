/* Recipes: resolve, verify, judge, pull, stage. */
#include "host/upgrade.h"

#include <string.h>

#include "base/error.h"
#include "host/candidate.h"
#include "host/outcome.h"
#include "host/record.h"
#include "host/recover.h"
#include "host/stage.h"
#include "state/check.h"

#define NEXT_HINT "reboot to use it: systemctl reboot"

/* What upgrade, deploy and rebase have in common once it is known which commit it is. */
typedef struct
{
  HdOperation *operation;
  const HdBasis *basis;
  HdCandidate *candidate;
  const char *refspec; /* origin of the new deployment */
  gboolean follow;     /* the local ref is to name the commit */
} Change;

/* Origin of the new deployment: the basis's, with what is true of this commit. */
static GKeyFile *
make_origin (const Change *change)
{
  GKeyFile *origin = g_key_file_new ();
  g_autofree char *text = g_key_file_to_data (change->basis->origin, NULL, NULL);
  (void)g_key_file_load_from_data (origin, text, -1, G_KEY_FILE_NONE, NULL);
  ostree_deployment_origin_remove_transient_state (origin);
  g_key_file_set_string (origin, "origin", "refspec", change->refspec);
  hd_origin_set_boot_state (origin, HD_BOOT_NEW);
  hd_origin_set_signature (origin, change->candidate->signature->key,
                           change->candidate->signature->uid, g_get_real_time () / G_USEC_PER_SEC);
  return origin;
}

static gboolean
stage (const Change *change, GError **error)
{
  const HdBasis *basis = change->basis;
  g_autoptr (GKeyFile) origin = make_origin (change);
  const HdStage wanted = { .stateroot = basis->stateroot,
                           .commit = change->candidate->commit,
                           .kargs = (const char *const *)basis->kargs,
                           .origin = origin,
                           .merge = basis->merge };
  if (!hd_stage (change->operation, &wanted, error))
    return FALSE;
  hd_record_event (change->operation, "staged", basis->stateroot, change->candidate->commit,
                   change->operation->task->verb);
  return TRUE;
}

static void
tell (const Change *change, gboolean staged, const char *what_is_done, const char *hint)
{
  HdOperation *operation = change->operation;
  g_clear_pointer (&operation->data, hd_json_free);
  operation->data = hd_outcome_data (operation->sysroot, change->basis, change->candidate, staged);
  g_autofree char *summary = hd_outcome_summary (operation->data);
  g_autofree char *what = hd_candidate_describe (change->candidate);
  hd_operation_say (operation, hint, "%s %s%s%s", what, what_is_done,
                    summary[0] != '\0' ? ": " : "", summary);
}

static gboolean
nothing_newer (const Change *change, GError **error)
{
  tell (change, change->basis->is_staged, "is the newest", NULL);
  g_autofree char *what = hd_candidate_describe (change->candidate);
  return hd_throw (error, HD_NOTHING, change->basis->is_staged ? NEXT_HINT : NULL,
                   "%s is %s already", what, change->basis->is_staged ? "staged" : "deployed");
}

/* From a judged candidate to what the options ask for. */
static gboolean
carry_out (Change *change, GError **error)
{
  const HdTask *task = change->operation->task;
  if (task->check || task->preview)
    {
      tell (change, change->basis->is_staged, "is available", "take it with: atomic host upgrade");
      return TRUE;
    }
  if (!hd_candidate_fetch (change->operation, change->candidate, change->follow, error))
    return FALSE;
  if (task->download_only)
    {
      tell (change, FALSE, "is downloaded and verified", "stage it with: atomic host upgrade");
      return TRUE;
    }
  if (!stage (change, error))
    return FALSE;
  tell (change, TRUE, "is staged", NEXT_HINT);
  return TRUE;
}

/* Note what was found, or why nothing was, for `status`. */
static void
note_check (HdOperation *operation, const HdBasis *basis, const HdCandidate *candidate,
            const GError *failure)
{
  HdCheck check = {
    .time = g_get_real_time () / G_USEC_PER_SEC,
    .refspec = basis->refspec,
    .commit = candidate != NULL ? candidate->commit : NULL,
    .version = candidate != NULL ? candidate->info->version : NULL,
    .error = failure != NULL ? failure->message : NULL,
  };
  g_autoptr (GError) error = NULL;
  if (!hd_check_write (operation->sysroot->fd, &check, &error))
    hd_report_message (operation->report, "%s", error->message);
}

gboolean
hd_upgrade_run (HdOperation *operation, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (HdBasis) basis = NULL;
  g_autoptr (HdCandidate) candidate = NULL;
  if (!hd_recover_run (operation, error)
      || (basis = hd_basis_load (operation->sysroot, operation->task->stateroot, error)) == NULL)
    return FALSE;
  candidate = hd_candidate_find (operation, basis, basis->refspec, NULL, &failure);
  if (candidate != NULL)
    (void)hd_candidate_judge (operation, basis, candidate, &failure);
  note_check (operation, basis, failure == NULL ? candidate : NULL, failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  Change change = { operation, basis, candidate, basis->refspec, TRUE };
  if (g_strcmp0 (candidate->commit, basis->commit) == 0)
    return nothing_newer (&change, error);
  return carry_out (&change, error);
}

gboolean
hd_deploy_run (HdOperation *operation, GError **error)
{
  const HdTask *task = operation->task;
  g_autoptr (HdBasis) basis = NULL;
  g_autoptr (HdCandidate) candidate = NULL;
  if (task->commit == NULL)
    return hd_throw (error, HD_USAGE, "atomic host deploy COMMIT", "no commit or version is named");
  if (!hd_recover_run (operation, error)
      || (basis = hd_basis_load (operation->sysroot, task->stateroot, error)) == NULL)
    return FALSE;
  gboolean is_branch = strchr (task->commit, ':') != NULL;
  candidate = hd_candidate_find (operation, basis, is_branch ? task->commit : basis->refspec,
                                 is_branch ? NULL : task->commit, error);
  if (candidate == NULL)
    return FALSE;
  const char *refspec = basis->refspec != NULL ? basis->refspec : task->commit;
  Change change = { operation, basis, candidate, refspec, FALSE };
  if (g_strcmp0 (candidate->commit, basis->commit) == 0)
    return nothing_newer (&change, error);
  return carry_out (&change, error);
}

/* Fill up what of "REMOTE:REF" was left out from the basis's refspec. Free with g_free. */
static char *
complete_refspec (const char *given, const char *known, GError **error)
{
  g_autofree char *remote = NULL, *ref = NULL;
  if (known != NULL)
    (void)ostree_parse_refspec (known, &remote, &ref, NULL);
  const char *colon = given != NULL ? strchr (given, ':') : NULL;
  if (given == NULL || given[0] == '\0' || (colon == NULL && remote == NULL)
      || (colon != NULL && colon[1] == '\0' && ref == NULL))
    {
      hd_throw (error, HD_USAGE, "atomic host rebase REMOTE:REF", "no branch of a remote is named");
      return NULL;
    }
  if (colon == NULL)
    return g_strdup_printf ("%s:%s", remote, given);
  return colon[1] == '\0' ? g_strconcat (given, ref, NULL) : g_strdup (given);
}

gboolean
hd_rebase_run (HdOperation *operation, GError **error)
{
  const HdTask *task = operation->task;
  g_autoptr (HdBasis) basis = NULL;
  g_autoptr (HdCandidate) candidate = NULL;
  g_autofree char *refspec = NULL;
  if (!hd_recover_run (operation, error)
      || (basis = hd_basis_load (operation->sysroot, task->stateroot, error)) == NULL
      || (refspec = complete_refspec (task->refspec, basis->refspec, error)) == NULL
      || (candidate = hd_candidate_find (operation, basis, refspec, task->commit, error)) == NULL)
    return FALSE;
  Change change = { operation, basis, candidate, refspec, task->commit == NULL };
  if (g_strcmp0 (candidate->commit, basis->commit) == 0 && g_strcmp0 (refspec, basis->refspec) == 0)
    return nothing_newer (&change, error);
  return carry_out (&change, error);
}
