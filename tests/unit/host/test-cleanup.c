/* host/cleanup: each kind takes what it names and nothing else. */
#include "host/cleanup.h"

#include <string.h>

#include "host/pin.h"
#include "host/upgrade.h"
#include "sample-host.h"
#include "sample-sysroot.h"
#include "state/paths.h"

static HdOperation
clean (SampleHost *host, const char *options)
{
  return sample_host_do (host, hd_cleanup_run, "cleanup", options);
}

/* What waits for finalizing can still be finalized. */
static void
test_pending_stays (SampleHost *host, gconstpointer data)
{
  g_auto (HdOperation) staged = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  g_auto (HdOperation) others
      = clean (host, "{\"base\": true, \"repo\": true, \"rollback\": true}");
  sample_host_assert_order (host, "2S 1");
  sample_host_finalize (host);
  sample_host_assert_order (host, "2 1");
}

static void
test_pending_goes (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  g_auto (HdOperation) staged = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  g_assert_cmpuint (folder_count (&f, "boot/ostree"), ==, 2);
  g_auto (HdOperation) pending = clean (host, "{\"pending\": true}");
  sample_host_assert_order (host, "1");
  g_assert_false (folder_has (&f, HD_PATH_STAGED));
  g_assert_cmpuint (folder_count (&f, "boot/ostree"), ==, 1);
  sample_host_assert_history (host, "staged dropped");
  g_auto (HdOperation) nothing_left = clean (host, "{\"pending\": true}");
  sample_host_assert_history (host, "staged dropped");
}

/* The way out that the message of a malformed record names. */
static void
test_malformed_record (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  folder_write (&f, HD_PATH_STAGED, "[staged]\n");
  g_auto (HdOperation) pending = clean (host, "{\"pending\": true}");
  g_assert_false (folder_has (&f, HD_PATH_STAGED));
}

static void
test_rollback (SampleHost *host, gconstpointer data)
{
  sample_host_upgrade (host);
  g_auto (HdOperation) pinned = sample_host_do (host, hd_pin_run, "pin", "{\"deployment\": \"1\"}");
  g_auto (HdOperation) kept = clean (host, "{\"rollback\": true}");
  sample_host_assert_order (host, "2 1P");
  g_auto (HdOperation) unpinned
      = sample_host_do (host, hd_unpin_run, "unpin", "{\"deployment\": \"1\"}");
  g_auto (HdOperation) done = clean (host, "{\"rollback\": true}");
  sample_host_assert_order (host, "2");
  Folder f = sample_host_folder (host);
  g_autofree char *tree
      = g_strdup_printf (HD_PATH_DEPLOY "/" SAMPLE_STATEROOT "/deploy/%s.0", host->commits[1]);
  g_assert_false (folder_has (&f, tree));
  /* Nor does its kernel take room in /boot. */
  g_assert_cmpuint (folder_count (&f, "boot/ostree"), ==, 1);
}

/* Without options: leftovers and objects. */
static void
test_default (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  g_autofree char *object = sample_commit_path (host->commits[1]);
  sample_host_upgrade (host);
  g_auto (HdOperation) rollback = clean (host, "{\"rollback\": true}");
  g_assert_cmpint (hd_json_get_int (rollback.data, "freed_bytes", -1), ==, 0);
  g_assert_true (folder_has (&f, object));
  folder_write (&f, HD_PATH_TREES "/" SAMPLE_A ".0/file", "leftover");
  g_auto (HdOperation) done = clean (host, "{}");
  g_assert_cmpint (hd_json_get_int (done.data, "freed_bytes", -1), >, 0);
  g_assert_nonnull (strstr (done.message, "cleaned up, free now: "));
  g_assert_false (folder_has (&f, object));
  g_assert_false (folder_has (&f, HD_PATH_TREES "/" SAMPLE_A ".0"));
  sample_host_assert_order (host, "2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/cleanup/pending-stays", test_pending_stays);
  sample_host_test ("/cleanup/pending-goes", test_pending_goes);
  sample_host_test ("/cleanup/malformed-record", test_malformed_record);
  sample_host_test ("/cleanup/rollback", test_rollback);
  sample_host_test ("/cleanup/default", test_default);
  return g_test_run ();
}
