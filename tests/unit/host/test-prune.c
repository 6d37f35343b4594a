/* host/prune: what an interruption left goes, what something refers to stays. */
#include "host/prune.h"

#include "common/cleanup.h"
#include "sample-host.h"
#include "sample-sysroot.h"
#include "state/paths.h"
#include "state/staged.h"

#define DEPLOY HD_PATH_DEPLOY "/" SAMPLE_STATEROOT "/deploy/"

static Folder
folder_of (SampleHost *host)
{
  return (Folder){ host->path, host->sysroot->fd };
}

static void
prune_leftovers (SampleHost *host)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_prune_leftovers (host->sysroot, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
write_record (SampleHost *host, const char *commit, int serial)
{
  static char *kargs[] = { NULL };
  HdStaged staged = { .stateroot = (char *)SAMPLE_STATEROOT,
                      .commit = (char *)commit,
                      .serial = serial,
                      .boot_checksum = (char *)SAMPLE_B,
                      .kargs = kargs };
  gboolean ok = hd_staged_write (host->sysroot->fd, &staged, NULL);
  g_assert_true (ok);
}

static void
test_leftovers (SampleHost *host, gconstpointer data)
{
  Folder f = folder_of (host);
  g_autofree char *deployed = g_strdup_printf (DEPLOY "%s.0", host->commits[1]);
  g_autofree char *other_serial = g_strdup_printf (DEPLOY "%s.1/usr/file", host->commits[1]);
  folder_write (&f, other_serial, "half checked out");
  folder_write (&f, DEPLOY SAMPLE_A ".0/file", "half checked out");
  folder_write (&f, DEPLOY SAMPLE_A ".0.origin", "");
  folder_write (&f, DEPLOY "not-a-deployment/file", "somebody's");
  folder_write (&f, DEPLOY "notes.1/file", "somebody's");
  folder_write (&f, DEPLOY SAMPLE_A ".old/file", "somebody's");
  folder_write (&f, HD_PATH_TREES "/" SAMPLE_A ".0/file", "not in the record");
  prune_leftovers (host);
  g_assert_true (folder_has (&f, deployed));
  g_assert_false (folder_has (&f, DEPLOY SAMPLE_A ".0"));
  g_assert_false (folder_has (&f, DEPLOY SAMPLE_A ".0.origin"));
  g_assert_false (folder_has (&f, other_serial));
  g_assert_true (folder_has (&f, DEPLOY "not-a-deployment/file"));
  g_assert_true (folder_has (&f, DEPLOY "notes.1/file"));
  g_assert_true (folder_has (&f, DEPLOY SAMPLE_A ".old/file"));
  g_assert_false (folder_has (&f, HD_PATH_TREES "/" SAMPLE_A ".0"));
}

/* The tree of the record stays where it waits, and in the place that finalizing gives it. */
static void
test_staged_stays (SampleHost *host, gconstpointer data)
{
  Folder f = folder_of (host);
  write_record (host, SAMPLE_A, 2);
  folder_write (&f, HD_PATH_TREES "/" SAMPLE_A ".2/file", "");
  folder_write (&f, HD_PATH_TREES "/" SAMPLE_A ".2.origin", "");
  folder_write (&f, HD_PATH_TREES "/" SAMPLE_A ".1/file", "");
  folder_write (&f, DEPLOY SAMPLE_A ".2/file", "");
  prune_leftovers (host);
  g_assert_true (folder_has (&f, HD_PATH_TREES "/" SAMPLE_A ".2/file"));
  g_assert_true (folder_has (&f, HD_PATH_TREES "/" SAMPLE_A ".2.origin"));
  g_assert_false (folder_has (&f, HD_PATH_TREES "/" SAMPLE_A ".1"));
  g_assert_true (folder_has (&f, DEPLOY SAMPLE_A ".2/file"));
}

/* What belongs to a record that cannot be read is not known: nothing goes. */
static void
test_malformed_record (SampleHost *host, gconstpointer data)
{
  Folder f = folder_of (host);
  g_autoptr (GError) error = NULL;
  folder_write (&f, HD_PATH_STAGED, "[staged]\n");
  folder_write (&f, HD_PATH_TREES "/" SAMPLE_A ".2/file", "");
  gboolean ok = hd_prune_leftovers (host->sysroot, NULL, &error);
  g_assert_false (ok);
  assert_refused (error, HD_CONFIG, "is malformed");
  g_assert_true (folder_has (&f, HD_PATH_TREES "/" SAMPLE_A ".2/file"));
}

static gboolean
has_ref (SampleHost *host)
{
  g_autofree char *commit = NULL;
  (void)ostree_repo_resolve_rev (host->sysroot->repo, HD_STAGED_REF, TRUE, &commit, NULL);
  return commit != NULL;
}

static void
test_staged_goes (SampleHost *host, gconstpointer data)
{
  Folder f = folder_of (host);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      folder_write (&f, HD_PATH_TREES "/" SAMPLE_A ".2/file", "");
      if (i == 0)
        write_record (host, SAMPLE_A, 2);
      else if (i == 1)
        folder_write (&f, HD_PATH_STAGED, "[staged]\n");
      gboolean ok = ostree_repo_set_ref_immediate (host->sysroot->repo, NULL, HD_STAGED_REF,
                                                   host->commits[1], NULL, &error)
                    && hd_prune_staged (host->sysroot, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (ok);
      g_assert_false (folder_has (&f, HD_PATH_STAGED));
      g_assert_false (folder_has (&f, HD_PATH_TREES "/" SAMPLE_A ".2"));
      g_assert_false (has_ref (host));
    }
}

/* A commit that neither a deployment nor a ref names goes, with its files; the rest stays. */
static void
test_repo (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Folder f = folder_of (host);
  const char *const refs[] = { host->commits[2], NULL };
  g_autofree char *second = sample_commit_path (host->commits[2]);
  g_autofree char *first = sample_commit_path (host->commits[1]);
  guint64 freed = 0;
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "refs", g_variant_new_strv (refs, -1));
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_dict_end (&dict));
  gboolean ok = ostree_repo_pull_with_options (host->sysroot->repo, SAMPLE_REMOTE, options, NULL,
                                               NULL, &error)
                && ostree_repo_set_ref_immediate (host->sysroot->repo, NULL, HD_STAGED_REF,
                                                  host->commits[2], NULL, &error)
                && hd_prune_repo (host->sysroot, &freed, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_true (folder_has (&f, second));
  g_assert_cmpuint (freed, ==, 0);
  ok = ostree_repo_set_ref_immediate (host->sysroot->repo, NULL, HD_STAGED_REF, NULL, NULL, &error)
       && hd_prune_repo (host->sysroot, &freed, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_false (folder_has (&f, second));
  g_assert_true (folder_has (&f, first));
  g_assert_cmpuint (freed, >, 0);
  ok = hd_prune_repo (host->sysroot, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

/* The generation of boot entries that is not in use goes, and a kernel that no entry names. */
static void
test_deployments (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Folder f = folder_of (host);
  gboolean in_use = folder_has (&f, "boot/loader.1");
  const char *unused = in_use ? "boot/loader.0/entries/x.conf" : "boot/loader.1/entries/x.conf";
  folder_write (&f, unused, "linux /x\noptions x\n");
  folder_write (&f, "boot/ostree/" SAMPLE_STATEROOT "-" SAMPLE_A "/vmlinuz-6.9", "kernel");
  folder_write (&f, "boot/ostree/other-d-" SAMPLE_B "/vmlinuz-6.9", "kernel");
  folder_write (&f, "boot/ostree/somebody-s/file", "");
  gboolean ok = hd_prune_deployments (host->sysroot, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_false (folder_has (&f, unused));
  g_assert_false (folder_has (&f, "boot/ostree/" SAMPLE_STATEROOT "-" SAMPLE_A));
  g_assert_false (folder_has (&f, "boot/ostree/other-d-" SAMPLE_B));
  g_assert_true (folder_has (&f, "boot/ostree/somebody-s/file"));
  /* The kernel that is started stays. */
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (host->sysroot);
  g_autofree char *started
      = g_strdup_printf ("boot/ostree/" SAMPLE_STATEROOT "-%s/vmlinuz-6.1",
                         ostree_deployment_get_bootcsum (g_ptr_array_index (deployments, 0)));
  g_assert_true (folder_has (&f, started));
  g_assert_true (folder_has (&f, "boot/loader/entries"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/prune/leftovers", test_leftovers);
  sample_host_test ("/prune/staged-stays", test_staged_stays);
  sample_host_test ("/prune/malformed-record", test_malformed_record);
  sample_host_test ("/prune/staged-goes", test_staged_goes);
  sample_host_test ("/prune/repo", test_repo);
  sample_host_test ("/prune/deployments", test_deployments);
  return g_test_run ();
}
