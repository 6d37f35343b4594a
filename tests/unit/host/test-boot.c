/* host/boot: a boot is judged on the running system alone; the rest is shown by tests/vm. */
#include "host/boot.h"

#include "sample-host.h"
#include "state/bootenv.h"

static void
test_not_booted (SampleHost *host, gconstpointer data)
{
  HdVerbFunc *const verbs[] = { hd_boot_complete_run, hd_boot_failed_run };
  HdBootEnv env;
  sample_host_upgrade (host);
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (HdOperation) operation = { .sysroot = host->sysroot };
      gboolean ok = verbs[i](&operation, &error);
      g_assert_false (ok);
      assert_refused (error, HD_NO_SYSROOT, "is not the running system's sysroot");
    }
  /* The new version is still on trial. */
  gboolean ok = hd_bootenv_read (host->sysroot->boot_fd, &env, NULL);
  g_assert_true (ok);
  g_assert_cmpint (env.tries, ==, HD_BOOTENV_TRIES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/boot/not-booted", test_not_booted);
  return g_test_run ();
}
