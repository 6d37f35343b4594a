/* host/rollback: back, and forth again; what is staged is dropped. */
#include "host/rollback.h"

#include <string.h>

#include "host/boot.h"
#include "host/record.h"
#include "host/upgrade.h"
#include "sample-host.h"
#include "state/bootenv.h"
#include "state/paths.h"

static HdOperation
roll_back (SampleHost *host)
{
  return sample_host_do (host, hd_rollback_run, "rollback", "{}");
}

static void
test_twice (SampleHost *host, gconstpointer data)
{
  sample_host_upgrade (host);
  g_auto (HdOperation) back = roll_back (host);
  sample_host_assert_order (host, "1 2");
  g_assert_nonnull (strstr (back.message, "the next boot starts version 1 ("));
  g_assert_nonnull (strstr (back.message, "/etc"));
  g_assert_nonnull (strstr (back.hint, "systemctl reboot"));
  const hd_json *to = hd_json_get (back.data, "to");
  const hd_json *from = hd_json_get (back.data, "from");
  g_assert_cmpstr (hd_json_get_string (from, "version", NULL), ==, "2");
  g_assert_cmpstr (hd_json_get_string (to, "commit", NULL), ==, host->commits[1]);
  g_auto (HdOperation) forth = roll_back (host);
  sample_host_assert_order (host, "2 1");
  sample_host_assert_history (host, "staged deployed rollback rollback");
}

static void
test_staged_is_dropped (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  sample_host_upgrade (host);
  host->commits[3]
      = sample_release (host->repo, &host->folder, 3, 3 * SAMPLE_DAY, host->commits[2], NULL);
  sample_sign (host->repo, host->commits[3], &host->folder, "good");
  g_auto (HdOperation) staged = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  sample_host_assert_order (host, "3S 2 1");
  g_auto (HdOperation) back = roll_back (host);
  sample_host_assert_order (host, "1 2");
  g_assert_nonnull (strstr (back.message, "what was staged is dropped"));
  g_assert_false (folder_has (&f, HD_PATH_STAGED));
}

/* One that was given up and is wanted all the same gets its three tries. */
static void
test_failed_is_tried_again (SampleHost *host, gconstpointer data)
{
  HdBootEnv env;
  g_autoptr (GError) error = NULL;
  sample_host_upgrade (host);
  g_auto (HdOperation) back = roll_back (host);
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (host->sysroot);
  gboolean ok = hd_record_boot_state (host->sysroot, g_ptr_array_index (deployments, 1),
                                      HD_BOOT_FAILED, NULL, &error)
                && hd_sysroot_reload (host->sysroot, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_auto (HdOperation) forth = roll_back (host);
  sample_host_assert_order (host, "2 1");
  ok = hd_bootenv_read (host->sysroot->boot_fd, &env, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (env.tries, ==, HD_BOOTENV_TRIES);
}

static void
test_nothing_to_go_back_to (SampleHost *host, gconstpointer data)
{
  g_autofree char *hint = sample_host_refuse (host, hd_rollback_run, "rollback", "{}", HD_NOT_FOUND,
                                              "there is no deployment to go back to");
  g_assert_nonnull (strstr (hint, "atomic host deploy"));
  sample_host_assert_order (host, "1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/rollback/twice", test_twice);
  sample_host_test ("/rollback/staged-is-dropped", test_staged_is_dropped);
  sample_host_test ("/rollback/failed-is-tried-again", test_failed_is_tried_again);
  sample_host_test ("/rollback/nothing-to-go-back-to", test_nothing_to_go_back_to);
  return g_test_run ();
}
