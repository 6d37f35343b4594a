/* host/bootloader: boot sets and environment after a change, twice, and with something missing. */
#include "host/bootloader.h"

#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "host/record.h"
#include "sample-host.h"
#include "state/bls.h"
#include "state/bootenv.h"
#include "state/kargs.h"

static HdBootEnv
read_env (SampleHost *host)
{
  g_autoptr (GError) error = NULL;
  HdBootEnv env = { -1, -1 };
  gboolean ok = hd_bootenv_read (host->sysroot->boot_fd, &env, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  return env;
}

static void
commit (SampleHost *host)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_bootloader_commit (host->sysroot, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static char *
read_set (SampleHost *host, int set)
{
  Folder f = sample_host_folder (host);
  g_autofree char *path = g_strdup_printf ("boot/atomic/set-%d.cfg", set);
  return folder_read (&f, path);
}

/* The set that counts is libostree's, the other set's file is its copy, and a lone deployment is
 * not on trial. */
static void
test_first (SampleHost *host, gconstpointer data)
{
  HdBootEnv env = read_env (host);
  int current = -1;
  gboolean ok = hd_bls_current_set (host->sysroot->boot_fd, &current, NULL);
  g_assert_true (ok);
  g_assert_cmpint (env.set, ==, current);
  g_assert_cmpint (env.tries, ==, HD_BOOTENV_NOT_COUNTING);
  g_autofree char *zero = read_set (host, 0);
  g_autofree char *one = read_set (host, 1);
  g_assert_cmpstr (zero, ==, one);
  g_assert_nonnull (strstr (zero, "--id atomic-0 {"));
  g_assert_null (strstr (zero, "--id atomic-1 {"));
}

static void
test_change (SampleHost *host, gconstpointer data)
{
  HdBootEnv before = read_env (host);
  sample_host_upgrade (host);
  HdBootEnv after = read_env (host);
  g_assert_cmpint (after.set, ==, 1 - before.set);
  g_assert_cmpint (after.tries, ==, HD_BOOTENV_TRIES);
  g_autofree char *zero = read_set (host, 0);
  g_autofree char *one = read_set (host, 1);
  g_assert_cmpstr (zero, ==, one);
  /* Version 2 first; each with arguments of its own. */
  const char *second = strstr (zero, "linux '/ostree/");
  const char *first = second != NULL ? strstr (second + 1, "linux '/ostree/") : NULL;
  g_assert_nonnull (first);
  g_assert_true (strstr (second, "vmlinuz-6.2'") < first);
  g_assert_nonnull (strstr (first, "vmlinuz-6.1'"));
  g_autofree char *deployment
      = g_strdup_printf ("'" HD_KARG_DEPLOYMENT "=%.8s.0'", host->commits[2]);
  g_autofree char *link = g_strdup_printf ("'ostree=/ostree/boot.%d", after.set);
  g_assert_nonnull (strstr (zero, deployment));
  g_assert_nonnull (strstr (zero, link));
}

static ino_t
inode_of (SampleHost *host, const char *path)
{
  struct stat st;
  int r = fstatat (host->sysroot->boot_fd, path, &st, 0);
  g_assert_cmpint (r, ==, 0);
  return st.st_ino;
}

static void
test_again (SampleHost *host, gconstpointer data)
{
  static const char *const paths[] = { "atomic/env", "atomic/set-0.cfg", "atomic/set-1.cfg" };
  ino_t before[G_N_ELEMENTS (paths)];
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    before[i] = inode_of (host, paths[i]);
  commit (host);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    g_assert_cmpuint (inode_of (host, paths[i]), ==, before[i]);
}

/* Interrupted at each step: the same commit again makes all of it. */
static void
test_repairs (SampleHost *host, gconstpointer data)
{
  Folder f = sample_host_folder (host);
  sample_host_upgrade (host);
  HdBootEnv env = read_env (host);
  g_autofree char *wanted = read_set (host, env.set);
  g_autofree char *this_set = g_strdup_printf ("boot/atomic/set-%d.cfg", env.set);
  g_autofree char *other_set = g_strdup_printf ("boot/atomic/set-%d.cfg", 1 - env.set);
  const char *const damaged[] = { this_set, other_set, "boot/atomic/env", "boot/atomic" };
  for (gsize i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_test_message ("%s", damaged[i]);
      folder_remove (&f, damaged[i]);
      commit (host);
      g_assert_cmpint (read_env (host).set, ==, env.set);
      folder_assert_text (&f, this_set, wanted);
      folder_assert_text (&f, other_set, wanted);
    }
  /* The link was switched, the environment was not. */
  HdBootEnv old = { 1 - env.set, HD_BOOTENV_NOT_COUNTING };
  gboolean ok = hd_bootenv_write (host->sysroot->boot_fd, &old, NULL);
  g_assert_true (ok);
  commit (host);
  g_assert_cmpint (read_env (host).set, ==, env.set);
  g_assert_cmpint (read_env (host).tries, ==, HD_BOOTENV_TRIES);
}

static void
set_boot_state (SampleHost *host, HdBootState state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (host->sysroot);
  gboolean ok = hd_record_boot_state (host->sysroot, g_ptr_array_index (deployments, 0), state,
                                      NULL, &error)
                && hd_sysroot_reload (host->sysroot, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
assert_tries_of_new_env (SampleHost *host, int tries)
{
  Folder f = sample_host_folder (host);
  folder_remove (&f, "boot/atomic/env");
  commit (host);
  g_assert_cmpint (read_env (host).tries, ==, tries);
}

/* On trial is what is new, and has something to fall back to. */
static void
test_trial (SampleHost *host, gconstpointer data)
{
  set_boot_state (host, HD_BOOT_NEW);
  assert_tries_of_new_env (host, HD_BOOTENV_NOT_COUNTING);
  set_boot_state (host, HD_BOOT_GOOD);
  sample_host_upgrade (host);
  assert_tries_of_new_env (host, HD_BOOTENV_TRIES);
  set_boot_state (host, HD_BOOT_GOOD);
  assert_tries_of_new_env (host, HD_BOOTENV_NOT_COUNTING);
}

static void
test_stop_counting (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  sample_host_upgrade (host);
  int set = read_env (host).set;
  for (int i = 0; i < 2; i++)
    {
      gboolean ok = hd_bootloader_stop_counting (host->sysroot, &error);
      g_assert_no_error (error);
      g_assert_true (ok);
      g_assert_cmpint (read_env (host).tries, ==, HD_BOOTENV_NOT_COUNTING);
      g_assert_cmpint (read_env (host).set, ==, set);
      /* Not armed again. */
      commit (host);
    }
  Folder f = sample_host_folder (host);
  folder_remove (&f, "boot/atomic/env");
  gboolean ok = hd_bootloader_stop_counting (host->sysroot, &error);
  g_assert_false (ok);
  assert_refused (error, HD_NOT_FOUND, "/boot/atomic/env");
}

/* A set whose kernel is not there is not made to count. */
static void
test_kernel_is_gone (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Folder f = sample_host_folder (host);
  g_autoptr (GPtrArray) entries
      = hd_bls_read_set (host->sysroot->boot_fd, read_env (host).set, NULL);
  const HdBlsEntry *entry = g_ptr_array_index (entries, 0);
  g_autofree char *kernel = g_strconcat ("boot", entry->kernel, NULL);
  folder_remove (&f, "boot/atomic");
  folder_remove (&f, kernel);
  gboolean ok = hd_bootloader_commit (host->sysroot, &error);
  g_assert_false (ok);
  assert_refused (error, HD_BOOTLOADER, entry->kernel);
  g_assert_false (folder_has (&f, "boot/atomic/env"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/bootloader/first", test_first);
  sample_host_test ("/bootloader/change", test_change);
  sample_host_test ("/bootloader/again", test_again);
  sample_host_test ("/bootloader/repairs", test_repairs);
  sample_host_test ("/bootloader/trial", test_trial);
  sample_host_test ("/bootloader/stop-counting", test_stop_counting);
  sample_host_test ("/bootloader/kernel-is-gone", test_kernel_is_gone);
  return g_test_run ();
}
