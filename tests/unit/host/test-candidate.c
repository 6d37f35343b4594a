/* host/candidate: what is found on the server and here, and what is judged unfit. */
#include "host/candidate.h"

#include <string.h>

#include "base/error.h"
#include "sample-host.h"
#include "sample-sysroot.h"
#include "state/history.h"

typedef struct
{
  HdOperation operation;
  HdTask *task;
  HdBasis *basis;
} Asking;

static void
asking_clear (Asking *asking)
{
  hd_operation_clear (&asking->operation);
  hd_task_free (asking->task);
  hd_basis_free (asking->basis);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Asking, asking_clear)

static void
ask (SampleHost *host, Asking *ret)
{
  g_autoptr (GError) error = NULL;
  ret->task = hd_task_new ("upgrade", host->path);
  ret->operation = (HdOperation){ .sysroot = host->sysroot, .task = ret->task };
  ret->basis = hd_basis_load (host->sysroot, NULL, &error);
  g_assert_no_error (error);
}

static HdCandidate *
find (SampleHost *host, const char *what)
{
  g_autoptr (GError) error = NULL;
  g_auto (Asking) asking = { 0 };
  ask (host, &asking);
  HdCandidate *candidate
      = hd_candidate_find (&asking.operation, asking.basis, SAMPLE_REFSPEC, what, &error);
  g_assert_no_error (error);
  return candidate;
}

static void
assert_find_refused (SampleHost *host, const char *refspec, const char *what, hd_code code,
                     const char *part)
{
  g_autoptr (GError) error = NULL;
  g_auto (Asking) asking = { 0 };
  ask (host, &asking);
  HdCandidate *candidate
      = hd_candidate_find (&asking.operation, asking.basis, refspec, what, &error);
  g_assert_null (candidate);
  assert_refused (error, code, part);
}

static void
test_newest (SampleHost *host, gconstpointer data)
{
  g_autoptr (HdCandidate) candidate = find (host, NULL);
  g_autofree char *text = hd_candidate_describe (candidate);
  g_autofree char *expected = g_strdup_printf ("version 2 (%.12s)", host->commits[2]);
  g_assert_cmpstr (candidate->commit, ==, host->commits[2]);
  g_assert_cmpstr (candidate->remote, ==, SAMPLE_REMOTE);
  g_assert_cmpstr (candidate->ref, ==, SAMPLE_REF);
  g_assert_cmpstr (candidate->signature->key, ==, host->key);
  g_assert_cmpint (candidate->seen, ==, SAMPLE_DAY);
  g_assert_cmpstr (text, ==, expected);
}

/* A third version, so that a version in the middle has to be looked for. */
static void
release_third (SampleHost *host, const char *metadata, const char *signer)
{
  host->commits[3]
      = sample_release (host->repo, &host->folder, 3, 3 * SAMPLE_DAY, host->commits[2], metadata);
  if (signer != NULL)
    sample_sign (host->repo, host->commits[3], &host->folder, signer);
}

static void
assert_found (SampleHost *host, const char *what, int version)
{
  g_autoptr (HdCandidate) candidate = find (host, what);
  g_assert_cmpstr (candidate->commit, ==, host->commits[version]);
}

static void
test_named (SampleHost *host, gconstpointer data)
{
  release_third (host, NULL, "good");
  g_autofree char *beginning = g_strndup (host->commits[2], 7);
  g_autofree char *short_one = g_strndup (host->commits[2], 6);
  assert_found (host, host->commits[3], 3);
  assert_found (host, "2", 2);
  assert_found (host, beginning, 2);
  assert_found (host, "1", 1);
  assert_find_refused (host, SAMPLE_REFSPEC, short_one, HD_NOT_FOUND, "has no version or commit");
  assert_find_refused (host, SAMPLE_REFSPEC, "9", HD_NOT_FOUND,
                       SAMPLE_REFSPEC " has no version or commit 9");
  assert_find_refused (host, SAMPLE_REFSPEC, SAMPLE_A, HD_NOT_FOUND, SAMPLE_A);
}

/* What is deployed is known without the server. */
static void
test_named_without_server (SampleHost *host, gconstpointer data)
{
  g_object_unref (host->repo);
  folder_remove (&host->folder, "repo");
  assert_found (host, "1", 1);
  assert_found (host, host->commits[1], 1);
  assert_find_refused (host, SAMPLE_REFSPEC, "2", HD_NOT_FOUND, "remote " SAMPLE_REMOTE);
  host->repo = sample_repo (&host->folder);
  assert_find_refused (host, SAMPLE_REFSPEC, NULL, HD_NOT_FOUND, SAMPLE_REF);
}

static void
test_refspecs (SampleHost *host, gconstpointer data)
{
  assert_find_refused (host, NULL, NULL, HD_NOT_FOUND, "no origin to upgrade from");
  assert_find_refused (host, SAMPLE_REF, NULL, HD_USAGE, "names no branch of a remote");
  assert_find_refused (host, "a b:c", NULL, HD_USAGE, "names no branch of a remote");
  assert_find_refused (host, "elsewhere:b", NULL, HD_NOT_FOUND, "elsewhere");
  assert_find_refused (host, SAMPLE_REMOTE ":b", NULL, HD_NOT_FOUND, "b");
}

static void
test_unsigned (SampleHost *host, gconstpointer data)
{
  release_third (host, NULL, NULL);
  assert_find_refused (host, SAMPLE_REFSPEC, NULL, HD_SIGNATURE, "has no signature");
}

static void
test_architecture (SampleHost *host, gconstpointer data)
{
  /* The deployed one does not say what it is for: nothing to compare with. */
  release_third (host, "{'ostree.architecture': <'riscv64'>}", "good");
  assert_found (host, NULL, 3);
  g_auto (Asking) asking = { 0 };
  g_autoptr (GError) error = NULL;
  ask (host, &asking);
  g_free (asking.basis->commit);
  asking.basis->commit = g_strdup (SAMPLE_A);
  Folder sysroot = { host->path, host->sysroot->fd };
  sample_commit (&sysroot, SAMPLE_A, "{'ostree.architecture': <'x86_64'>}", 1);
  HdCandidate *candidate
      = hd_candidate_find (&asking.operation, asking.basis, SAMPLE_REFSPEC, NULL, &error);
  g_assert_null (candidate);
  assert_refused (error, HD_ARCH, ") is for riscv64, this host is x86_64");
}

/* Times of the basis's commit, of what was seen before, and of the candidate. */
static void
test_judge_time (Folder *f, gconstpointer data)
{
  static const struct
  {
    gint64 ours;
    gint64 seen;
    gint64 offered;
    const char *message; /* NULL: fit */
  } cases[] = {
    { 5, 0, 6, NULL },
    { 5, 0, 5, NULL },
    { 5, 6, 6, NULL },
    { 5, 0, 4, "older than what is deployed" },
    { 5, 7, 6, "older than what it offered before" },
    { 5, 7, 4, "older than what is deployed" },
  };
  HdSysroot sysroot = { .fd = f->fd };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdTask) task = hd_task_new ("upgrade", "/");
      HdOperation operation = { .sysroot = &sysroot, .task = task };
      HdBasis basis = { .commit = (char *)SAMPLE_A };
      HdCommit info = { .timestamp = cases[i].offered };
      HdCandidate candidate = {
        .remote = (char *)"up", .commit = (char *)SAMPLE_B, .info = &info, .seen = cases[i].seen
      };
      g_autoptr (GError) error = NULL;
      sample_commit (f, SAMPLE_A, "@a{sv} {}", cases[i].ours);
      gboolean ok = hd_candidate_judge (&operation, &basis, &candidate, &error);
      g_assert_cmpint (ok, ==, cases[i].message == NULL);
      if (!ok)
        {
          assert_refused (error, HD_DOWNGRADE, cases[i].message);
          g_assert_nonnull (strstr (error->message, "remote up offers commit bbbbbbbbbbbb"));
          g_assert_nonnull (strstr (hd_error_hint (error), "--allow-downgrade"));
        }
      task->allow_downgrade = TRUE;
      ok = hd_candidate_judge (&operation, &basis, &candidate, NULL);
      g_assert_true (ok);
    }
}

static void
note (const Folder *f, const char *event)
{
  HdHistoryEntry entry = { .time = 1, .event = event, .commit = SAMPLE_B };
  gboolean ok = hd_history_append (f->fd, &entry, NULL);
  g_assert_true (ok);
}

static void
test_judge_known_bad (Folder *f, gconstpointer data)
{
  HdSysroot sysroot = { .fd = f->fd };
  g_autoptr (HdTask) task = hd_task_new ("upgrade", "/");
  HdOperation operation = { .sysroot = &sysroot, .task = task };
  HdBasis basis = { .commit = NULL };
  HdCommit info = { .timestamp = 1, .version = (char *)"7" };
  HdCandidate candidate = { .remote = (char *)"up", .commit = (char *)SAMPLE_B, .info = &info };
  g_autoptr (GError) error = NULL;
  folder_make (f, "ostree/atomic");
  gboolean ok = hd_candidate_judge (&operation, &basis, &candidate, NULL);
  g_assert_true (ok);
  note (f, "failed");
  ok = hd_candidate_judge (&operation, &basis, &candidate, &error);
  g_assert_false (ok);
  assert_refused (error, HD_KNOWN_BAD, "version 7 (bbbbbbbbbbbb) did not start here");
  g_assert_nonnull (strstr (hd_error_hint (error), "atomic host deploy bbbbbbbbbbbb"));
  /* An older one may be wanted; one that does not start may not. */
  task->allow_downgrade = TRUE;
  ok = hd_candidate_judge (&operation, &basis, &candidate, NULL);
  g_assert_false (ok);
  note (f, "good");
  ok = hd_candidate_judge (&operation, &basis, &candidate, NULL);
  g_assert_true (ok);
}

static char *
local_ref (SampleHost *host)
{
  char *commit = NULL;
  (void)ostree_repo_resolve_rev (host->sysroot->repo, SAMPLE_REFSPEC, TRUE, &commit, NULL);
  return commit;
}

static void
fetch (SampleHost *host, HdCandidate *candidate, gboolean follow)
{
  g_autoptr (GError) error = NULL;
  g_auto (Asking) asking = { 0 };
  ask (host, &asking);
  gboolean ok = hd_candidate_fetch (&asking.operation, candidate, follow, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  gboolean has = FALSE;
  OstreeRepoCommitState state;
  has = ostree_repo_load_commit (host->sysroot->repo, candidate->commit, NULL, &state, NULL);
  g_assert_true (has);
  g_assert_cmpint (state & OSTREE_REPO_COMMIT_STATE_PARTIAL, ==, 0);
}

/* Finding brings no content and moves no ref; fetching does, the ref when it is to follow. */
static void
test_fetch (SampleHost *host, gconstpointer data)
{
  g_autoptr (HdCandidate) candidate = find (host, NULL);
  g_autofree char *found = local_ref (host);
  g_assert_cmpstr (found, ==, host->commits[1]);
  fetch (host, candidate, FALSE);
  g_autofree char *fetched = local_ref (host);
  g_assert_cmpstr (fetched, ==, host->commits[1]);
  fetch (host, candidate, TRUE);
  g_autofree char *followed = local_ref (host);
  g_assert_cmpstr (followed, ==, host->commits[2]);
  /* All is here: nobody is asked, not even one who is gone. */
  g_object_unref (host->repo);
  folder_remove (&host->folder, "repo");
  fetch (host, candidate, TRUE);
  host->repo = sample_repo (&host->folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/candidate/newest", test_newest);
  sample_host_test ("/candidate/named", test_named);
  sample_host_test ("/candidate/named-without-server", test_named_without_server);
  sample_host_test ("/candidate/refspecs", test_refspecs);
  sample_host_test ("/candidate/unsigned", test_unsigned);
  sample_host_test ("/candidate/architecture", test_architecture);
  folder_test ("/candidate/judge-time", test_judge_time);
  folder_test ("/candidate/judge-known-bad", test_judge_known_bad);
  sample_host_test ("/candidate/fetch", test_fetch);
  return g_test_run ();
}
