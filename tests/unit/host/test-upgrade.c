/* host/upgrade: upgrade, deploy and rebase, as far as their options ask. */
#include "host/upgrade.h"

#include <string.h>

#include "host/pin.h"
#include "sample-host.h"
#include "state/check.h"
#include "state/history.h"
#include "state/origin.h"
#include "state/staged.h"

static HdOperation
upgrade (SampleHost *host, const char *options)
{
  return sample_host_do (host, hd_upgrade_run, "upgrade", options);
}

static void
assert_seen (SampleHost *host, const char *commit, const char *version)
{
  g_autoptr (HdCheck) check = hd_check_read (host->sysroot->fd);
  g_assert_nonnull (check);
  g_assert_cmpstr (check->refspec, ==, SAMPLE_REFSPEC);
  g_assert_cmpstr (check->commit, ==, commit);
  g_assert_cmpstr (check->version, ==, version);
}

static void
assert_local_ref (SampleHost *host, const char *commit)
{
  g_autofree char *here = NULL;
  (void)ostree_repo_resolve_rev (host->sysroot->repo, SAMPLE_REFSPEC, TRUE, &here, NULL);
  g_assert_cmpstr (here, ==, commit);
}

static void
test_stages (SampleHost *host, gconstpointer data)
{
  g_auto (HdOperation) done = upgrade (host, "{}");
  g_assert_true (g_str_has_prefix (done.message, "version 2 ("));
  g_assert_nonnull (strstr (done.message, "is staged"));
  g_assert_true (hd_json_get_bool (done.data, "staged", false));
  g_assert_cmpstr (hd_json_get_string (hd_json_get (done.data, "next"), "version", NULL), ==, "2");
  sample_host_assert_order (host, "2S 1");
  sample_host_assert_history (host, "staged");
  assert_seen (host, host->commits[2], "2");
  assert_local_ref (host, host->commits[2]);

  g_autoptr (HdStaged) staged = hd_staged_read (host->sysroot->fd, NULL);
  g_autofree char *merge = g_strdup_printf (SAMPLE_STATEROOT "-%s.0", host->commits[1]);
  g_autofree char *path = hd_staged_origin_path (staged);
  g_autoptr (HdOrigin) origin = hd_origin_read (host->sysroot->fd, path);
  g_assert_cmpstr (staged->merge, ==, merge);
  assert_words ((const char *const *)staged->kargs, "quiet|root=LABEL=root");
  g_assert_cmpstr (origin->refspec, ==, SAMPLE_REFSPEC);
  g_assert_cmpint (origin->boot_state, ==, HD_BOOT_NEW);
  g_assert_cmpstr (origin->signature_key, ==, host->key);
  g_assert_cmpstr (origin->signature_uid, ==, SAMPLE_UID);
  g_assert_cmpint (origin->verified_at, >, 0);
}

static void
test_nothing_newer (SampleHost *host, gconstpointer data)
{
  g_auto (HdOperation) staged = upgrade (host, "{}");
  g_autofree char *again
      = sample_host_refuse (host, hd_upgrade_run, "upgrade", "{}", HD_NOTHING, "is staged already");
  g_assert_nonnull (strstr (again, "systemctl reboot"));
  sample_host_assert_order (host, "2S 1");
  sample_host_assert_history (host, "staged");
}

static void
test_only_looks (SampleHost *host, gconstpointer data)
{
  static const char *const options[] = { "{\"check\": true}", "{\"preview\": true}" };
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_auto (HdOperation) looked = upgrade (host, options[i]);
      g_assert_nonnull (strstr (looked.message, "is available"));
      g_assert_false (hd_json_get_bool (looked.data, "staged", true));
      sample_host_assert_order (host, "1");
      sample_host_assert_history (host, "");
      assert_seen (host, host->commits[2], "2");
      assert_local_ref (host, host->commits[1]);
    }
}

static void
test_only_downloads (SampleHost *host, gconstpointer data)
{
  OstreeRepoCommitState state;
  g_auto (HdOperation) done = upgrade (host, "{\"download-only\": true}");
  sample_host_assert_order (host, "1");
  gboolean ok = ostree_repo_load_commit (host->sysroot->repo, host->commits[2], NULL, &state, NULL);
  g_assert_true (ok);
  g_assert_cmpint (state & OSTREE_REPO_COMMIT_STATE_PARTIAL, ==, 0);
}

/* Why nothing was found is noted for `status`. */
static void
test_failure_is_noted (SampleHost *host, gconstpointer data)
{
  host->commits[3]
      = sample_release (host->repo, &host->folder, 3, 3 * SAMPLE_DAY, host->commits[2], NULL);
  g_free (
      sample_host_refuse (host, hd_upgrade_run, "upgrade", "{}", HD_SIGNATURE, "has no signature"));
  g_autoptr (HdCheck) check = hd_check_read (host->sysroot->fd);
  g_assert_null (check->commit);
  g_assert_nonnull (strstr (check->error, "has no signature"));
  sample_host_assert_order (host, "1");
}

/* What was found and judged unfit is not offered as available. */
static void
test_known_bad (SampleHost *host, gconstpointer data)
{
  HdHistoryEntry entry = { .time = 1, .event = "failed", .commit = host->commits[2] };
  gboolean ok = hd_history_append (host->sysroot->fd, &entry, NULL);
  g_assert_true (ok);
  g_free (sample_host_refuse (host, hd_upgrade_run, "upgrade", "{}", HD_KNOWN_BAD,
                              "did not start here"));
  g_autoptr (HdCheck) check = hd_check_read (host->sysroot->fd);
  g_assert_null (check->commit);
  g_assert_nonnull (strstr (check->error, "did not start here"));
  g_auto (HdOperation) on_purpose
      = sample_host_do (host, hd_deploy_run, "deploy", "{\"commit\": \"2\"}");
  sample_host_assert_order (host, "2S 1");
}

/* A pin belongs to one deployment. */
static void
test_pin_stays_behind (SampleHost *host, gconstpointer data)
{
  g_auto (HdOperation) pinned = sample_host_do (host, hd_pin_run, "pin", "{\"deployment\": \"0\"}");
  g_auto (HdOperation) done = upgrade (host, "{}");
  sample_host_assert_order (host, "2S 1P");
}

static void
test_deploy (SampleHost *host, gconstpointer data)
{
  g_auto (HdOperation) second
      = sample_host_do (host, hd_deploy_run, "deploy", "{\"commit\": \"2\"}");
  sample_host_assert_order (host, "2S 1");
  assert_local_ref (host, host->commits[1]); /* a version named by hand is not what is followed */
  g_auto (HdOperation) first
      = sample_host_do (host, hd_deploy_run, "deploy", "{\"commit\": \"1\"}");
  sample_host_assert_order (host, "1S 1");
  g_free (sample_host_refuse (host, hd_deploy_run, "deploy", "{}", HD_USAGE,
                              "no commit or version is named"));
  g_free (sample_host_refuse (host, hd_deploy_run, "deploy", "{\"commit\": \"9\"}", HD_NOT_FOUND,
                              "has no version or commit 9"));
  sample_host_assert_order (host, "1S 1");
}

static char *
staged_refspec (SampleHost *host)
{
  g_autoptr (HdStaged) staged = hd_staged_read (host->sysroot->fd, NULL);
  g_assert_nonnull (staged);
  g_autofree char *path = hd_staged_origin_path (staged);
  g_autoptr (HdOrigin) origin = hd_origin_read (host->sysroot->fd, path);
  return g_strdup (origin->refspec);
}

static void
test_rebase (SampleHost *host, gconstpointer data)
{
  static const struct
  {
    const char *options;
    const char *refspec;
  } rows[] = {
    { "{\"refspec\": \"other\"}", "up:other" },
    { "{\"refspec\": \"up:" SAMPLE_REF "\"}", SAMPLE_REFSPEC },
    { "{\"refspec\": \"up:other\", \"commit\": \"1\"}", "up:other" },
  };
  gboolean ok
      = ostree_repo_set_ref_immediate (host->repo, NULL, "other", host->commits[2], NULL, NULL);
  g_assert_true (ok);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (HdOperation) done = sample_host_do (host, hd_rebase_run, "rebase", rows[i].options);
      g_autofree char *refspec = staged_refspec (host);
      g_assert_cmpstr (refspec, ==, rows[i].refspec);
    }
  sample_host_assert_order (host, "1S 1");
  g_free (sample_host_refuse (host, hd_rebase_run, "rebase", "{}", HD_USAGE,
                              "no branch of a remote is named"));
  g_free (sample_host_refuse (host, hd_rebase_run, "rebase", "{\"refspec\": \"elsewhere:\"}",
                              HD_NOT_FOUND, "elsewhere"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/upgrade/stages", test_stages);
  sample_host_test ("/upgrade/nothing-newer", test_nothing_newer);
  sample_host_test ("/upgrade/only-looks", test_only_looks);
  sample_host_test ("/upgrade/only-downloads", test_only_downloads);
  sample_host_test ("/upgrade/failure-is-noted", test_failure_is_noted);
  sample_host_test ("/upgrade/known-bad", test_known_bad);
  sample_host_test ("/upgrade/pin-stays-behind", test_pin_stays_behind);
  sample_host_test ("/upgrade/deploy", test_deploy);
  sample_host_test ("/upgrade/rebase", test_rebase);
  return g_test_run ();
}
