/* host/pin: which deployment is meant, and that it is said when nothing changes. */
#include "host/pin.h"

#include <string.h>

#include "sample-host.h"
#include "host/upgrade.h"

static void
pin (SampleHost *host, HdVerbFunc *run, const char *deployment)
{
  g_autofree char *options = g_strdup_printf ("{\"deployment\": \"%s\"}", deployment);
  g_auto (HdOperation) done
      = sample_host_do (host, run, run == hd_pin_run ? "pin" : "unpin", options);
  g_assert_nonnull (done.message);
}

static void
refuse (SampleHost *host, HdVerbFunc *run, const char *deployment, hd_code code, const char *part)
{
  g_autofree char *options = g_strdup_printf ("{\"deployment\": \"%s\"}", deployment);
  g_autofree char *hint
      = sample_host_refuse (host, run, run == hd_pin_run ? "pin" : "unpin", options, code, part);
}

static void
test_names (SampleHost *host, gconstpointer data)
{
  sample_host_upgrade (host);
  g_autofree char *id = g_strdup_printf (SAMPLE_STATEROOT "-%s.0", host->commits[1]);
  g_autofree char *beginning = g_strndup (host->commits[1], 7);
  const char *const names[] = { "1", id, host->commits[1], beginning };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      pin (host, hd_pin_run, names[i]);
      sample_host_assert_order (host, "2 1P");
      refuse (host, hd_pin_run, names[i], HD_NOTHING, "is pinned already");
      pin (host, hd_unpin_run, names[i]);
      sample_host_assert_order (host, "2 1");
      refuse (host, hd_unpin_run, names[i], HD_NOTHING, "is not pinned already");
    }
  pin (host, hd_pin_run, "0");
  sample_host_assert_order (host, "2P 1");
}

/* The numbers are those of `status`, where a staged one comes first. */
static void
test_staged_first (SampleHost *host, gconstpointer data)
{
  g_auto (HdOperation) staged = sample_host_do (host, hd_upgrade_run, "upgrade", "{}");
  sample_host_assert_order (host, "2S 1");
  refuse (host, hd_pin_run, "0", HD_NOT_FOUND, "there is no deployment 0");
  pin (host, hd_pin_run, "1");
  sample_host_assert_order (host, "2S 1P");
}

static void
test_refused (SampleHost *host, gconstpointer data)
{
  g_autofree char *short_one = g_strndup (host->commits[1], 6);
  g_autofree char *other_serial = g_strdup_printf (SAMPLE_STATEROOT "-%s.1", host->commits[1]);
  const char *const names[] = { "1",          "-1",     "99999999999999999999", "", short_one,
                                other_serial, "booted", host->commits[2] };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    refuse (host, hd_pin_run, names[i], HD_NOT_FOUND, "there is no deployment");
  g_autofree char *hint
      = sample_host_refuse (host, hd_pin_run, "pin", "{}", HD_USAGE, "no deployment is named");
  g_assert_nonnull (strstr (hint, "atomic host status"));
  sample_host_assert_order (host, "1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sample_host_test ("/pin/names", test_names);
  sample_host_test ("/pin/staged-first", test_staged_first);
  sample_host_test ("/pin/refused", test_refused);
  return g_test_run ();
}
