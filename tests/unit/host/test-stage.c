/* host/stage: what waits for finalizing, and that what cannot be staged leaves nothing. */
#include "host/stage.h"

#include <string.h>

#include "host/finalize.h"
#include "host/upgrade.h"
#include "sample-host.h"
#include "state/paths.h"
#include "state/staged.h"

#define TREES HD_PATH_TREES

static char *
in_deployed (SampleHost *host, const char *path)
{
  return g_strdup_printf (HD_PATH_DEPLOY "/" SAMPLE_STATEROOT "/deploy/%s.0/%s", host->commits[1],
                          path);
}

static void
test_tree (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  g_autofree char *ours = in_deployed (host, "etc/ours");
  folder_write (&f, ours, "of the owner");
  g_auto (HdOperation) done = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  g_autoptr (HdStaged) staged = hd_staged_read (f.fd, NULL);
  g_autofree char *tree = hd_staged_tree_path (staged);
  g_autofree char *origin = hd_staged_origin_path (staged);
  g_autofree char *release = g_strconcat (tree, "/etc/release", NULL);
  g_autofree char *rehearsed = g_strconcat (tree, "/etc/ours", NULL);
  g_autofree char *kernel
      = g_strdup_printf ("boot/ostree/" SAMPLE_STATEROOT "-%s/vmlinuz-6.2", staged->boot_checksum);
  folder_assert_text (&f, release, "version 2\n");
  folder_assert_text (&f, rehearsed, "of the owner");
  folder_assert_text (&f, kernel, "version 2\n");
  g_assert_true (folder_has (&f, origin));
  /* Nothing that a boot loader reads has changed. */
  g_assert_cmpuint (folder_count (&f, "boot/loader/entries"), ==, 1);
  g_assert_cmpuint (folder_count (&f, HD_PATH_DEPLOY "/" SAMPLE_STATEROOT "/deploy"), ==, 2);
}

static void
release_third (SampleHost *host)
{
  host->commits[3]
      = sample_release (host->repo, &host->folder, 3, 3 * SAMPLE_DAY, host->commits[2], NULL);
  sample_sign (host->repo, host->commits[3], &host->folder, "good");
}

static void
test_replaces (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  g_auto (HdOperation) second = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  release_third (host);
  g_auto (HdOperation) third = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  sample_host_assert_order (host, "3S 1");
  g_assert_cmpuint (folder_count (&f, TREES), ==, 2); /* tree and origin */
}

/* A file that the new version has a folder for: refused now, not at shutdown, and what was staged
 * before stands. */
static void
test_conflict (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  g_auto (HdOperation) second = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  g_autofree char *file = in_deployed (host, "etc/conf.d");
  folder_write (&f, file, "a file of the owner");
  folder_write (&host->folder, "tree/usr/etc/conf.d/default", "a folder of version 3");
  release_third (host);
  g_autofree char *hint = sample_host_refuse (host, hd_upgrade_run, "upgrade", "{}", HD_FAILED,
                                              "/etc/conf.d was changed here");
  g_assert_nonnull (strstr (hint, "move it out of the way"));
  sample_host_assert_order (host, "2S 1");
  g_assert_cmpuint (folder_count (&f, TREES), ==, 2);
  g_assert_cmpuint (folder_count (&f, HD_PATH_DEPLOY "/" SAMPLE_STATEROOT "/deploy"), ==, 2);
  folder_remove (&f, file);
  g_auto (HdOperation) third = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  sample_host_assert_order (host, "3S 1");
}

static void
test_cancelled (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GKeyFile) origin = g_key_file_new ();
  static const char *const kargs[] = { NULL };
  const HdStage wanted = {
    .stateroot = SAMPLE_STATEROOT, .commit = host->commits[1], .kargs = kargs, .origin = origin
  };
  HdOperation operation = { .sysroot = host->sysroot, .cancellable = cancelled };
  g_cancellable_cancel (cancelled);
  gboolean ok = hd_stage (&operation, &wanted, &error);
  g_assert_false (ok);
  assert_refused (error, HD_CANCELLED, "");
  sample_host_assert_order (host, "1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/stage/tree", test_tree);
  sample_host_test ("/stage/replaces", test_replaces);
  sample_host_test ("/stage/conflict", test_conflict);
  sample_host_test ("/stage/cancelled", test_cancelled);
  return g_test_run ();
}
