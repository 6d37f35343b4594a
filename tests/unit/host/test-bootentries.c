/* host/bootentries: what is written is what libostree itself would write, and libostree reads it.
 */
#include "host/bootentries.h"

#include <string.h>
#include <unistd.h>

#include "sample-host.h"
#include "state/bls.h"

#define DIGEST_CHARS 64

static Folder
folder_of (SampleHost *host)
{
  return (Folder){ host->path, host->sysroot->fd };
}

/* Check version 2 out beside version 1; the two in boot order, new references. */
static GPtrArray *
deploy_second (SampleHost *host)
{
  char *kargs[] = { (char *)"rw", (char *)"console=tty0", NULL };
  char *refs[] = { (char *)SAMPLE_REF, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (OstreeDeployment) second = NULL;
  g_autoptr (GKeyFile) origin
      = ostree_sysroot_origin_new_from_refspec (host->sysroot->ostree, SAMPLE_REFSPEC);
  gboolean ok
      = ostree_repo_pull (host->sysroot->repo, SAMPLE_REMOTE, refs, 0, NULL, NULL, &error)
        && ostree_sysroot_deploy_tree (host->sysroot->ostree, SAMPLE_STATEROOT, host->commits[2],
                                       origin, NULL, kargs, &second, NULL, &error)
        && ostree_sysroot_deployment_set_mutable (host->sysroot->ostree, second, TRUE, NULL,
                                                  &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_autoptr (GPtrArray) before = hd_sysroot_deployments (host->sysroot);
  GPtrArray *order = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (order, g_steal_pointer (&second));
  g_ptr_array_add (order, g_object_ref (g_ptr_array_index (before, 0)));
  return order;
}

static void
write_and_switch (SampleHost *host, GPtrArray *order, int expected_set)
{
  g_autoptr (GError) error = NULL;
  int set;
  gboolean ok = hd_bootentries_other_set (host->sysroot, &set, &error)
                && hd_bootentries_write (host->sysroot, set, order, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpint (set, ==, expected_set);
  ok = hd_bootentries_switch (host->sysroot, set, &error)
       && ostree_sysroot_load (host->sysroot->ostree, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
test_libostree_reads_it (SampleHost *host, gconstpointer data)
{
  g_autoptr (GPtrArray) order = deploy_second (host);
  write_and_switch (host, order, 0);
  g_autoptr (GPtrArray) found = hd_sysroot_deployments (host->sysroot);
  g_assert_cmpuint (found->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      OstreeDeployment *deployment = g_ptr_array_index (found, i);
      g_assert_true (ostree_deployment_equal (deployment, g_ptr_array_index (order, i)));
      g_assert_cmpint (ostree_deployment_get_index (deployment), ==, (int)i);
    }
  g_auto (GStrv) first = hd_sysroot_deployment_kargs (g_ptr_array_index (found, 0));
  g_auto (GStrv) second = hd_sysroot_deployment_kargs (g_ptr_array_index (found, 1));
  assert_words ((const char *const *)first, "rw|console=tty0");
  assert_words ((const char *const *)second, "quiet|root=LABEL=root");
}

static int
compare_words (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* What an entry says, with its generation's number left out and its arguments sorted. */
static char *
describe (const HdBlsEntry *entry)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (char **karg = entry->options; *karg != NULL; karg++)
    {
      if (g_str_has_prefix (*karg, "ostree=/ostree/boot."))
        (*karg)[strlen ("ostree=/ostree/boot.")] = 'N';
      g_ptr_array_add (words, *karg);
    }
  g_ptr_array_sort (words, compare_words);
  g_ptr_array_add (words, NULL);
  g_autofree char *options = g_strjoinv (" ", (char **)words->pdata);
  return g_strdup_printf ("%s|%d|%s|%s|%s", entry->title, entry->version, entry->kernel,
                          (const char *)g_ptr_array_index (entry->initrd, 0), options);
}

static char *
read_link (const Folder *f, const HdBlsEntry *entry)
{
  for (char **karg = entry->options; *karg != NULL; karg++)
    if (g_str_has_prefix (*karg, "ostree=/"))
      {
        char target[256] = "";
        gssize length = readlinkat (f->fd, *karg + strlen ("ostree=/"), target, sizeof target - 1);
        g_assert_cmpint (length, >, 0);
        return g_strdup (target);
      }
  g_assert_not_reached ();
}

static void
assert_same_set (SampleHost *host, int a, int b)
{
  Folder f = folder_of (host);
  g_autoptr (GPtrArray) ours = hd_bls_read_set (host->sysroot->boot_fd, a, NULL);
  g_autoptr (GPtrArray) theirs = hd_bls_read_set (host->sysroot->boot_fd, b, NULL);
  g_assert_cmpuint (ours->len, ==, theirs->len);
  for (guint i = 0; i < ours->len; i++)
    {
      g_autofree char *our_link = read_link (&f, g_ptr_array_index (ours, i));
      g_autofree char *their_link = read_link (&f, g_ptr_array_index (theirs, i));
      g_autofree char *our_text = describe (g_ptr_array_index (ours, i));
      g_autofree char *their_text = describe (g_ptr_array_index (theirs, i));
      g_assert_cmpstr (our_link, ==, their_link);
      g_assert_cmpstr (our_text, ==, their_text);
    }
}

static void
test_same_as_libostree (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  /* Instead of grub-mkconfig; called as "PROGRAM -o FILE" with nothing to read. */
  g_setenv ("OSTREE_GRUB2_EXEC", "/usr/bin/sort", TRUE);
  g_autoptr (GPtrArray) order = deploy_second (host);
  write_and_switch (host, order, 0);
  /* Another order is what makes libostree write; then ours is written again in that order. */
  g_autoptr (GPtrArray) found = hd_sysroot_deployments (host->sysroot);
  g_autoptr (GPtrArray) swapped = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (swapped, g_object_ref (g_ptr_array_index (found, 1)));
  g_ptr_array_add (swapped, g_object_ref (g_ptr_array_index (found, 0)));
  OstreeSysrootWriteDeploymentsOpts opts = { .do_postclean = FALSE };
  gboolean ok = ostree_sysroot_write_deployments_with_options (host->sysroot->ostree, swapped,
                                                               &opts, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_autoptr (GPtrArray) after = hd_sysroot_deployments (host->sysroot);
  write_and_switch (host, after, 0);
  assert_same_set (host, 0, 1);
}

/* The folder of links that an earlier generation of this number had stays whole until then. */
static void
test_links_take_turns (SampleHost *host, gconstpointer data)
{
  char target[32] = "";
  Folder f = folder_of (host);
  g_autoptr (GPtrArray) order = deploy_second (host);
  static const char *const expected[] = { "boot.0.1", "boot.1.0", "boot.0.0", "boot.1.1" };
  for (int i = 0; i < 4; i++)
    {
      write_and_switch (host, order, i % 2);
      gssize length = readlinkat (f.fd, i % 2 == 0 ? "ostree/boot.0" : "ostree/boot.1", target,
                                  sizeof target - 1);
      g_assert_cmpint (length, ==, (gssize)strlen (expected[i]));
      g_assert_cmpstr (target, ==, expected[i]);
    }
}

static void
test_lost_kernel_is_copied_again (SampleHost *host, gconstpointer data)
{
  Folder f = folder_of (host);
  g_autoptr (GPtrArray) order = deploy_second (host);
  OstreeDeployment *old = g_ptr_array_index (order, 1);
  g_autofree char *kernel = g_strdup_printf ("boot/ostree/" SAMPLE_STATEROOT "-%.*s/vmlinuz-6.1",
                                             DIGEST_CHARS, ostree_deployment_get_bootcsum (old));
  folder_assert_text (&f, kernel, "version 1\n");
  folder_remove (&f, kernel);
  write_and_switch (host, order, 0);
  folder_assert_text (&f, kernel, "version 1\n");
}

static void
test_tree_without_a_kernel (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) order = deploy_second (host);
  Folder f = folder_of (host);
  g_autofree char *path = g_strdup_printf (
      "ostree/deploy/" SAMPLE_STATEROOT "/deploy/%s.0/usr/lib/modules", host->commits[2]);
  folder_remove (&f, path);
  gboolean ok = hd_bootentries_write (host->sysroot, 0, order, NULL, &error);
  g_assert_false (ok);
  assert_refused (error, HD_NOT_FOUND, "has no kernel");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/host/bootentries/libostree-reads-it", test_libostree_reads_it);
  sample_host_test ("/host/bootentries/same-as-libostree", test_same_as_libostree);
  sample_host_test ("/host/bootentries/links-take-turns", test_links_take_turns);
  sample_host_test ("/host/bootentries/lost-kernel", test_lost_kernel_is_copied_again);
  sample_host_test ("/host/bootentries/no-kernel", test_tree_without_a_kernel);
  return g_test_run ();
}
