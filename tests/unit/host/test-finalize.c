/* host/finalize: from the record to the default deployment, also after an interruption. */
#include "host/finalize.h"

#include <stdio.h>
#include <string.h>

#include "host/recover.h"
#include "host/upgrade.h"
#include "sample-host.h"
#include "state/bootenv.h"
#include "state/paths.h"
#include "state/staged.h"

static void
stage (SampleHost *host)
{
  g_auto (HdOperation) done = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
}

static void
finalize (SampleHost *host)
{
  g_auto (HdOperation) done = sample_host_do_unit (host, hd_finalize_run, "finalize");
  g_assert_nonnull (strstr (done.message, "is what the next boot starts"));
}

static char *
deployed (SampleHost *host, int version, const char *path)
{
  return g_strdup_printf (HD_PATH_DEPLOY "/" SAMPLE_STATEROOT "/deploy/%s.0/%s",
                          host->commits[version], path);
}

/* What is written to /etc after staging counts as well. */
static void
test_whole (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  HdBootEnv env;
  g_autofree char *old_etc = deployed (host, 1, "etc/late");
  g_autofree char *new_etc = deployed (host, 2, "etc/late");
  g_autofree char *new_release = deployed (host, 2, "etc/release");
  stage (host);
  folder_write (&f, old_etc, "written after staging");
  finalize (host);
  sample_host_assert_order (host, "2 1");
  sample_host_assert_history (host, "staged deployed");
  folder_assert_text (&f, new_etc, "written after staging");
  folder_assert_text (&f, new_release, "version 2\n");
  g_assert_false (folder_has (&f, HD_PATH_STAGED));
  gboolean ok = hd_bootenv_read (host->sysroot->boot_fd, &env, NULL);
  g_assert_true (ok);
  g_assert_cmpint (env.tries, ==, HD_BOOTENV_TRIES);
}

static void
test_nothing (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  HdOperation operation = { .sysroot = host->sysroot };
  gboolean ok = hd_finalize_run (&operation, &error);
  g_assert_false (ok);
  assert_refused (error, HD_NOTHING, "nothing is staged");
}

/* The third version gives way to nothing: only the default and its fallback are kept. */
static void
test_order (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  g_autofree char *first = deployed (host, 1, "usr");
  sample_host_upgrade (host);
  host->commits[3]
      = sample_release (host->repo, &host->folder, 3, 3 * SAMPLE_DAY, host->commits[2], NULL);
  sample_sign (host->repo, host->commits[3], &host->folder, "good");
  stage (host);
  finalize (host);
  sample_host_assert_order (host, "3 2");
  g_assert_false (folder_has (&f, first));
}

static void
assert_finalize_refused (SampleHost *host, hd_code code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_auto (HdOperation) operation = { .sysroot = host->sysroot };
  gboolean ok = hd_finalize_run (&operation, &error);
  g_assert_false (ok);
  assert_refused (error, code, part);
}

static void
test_tree_is_gone (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  stage (host);
  folder_remove (&f, HD_PATH_TREES);
  assert_finalize_refused (host, HD_NOT_FOUND, "is gone; what was staged is dropped");
  g_assert_false (folder_has (&f, HD_PATH_STAGED));
  sample_host_assert_order (host, "1");
}

static void
test_malformed_record (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  folder_write (&f, HD_PATH_STAGED, "[staged]\n");
  assert_finalize_refused (host, HD_CONFIG, "is malformed");
  sample_host_assert_order (host, "1");
}

/* A file came into the way of a folder after staging: the old deployment stands, the record too. */
static void
test_conflict (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  g_autofree char *file = deployed (host, 1, "etc/conf.d");
  folder_write (&host->folder, "tree/usr/etc/conf.d/default", "a folder of version 3");
  host->commits[3]
      = sample_release (host->repo, &host->folder, 3, 3 * SAMPLE_DAY, host->commits[2], NULL);
  sample_sign (host->repo, host->commits[3], &host->folder, "good");
  stage (host);
  folder_write (&f, file, "a file of the owner");
  assert_finalize_refused (host, HD_FAILED, "/etc/conf.d was changed here");
  sample_host_assert_order (host, "3S 1");
  folder_remove (&f, file);
  finalize (host);
  sample_host_assert_order (host, "3 1");
}

/* Interrupted when the tree was in its place and the boot entries were not written: recovery and
 * the next try bring it to its end. */
static void
test_interrupted (SampleHost *host, gconstpointer data)
{
  stage (host);
  g_autoptr (HdStaged) staged = hd_staged_read (host->sysroot->fd, NULL);
  g_autofree char *tree = hd_staged_tree_path (staged);
  g_autofree char *origin = hd_staged_origin_path (staged);
  g_autofree char *place = g_strdup_printf (HD_PATH_DEPLOY "/" SAMPLE_STATEROOT "/deploy/%s.%d",
                                            staged->commit, staged->serial);
  g_autofree char *origin_place = g_strconcat (place, ".origin", NULL);
  int r = renameat (host->sysroot->fd, tree, host->sysroot->fd, place);
  g_assert_cmpint (r, ==, 0);
  r = renameat (host->sysroot->fd, origin, host->sysroot->fd, origin_place);
  g_assert_cmpint (r, ==, 0);
  g_auto (HdOperation) recovered = sample_host_do_unit (host, hd_recover_run, "recover");
  sample_host_assert_order (host, "2S 1");
  finalize (host);
  sample_host_assert_order (host, "2 1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/finalize/whole", test_whole);
  sample_host_test ("/finalize/nothing", test_nothing);
  sample_host_test ("/finalize/order", test_order);
  sample_host_test ("/finalize/tree-is-gone", test_tree_is_gone);
  sample_host_test ("/finalize/malformed-record", test_malformed_record);
  sample_host_test ("/finalize/conflict", test_conflict);
  sample_host_test ("/finalize/interrupted", test_interrupted);
  return g_test_run ();
}
