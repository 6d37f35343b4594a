/* host/sysroot: opening and locking, and the small questions about deployments. */
#include "host/sysroot.h"

#include <string.h>

#include "base/error.h"
#include "sample-host.h"

static void
test_opened (SampleHost *host, gconstpointer data)
{
  g_autoptr (GPtrArray) deployments = hd_sysroot_deployments (host->sysroot);
  g_assert_cmpstr (host->sysroot->path, ==, host->path);
  g_assert_false (host->sysroot->booted);
  g_assert_null (hd_sysroot_booted (host->sysroot));
  g_assert_cmpuint (deployments->len, ==, 1);
  OstreeDeployment *deployment = g_ptr_array_index (deployments, 0);
  g_autofree char *id = hd_sysroot_deployment_id (deployment);
  g_autofree char *expected = g_strdup_printf (SAMPLE_STATEROOT "-%s.0", host->commits[1]);
  g_auto (GStrv) kargs = hd_sysroot_deployment_kargs (deployment);
  g_assert_cmpstr (id, ==, expected);
  assert_words ((const char *const *)kargs, "quiet|root=LABEL=root");
}

static void
test_merge_deployment (SampleHost *host, gconstpointer data)
{
  g_autoptr (OstreeDeployment) any = hd_sysroot_merge_deployment (host->sysroot, NULL);
  g_autoptr (OstreeDeployment) named
      = hd_sysroot_merge_deployment (host->sysroot, SAMPLE_STATEROOT);
  g_assert_nonnull (any);
  g_assert_true (any == named);
  g_assert_null (hd_sysroot_merge_deployment (host->sysroot, "other"));
}

/* Whoever holds the lock of a sysroot keeps others out, until they are cancelled or it is given
 * back. What waits runs the main context, and with it these. */
static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
test_lock_cancelled (SampleHost *host, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_idle_add (cancel, cancellable);
  HdSysroot *second = hd_sysroot_open (host->path, cancellable, &error);
  g_assert_null (second);
  g_assert_true (g_cancellable_is_cancelled (cancellable));
  assert_refused (error, HD_CANCELLED, "opening the sysroot");
}

/* How often the main context was run: whoever waits is woken, and does not ask again and again. */
static guint n_runs;

static gboolean
count_run (GSource *source, int *timeout_ms)
{
  n_runs++;
  *timeout_ms = -1;
  return FALSE;
}

static gboolean
give_back (gpointer sysroot)
{
  g_clear_pointer ((HdSysroot **)sysroot, hd_sysroot_free);
  return G_SOURCE_REMOVE;
}

static void
test_lock_waits (SampleHost *host, gconstpointer data)
{
  static GSourceFuncs counter = { .prepare = count_run };
  g_autoptr (GError) error = NULL;
  GSource *source = g_source_new (&counter, sizeof (GSource));
  HdSysroot *holder = g_steal_pointer (&host->sysroot);
  g_source_attach (source, NULL);
  g_timeout_add (200, give_back, &holder);
  n_runs = 0;
  host->sysroot = hd_sysroot_open (host->path, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (host->sysroot);
  g_assert_null (holder);
  g_assert_cmpuint (n_runs, <, 10);
  g_source_destroy (source);
  g_source_unref (source);
}

static void
test_refused (Folder *f, gconstpointer data)
{
  g_autoptr (GError) none = NULL;
  g_autoptr (GError) no_boot = NULL;
  HdSysroot *sysroot = hd_sysroot_open (f->path, NULL, &none);
  g_assert_null (sysroot);
  assert_refused (none, HD_NO_SYSROOT, "is no OSTree sysroot");
  g_assert_nonnull (strstr (hd_error_hint (none), "--sysroot=PATH"));
  g_autoptr (GFile) file = g_file_new_for_path (f->path);
  g_autoptr (OstreeSysroot) ostree = ostree_sysroot_new (file);
  gboolean ok = ostree_sysroot_ensure_initialized (ostree, NULL, NULL);
  g_assert_true (ok);
  folder_remove (f, "boot");
  sysroot = hd_sysroot_open (f->path, NULL, &no_boot);
  g_assert_null (sysroot);
  assert_refused (no_boot, HD_NOT_FOUND, "opening /boot");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/sysroot/opened", test_opened);
  sample_host_test ("/sysroot/merge-deployment", test_merge_deployment);
  sample_host_test ("/sysroot/lock-cancelled", test_lock_cancelled);
  sample_host_test ("/sysroot/lock-waits", test_lock_waits);
  folder_test ("/sysroot/refused", test_refused);
  return g_test_run ();
}
