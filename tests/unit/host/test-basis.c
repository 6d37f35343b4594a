/* host/basis: what a new deployment builds on: the staged one, else the deployed one of the
 * stateroot. */
#include "host/basis.h"

#include <string.h>

#include "base/error.h"
#include "sample-host.h"
#include "sample-sysroot.h"
#include "state/paths.h"

static HdBasis *
load (SampleHost *host, const char *stateroot)
{
  g_autoptr (GError) error = NULL;
  HdBasis *basis = hd_basis_load (host->sysroot, stateroot, &error);
  g_assert_no_error (error);
  return basis;
}

static void
assert_deployed (SampleHost *host, const HdBasis *basis)
{
  g_assert_cmpstr (basis->stateroot, ==, SAMPLE_STATEROOT);
  g_assert_cmpstr (basis->commit, ==, host->commits[1]);
  g_assert_cmpstr (basis->refspec, ==, SAMPLE_REFSPEC);
  assert_words ((const char *const *)basis->kargs, "quiet|root=LABEL=root");
  g_assert_nonnull (basis->merge);
  g_assert_false (basis->is_staged);
}

static void
test_deployed (SampleHost *host, gconstpointer data)
{
  g_autoptr (HdBasis) any = load (host, NULL);
  g_autoptr (HdBasis) named = load (host, SAMPLE_STATEROOT);
  assert_deployed (host, any);
  assert_deployed (host, named);
}

static void
write_record (SampleHost *host, const char *stateroot)
{
  Folder f = { host->path, host->sysroot->fd };
  static char *kargs[] = { (char *)"loud", (char *)"ostree=/x", NULL };
  HdStaged staged = { .stateroot = (char *)stateroot,
                      .commit = (char *)SAMPLE_A,
                      .boot_checksum = (char *)SAMPLE_B,
                      .kargs = kargs };
  g_autofree char *origin = hd_staged_origin_path (&staged);
  gboolean ok = hd_staged_write (host->sysroot->fd, &staged, NULL);
  g_assert_true (ok);
  folder_write (&f, origin, "[origin]\nrefspec=other:branch\n");
  sample_commit (&f, SAMPLE_A, "{'ostree.linux': <'6.9'>}", 9);
}

/* Commit, arguments and origin are the staged one's; /etc is taken over from the deployed one. */
static void
test_staged (SampleHost *host, gconstpointer data)
{
  write_record (host, SAMPLE_STATEROOT);
  g_autoptr (HdBasis) basis = load (host, NULL);
  g_assert_true (basis->is_staged);
  g_assert_cmpstr (basis->commit, ==, SAMPLE_A);
  g_assert_cmpstr (basis->kernel, ==, "6.9");
  g_assert_cmpstr (basis->refspec, ==, "other:branch");
  assert_words ((const char *const *)basis->kargs, "loud");
  g_assert_cmpstr (ostree_deployment_get_csum (basis->merge), ==, host->commits[1]);
}

static void
test_staged_of_another (SampleHost *host, gconstpointer data)
{
  write_record (host, "other");
  g_autoptr (HdBasis) basis = load (host, NULL);
  assert_deployed (host, basis);
}

/* Made by os-init: the arguments of the first deployment, and nothing else. */
static void
test_new_stateroot (SampleHost *host, gconstpointer data)
{
  Folder f = { host->path, host->sysroot->fd };
  folder_make (&f, HD_PATH_DEPLOY "/other/var");
  g_autoptr (HdBasis) basis = load (host, "other");
  g_assert_cmpstr (basis->stateroot, ==, "other");
  g_assert_null (basis->commit);
  g_assert_null (basis->merge);
  g_assert_null (basis->refspec);
  assert_words ((const char *const *)basis->kargs, "quiet|root=LABEL=root");
}

/* A name that is none is not looked for outside of the stateroots. */
static void
test_no_stateroot (SampleHost *host, gconstpointer data)
{
  static const char *const names[] = { "nobody", "", ".", "..", "../..", "d/deploy", "d/" };
  Folder f = { host->path, host->sysroot->fd };
  folder_make (&f, "var");
  folder_make (&f, HD_PATH_DEPLOY "/var");
  folder_make (&f, HD_PATH_DEPLOY "/d/deploy/var");
  folder_make (&f, "ostree/var");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_test_message ("%s", names[i]);
      HdBasis *basis = hd_basis_load (host->sysroot, names[i], &error);
      g_assert_null (basis);
      g_assert_error (error, HD_ERROR, (int)HD_NOT_FOUND);
      g_assert_nonnull (strstr (error->message, "there is no stateroot"));
    }
}

static void
test_no_deployment (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (f->path);
  g_autoptr (OstreeSysroot) ostree = ostree_sysroot_new (file);
  folder_make (f, "boot");
  gboolean ok = ostree_sysroot_ensure_initialized (ostree, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_autoptr (HdSysroot) sysroot = hd_sysroot_open (f->path, NULL, &error);
  g_assert_no_error (error);
  HdBasis *basis = hd_basis_load (sysroot, NULL, &error);
  g_assert_null (basis);
  assert_refused (error, HD_NOT_FOUND, "has no deployment");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/basis/deployed", test_deployed);
  sample_host_test ("/basis/staged", test_staged);
  sample_host_test ("/basis/staged-of-another", test_staged_of_another);
  sample_host_test ("/basis/new-stateroot", test_new_stateroot);
  sample_host_test ("/basis/no-stateroot", test_no_stateroot);
  folder_test ("/basis/no-deployment", test_no_deployment);
  return g_test_run ();
}
