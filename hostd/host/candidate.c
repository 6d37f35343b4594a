/* Finding a commit on the server or here, and judging it before its content is fetched. */
#include "host/candidate.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "base/output.h"
#include "common/parse.h"
#include "host/pull.h"
#include "state/history.h"

/* A beginning of a checksum shorter than this is taken for a version. */
#define MIN_PREFIX 7

void
hd_candidate_free (HdCandidate *candidate)
{
  if (candidate == NULL)
    return;
  g_free (candidate->remote);
  g_free (candidate->ref);
  g_free (candidate->commit);
  hd_commit_free (candidate->info);
  hd_signature_free (candidate->signature);
  g_free (candidate);
}

char *
hd_candidate_describe (const HdCandidate *candidate)
{
  if (candidate->info->version == NULL)
    return g_strdup_printf ("commit %.12s", candidate->commit);
  return g_strdup_printf ("version %s (%.12s)", candidate->info->version, candidate->commit);
}

static HdPull
pull_of (const HdOperation *operation, const HdCandidate *candidate)
{
  return (HdPull){ .repo = operation->sysroot->repo,
                   .remote = candidate->remote,
                   .timeout_seconds = (guint)operation->task->timeout_seconds,
                   .report = operation->report };
}

/* Commits and uname(2) use the same words: x86_64, aarch64. */
static gboolean
check_architecture (HdOperation *operation, const HdBasis *basis, const HdCandidate *candidate,
                    GError **error)
{
  struct utsname machine;
  g_autoptr (HdCommit) here = NULL;
  const char *wanted = NULL;
  if (operation->sysroot->booted && uname (&machine) == 0)
    wanted = machine.machine;
  else if (basis->commit != NULL)
    {
      here = hd_commit_read (operation->sysroot->fd, basis->commit, NULL);
      wanted = here != NULL ? here->architecture : NULL;
    }
  const char *offered = candidate->info->architecture;
  if (wanted == NULL || offered == NULL || strcmp (wanted, offered) == 0)
    return TRUE;
  g_autofree char *what = hd_candidate_describe (candidate);
  return hd_throw (error, HD_ARCH,
                   "follow the branch of this architecture with: atomic host rebase",
                   "%s is for %s, this host is %s", what, offered, wanted);
}

static gint64
commit_time (HdOperation *operation, const char *commit)
{
  g_autoptr (HdCommit) info
      = commit != NULL ? hd_commit_read (operation->sysroot->fd, commit, NULL) : NULL;
  return info != NULL ? info->timestamp : 0;
}

static char *
local_ref (HdOperation *operation, const HdCandidate *candidate)
{
  char *commit = NULL;
  g_autofree char *refspec = g_strdup_printf ("%s:%s", candidate->remote, candidate->ref);
  (void)ostree_repo_resolve_rev (operation->sysroot->repo, refspec, TRUE, &commit, NULL);
  return commit;
}

/* Whether a commit is the one that is asked for, by checksum, its beginning, or version. */
static gboolean
is_meant (HdOperation *operation, const char *commit, const char *what)
{
  if (strlen (what) >= MIN_PREFIX && g_str_has_prefix (commit, what))
    return TRUE;
  g_autoptr (HdCommit) info = hd_commit_read (operation->sysroot->fd, commit, NULL);
  return info != NULL && g_strcmp0 (info->version, what) == 0;
}

/* Look from `commit` back through its parents, as far as they are here. */
static char *
search_history (HdOperation *operation, const char *commit, const char *what)
{
  g_autofree char *here = g_strdup (commit);
  while (here != NULL)
    {
      if (is_meant (operation, here, what))
        return g_steal_pointer (&here);
      g_autoptr (GVariant) object = NULL;
      if (!ostree_repo_load_variant (operation->sysroot->repo, OSTREE_OBJECT_TYPE_COMMIT, here,
                                     &object, NULL))
        return NULL;
      g_free (here);
      here = ostree_commit_get_parent (object);
    }
  return NULL;
}

static char *
search_deployments (HdOperation *operation, const HdBasis *basis, const char *what)
{
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (operation->sysroot);
  if (basis->commit != NULL && is_meant (operation, basis->commit, what))
    return g_strdup (basis->commit);
  for (guint i = 0; i < deployments->len; i++)
    {
      const char *commit = ostree_deployment_get_csum (g_ptr_array_index (deployments, i));
      if (is_meant (operation, commit, what))
        return g_strdup (commit);
    }
  return NULL;
}

/* The commit that `what` means: of a deployment, of the branch's history here, or on the server. */
static gboolean
find_named (HdOperation *operation, const HdBasis *basis, HdCandidate *candidate, const char *what,
            GError **error)
{
  g_autofree char *newest = local_ref (operation, candidate);
  candidate->commit = search_deployments (operation, basis, what);
  if (candidate->commit == NULL && newest != NULL)
    candidate->commit = search_history (operation, newest, what);
  if (candidate->commit != NULL)
    return TRUE;

  HdPull pull = pull_of (operation, candidate);
  if (hd_parse_is_checksum (what))
    {
      candidate->commit = g_strdup (what);
      return hd_pull_metadata (&pull, what, 0, operation->cancellable, error);
    }
  g_autofree char *tip = NULL;
  if (!hd_pull_ref (&pull, candidate->ref, &tip, operation->cancellable, error)
      || !hd_pull_metadata (&pull, tip, -1, operation->cancellable, error))
    return FALSE;
  candidate->commit = search_history (operation, tip, what);
  return candidate->commit != NULL
         || hd_throw (error, HD_NOT_FOUND, "name the whole checksum of the commit",
                      "branch %s:%s has no version or commit %s", candidate->remote, candidate->ref,
                      what);
}

static gboolean
find_newest (HdOperation *operation, HdCandidate *candidate, GError **error)
{
  HdPull pull = pull_of (operation, candidate);
  return hd_pull_ref (&pull, candidate->ref, &candidate->commit, operation->cancellable, error);
}

static gboolean
split_refspec (const char *refspec, HdCandidate *candidate, GError **error)
{
  if (refspec == NULL)
    return hd_throw (error, HD_NOT_FOUND, "name one with: atomic host rebase REMOTE:REF",
                     "the deployment has no origin to upgrade from");
  if (!ostree_parse_refspec (refspec, &candidate->remote, &candidate->ref, NULL)
      || candidate->remote == NULL)
    return hd_throw (error, HD_USAGE, "write it as REMOTE:REF", "%s names no branch of a remote",
                     refspec);
  return TRUE;
}

HdCandidate *
hd_candidate_find (HdOperation *operation, const HdBasis *basis, const char *refspec,
                   const char *what, GError **error)
{
  g_autoptr (HdCandidate) candidate = g_new0 (HdCandidate, 1);
  hd_report_phase (operation->report, "resolve");
  if (!split_refspec (refspec, candidate, error))
    return NULL;
  g_autofree char *accepted = local_ref (operation, candidate);
  candidate->seen = commit_time (operation, accepted);
  if (what != NULL ? !find_named (operation, basis, candidate, what, error)
                   : !find_newest (operation, candidate, error))
    return NULL;

  hd_report_phase (operation->report, "verify");
  candidate->info = hd_commit_read (operation->sysroot->fd, candidate->commit, error);
  if (candidate->info == NULL)
    return NULL;
  candidate->signature = hd_verify_commit (operation->sysroot->repo, candidate->remote,
                                           candidate->commit, operation->cancellable, error);
  if (candidate->signature == NULL || !check_architecture (operation, basis, candidate, error))
    return NULL;
  return g_steal_pointer (&candidate);
}

static gboolean
refuse_older (const HdCandidate *candidate, gint64 than, const char *than_what, GError **error)
{
  g_autofree char *what = hd_candidate_describe (candidate);
  g_autofree char *offered = hd_format_time (candidate->info->timestamp);
  g_autofree char *newer = hd_format_time (than);
  return hd_throw (error, HD_DOWNGRADE,
                   "if that is what you want: atomic host upgrade --allow-downgrade",
                   "remote %s offers %s of %s, older than %s, of %s", candidate->remote, what,
                   offered, than_what, newer);
}

gboolean
hd_candidate_judge (HdOperation *operation, const HdBasis *basis, const HdCandidate *candidate,
                    GError **error)
{
  if (!operation->task->allow_downgrade)
    {
      gint64 ours = commit_time (operation, basis->commit);
      if (candidate->info->timestamp < ours)
        return refuse_older (candidate, ours, "what is deployed", error);
      if (candidate->info->timestamp < candidate->seen)
        return refuse_older (candidate, candidate->seen, "what it offered before", error);
    }
  hd_autojson history = hd_history_read (operation->sysroot->fd, error);
  if (history == NULL)
    return FALSE;
  if (!hd_history_has_failed (history, candidate->commit))
    return TRUE;
  g_autofree char *what = hd_candidate_describe (candidate);
  g_autofree char *hint = g_strdup_printf (
      "wait for a newer one, or try it again: atomic host deploy %.12s", candidate->commit);
  return hd_throw (error, HD_KNOWN_BAD, hint, "%s did not start here and was given up", what);
}

gboolean
hd_candidate_fetch (HdOperation *operation, HdCandidate *candidate, gboolean follow, GError **error)
{
  OstreeRepoCommitState state = OSTREE_REPO_COMMIT_STATE_NORMAL;
  g_autofree char *accepted = local_ref (operation, candidate);
  hd_report_phase (operation->report, "pull");
  if (!ostree_repo_load_commit (operation->sysroot->repo, candidate->commit, NULL, &state, error))
    return FALSE;
  /* All of it is here already, and nobody has to be asked. */
  if ((state & OSTREE_REPO_COMMIT_STATE_PARTIAL) == 0
      && (!follow || g_strcmp0 (accepted, candidate->commit) == 0))
    return TRUE;
  HdPull pull = pull_of (operation, candidate);
  return hd_pull_content (&pull, follow ? candidate->ref : NULL, candidate->commit,
                          &candidate->download_bytes, operation->cancellable, error);
}
