/* host/pull: what comes from a repository on the same machine; servers and their bad days are
 * driven by tests/cli. */
#include "host/pull.h"

#include <string.h>

#include "sample-host.h"

typedef struct
{
  Folder folder;
  OstreeRepo *server;
  OstreeRepo *repo; /* where it comes to */
  char *commits[4]; /* 1 to 3, a chain */
  HdPull pull;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  folder_set_up_in_memory (&f->folder, NULL);
  folder_make (&f->folder, "trusted");
  f->server = sample_repo (&f->folder);
  for (int i = 1; i <= 3; i++)
    f->commits[i]
        = sample_release (f->server, &f->folder, i, i * SAMPLE_DAY, f->commits[i - 1], NULL);
  f->repo
      = ostree_repo_create_at (f->folder.fd, "here", OSTREE_REPO_MODE_ARCHIVE, NULL, NULL, &error);
  g_assert_no_error (error);
  ostree_repo_set_disable_fsync (f->repo, TRUE);
  sample_remote (f->repo, &f->folder);
  f->pull = (HdPull){ .repo = f->repo, .remote = SAMPLE_REMOTE, .timeout_seconds = 60 };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->server);
  g_object_unref (f->repo);
  for (gsize i = 0; i < G_N_ELEMENTS (f->commits); i++)
    g_free (f->commits[i]);
  folder_tear_down (&f->folder, NULL);
}

/* "none", "metadata" (the commit object alone) or "whole". */
static const char *
what_is_here (Fixture *f, int version)
{
  OstreeRepoCommitState state;
  if (!ostree_repo_load_commit (f->repo, f->commits[version], NULL, &state, NULL))
    return "none";
  return (state & OSTREE_REPO_COMMIT_STATE_PARTIAL) != 0 ? "metadata" : "whole";
}

static void
assert_ref (Fixture *f, const char *expected)
{
  g_autofree char *commit = NULL;
  (void)ostree_repo_resolve_rev (f->repo, SAMPLE_REFSPEC, TRUE, &commit, NULL);
  g_assert_cmpstr (commit, ==, expected);
}

static void
test_ref (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *commit = NULL;
  gboolean ok = hd_pull_ref (&f->pull, SAMPLE_REF, &commit, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpstr (commit, ==, f->commits[3]);
  g_assert_cmpstr (what_is_here (f, 3), ==, "metadata");
  g_assert_cmpstr (what_is_here (f, 2), ==, "none");
  assert_ref (f, NULL);
}

static void
test_metadata (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_pull_metadata (&f->pull, f->commits[3], 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpstr (what_is_here (f, 3), ==, "metadata");
  g_assert_cmpstr (what_is_here (f, 2), ==, "metadata");
  g_assert_cmpstr (what_is_here (f, 1), ==, "none");
  ok = hd_pull_metadata (&f->pull, f->commits[3], -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpstr (what_is_here (f, 1), ==, "metadata");
}

static void
test_content (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint64 bytes = 42;
  gboolean ok = hd_pull_content (&f->pull, NULL, f->commits[2], &bytes, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpuint (bytes, ==, 0); /* none of them over a network */
  g_assert_cmpstr (what_is_here (f, 2), ==, "whole");
  assert_ref (f, NULL);
  ok = hd_pull_content (&f->pull, SAMPLE_REF, f->commits[3], &bytes, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpstr (what_is_here (f, 3), ==, "whole");
  assert_ref (f, f->commits[3]);
}

/* Also from the same machine, every object is compared with its name. */
static void
test_damaged (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint64 bytes;
  g_autofree char *objects = g_build_filename (f->folder.path, "repo", "objects", NULL);
  const char *const flip[] = { "find",     objects,     "-name", "*.dirtree", "-exec",
                               "truncate", "--size=-1", "{}",    "+",         NULL };
  g_free (sample_run (flip));
  gboolean ok = hd_pull_content (&f->pull, SAMPLE_REF, f->commits[3], &bytes, NULL, &error);
  g_assert_false (ok);
  assert_refused (error, HD_CORRUPT, SAMPLE_REMOTE);
  g_assert_cmpstr (what_is_here (f, 3), !=, "whole");
  assert_ref (f, NULL);
}

static void
assert_ref_refused (Fixture *f, const char *remote, const char *ref, GCancellable *cancellable,
                    hd_code code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *commit = NULL;
  HdPull pull = f->pull;
  pull.remote = remote;
  gboolean ok = hd_pull_ref (&pull, ref, &commit, cancellable, &error);
  g_assert_false (ok);
  g_assert_null (commit);
  assert_refused (error, code, part);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  guint64 bytes;
  g_cancellable_cancel (cancelled);
  assert_ref_refused (f, SAMPLE_REMOTE, "other", NULL, HD_NOT_FOUND, "other");
  assert_ref_refused (f, "elsewhere", SAMPLE_REF, NULL, HD_NOT_FOUND, "elsewhere");
  assert_ref_refused (f, SAMPLE_REMOTE, SAMPLE_REF, cancelled, HD_CANCELLED, "");
  g_autofree char *nobody = g_strnfill (64, '0');
  gboolean ok = hd_pull_content (&f->pull, NULL, nobody, &bytes, NULL, &error);
  g_assert_false (ok);
  assert_refused (error, HD_NOT_FOUND, nobody);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define test(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  test ("/pull/ref", test_ref);
  test ("/pull/metadata", test_metadata);
  test ("/pull/content", test_content);
  test ("/pull/damaged", test_damaged);
  test ("/pull/refused", test_refused);
  return g_test_run ();
}
