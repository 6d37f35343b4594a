/* host/recover: what an interruption left is brought to one state; what is whole stays untouched.
 */
#include "host/recover.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "host/prune.h"
#include "host/upgrade.h"
#include "sample-host.h"
#include "state/bootenv.h"
#include "state/paths.h"
#include "state/staged.h"

static void
recover (SampleHost *host)
{
  g_auto (HdOperation) done = sample_host_do_unit (host, hd_recover_run, "recover");
  g_assert_cmpstr (done.message, ==, "boot entries and staged deployment are whole");
}

static struct timespec
written_at (SampleHost *host, const char *path)
{
  struct stat st;
  int r = fstatat (host->sysroot->fd, path, &st, AT_SYMLINK_NOFOLLOW);
  g_assert_cmpint (r, ==, 0);
  return st.st_mtim;
}

static void
test_whole (SampleHost *host, gconstpointer data)
{
  static const char *const paths[]
      = { "boot/atomic/env", "boot/atomic/set-0.cfg", "boot/atomic/set-1.cfg", "boot/loader" };
  struct timespec before[G_N_ELEMENTS (paths)];
  sample_host_upgrade (host);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    before[i] = written_at (host, paths[i]);
  recover (host);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      struct timespec after = written_at (host, paths[i]);
      g_test_message ("%s", paths[i]);
      g_assert_cmpmem (&before[i], sizeof before[i], &after, sizeof after);
    }
}

/* Environment and sets are made again from libostree's entries. */
static void
test_boot_files (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  HdBootEnv before, after;
  sample_host_upgrade (host);
  gboolean ok = hd_bootenv_read (host->sysroot->boot_fd, &before, NULL);
  g_assert_true (ok);
  g_autofree char *path = g_strdup_printf ("boot/atomic/set-%d.cfg", before.set);
  g_autofree char *text = folder_read (&f, path);
  folder_write (&f, path, "half a s");
  folder_remove (&f, "boot/atomic/env");
  recover (host);
  folder_assert_text (&f, path, text);
  ok = hd_bootenv_read (host->sysroot->boot_fd, &after, NULL);
  g_assert_true (ok);
  g_assert_cmpint (after.set, ==, before.set);
}

/* Tries that have been taken are not given back. */
static void
test_tries_are_kept (SampleHost *host, gconstpointer data)
{
  HdBootEnv env;
  sample_host_upgrade (host);
  gboolean ok = hd_bootenv_read (host->sysroot->boot_fd, &env, NULL);
  g_assert_true (ok);
  g_assert_cmpint (env.tries, ==, HD_BOOTENV_TRIES);
  env.tries = 1;
  ok = hd_bootenv_write (host->sysroot->boot_fd, &env, NULL);
  g_assert_true (ok);
  recover (host);
  ok = hd_bootenv_read (host->sysroot->boot_fd, &env, NULL);
  g_assert_true (ok);
  g_assert_cmpint (env.tries, ==, 1);
}

static char *
staged_ref (SampleHost *host)
{
  char *commit = NULL;
  (void)ostree_repo_resolve_rev (host->sysroot->repo, HD_STAGED_REF, TRUE, &commit, NULL);
  return commit;
}

/* Interrupted between record and ref. */
static void
test_ref (SampleHost *host, gconstpointer data)
{
  g_auto (HdOperation) staged = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  gboolean ok
      = ostree_repo_set_ref_immediate (host->sysroot->repo, NULL, HD_STAGED_REF, NULL, NULL, NULL);
  g_assert_true (ok);
  recover (host);
  g_autofree char *commit = staged_ref (host);
  g_assert_cmpstr (commit, ==, host->commits[2]);
}

/* Interrupted between boot entries and record: it is deployed, so nothing is staged. */
static void
test_deployed_already (SampleHost *host, gconstpointer data)
{
  g_auto (HdOperation) staged = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  Folder f = sample_host_folder (host);
  g_autofree char *record = folder_read (&f, HD_PATH_STAGED);
  sample_host_finalize (host);
  folder_write (&f, HD_PATH_STAGED, record);
  recover (host);
  g_assert_false (folder_has (&f, HD_PATH_STAGED));
  sample_host_assert_order (host, "2 1");
  g_assert_null (staged_ref (host));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/recover/whole", test_whole);
  sample_host_test ("/recover/boot-files", test_boot_files);
  sample_host_test ("/recover/tries-are-kept", test_tries_are_kept);
  sample_host_test ("/recover/ref", test_ref);
  sample_host_test ("/recover/deployed-already", test_deployed_already);
  return g_test_run ();
}
