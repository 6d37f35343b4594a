/* monitor/config: what is read, what is refused, and when a container is started again. */
#include "monitor/config.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "common/cleanup.h"

static int
read_text (const char *text, mon_config *ret, hd_err *err)
{
  g_autofree char *folder = g_dir_make_tmp ("atomic-config-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, MON_CONFIG_FILE, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  hd_autofd dir = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int r = mon_config_read (dir, ret, err);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  return r;
}

static void
test_defaults (void)
{
  mon_config config;
  hd_err err = { 0 };
  g_assert_cmpint (
      read_text ("{\"id\":\"i\",\"runtime\":\"/r\",\"runtime_root\":\"/rr\",\"rootfs\":\"/f\"}",
                 &config, &err),
      ==, 0);
  g_assert_cmpstr (config.log_driver, ==, "json-file");
  g_assert_cmpint (config.restart, ==, MON_RESTART_NO);
  g_assert_cmpint (config.stop_signal, ==, SIGTERM);
  g_assert_cmpint (config.stop_timeout_ms, ==, 10000);
  g_assert_null (config.health_process);
  g_assert_null (config.cleanup);
  mon_config_clear (&config);
}

static void
test_refused (void)
{
  static const char *const texts[] = {
    "{}",
    "[]",
    "{",
    "{\"id\":\"i\",\"runtime\":\"/r\",\"runtime_root\":\"/rr\",\"rootfs\":\"/"
    "f\",\"restart\":\"x\"}",
    "{\"id\":\"i\",\"runtime\":\"/r\",\"runtime_root\":\"/rr\",\"rootfs\":\"/f\","
    "\"stop_signal\":999}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      mon_config config = { 0 };
      hd_err err = { 0 };
      g_assert_cmpint (read_text (texts[i], &config, &err), <, 0);
      g_assert_cmpint (err.code, !=, HD_OK);
      mon_config_clear (&config);
    }
}

static void
test_policy (void)
{
  const mon_restart no = MON_RESTART_NO, failure = MON_RESTART_ON_FAILURE;
  g_assert_false (mon_restart_wanted (no, 0, 0, 1, false));
  g_assert_true (mon_restart_wanted (MON_RESTART_ALWAYS, 0, 100, 0, false));
  g_assert_true (mon_restart_wanted (MON_RESTART_UNLESS_STOPPED, 0, 100, 0, false));
  g_assert_false (mon_restart_wanted (MON_RESTART_ALWAYS, 0, 0, 0, true));
  g_assert_false (mon_restart_wanted (failure, 0, 0, 0, false));
  g_assert_true (mon_restart_wanted (failure, 0, 1000, 1, false));
  g_assert_true (mon_restart_wanted (failure, 2, 1, 1, false));
  g_assert_false (mon_restart_wanted (failure, 2, 2, 1, false));
  for (int i = 0; i < MON_N_RESTARTS; i++)
    g_assert_cmpint (mon_restart_parse (mon_restart_name ((mon_restart)i)), ==, i);
  g_assert_cmpint (mon_restart_parse ("often"), ==, MON_N_RESTARTS);
}

static void
test_delay (void)
{
  static const int64_t expected[] = { 100, 200, 400, 800 };
  int64_t delay = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      delay = mon_restart_delay_ms (delay, 5);
      g_assert_cmpint (delay, ==, expected[i]);
    }
  for (int i = 0; i < 20; i++)
    delay = mon_restart_delay_ms (delay, 5);
  g_assert_cmpint (delay, ==, 60000);
  /* It ran well. */
  g_assert_cmpint (mon_restart_delay_ms (delay, 10000), ==, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/monitor/config/defaults", test_defaults);
  g_test_add_func ("/monitor/config/refused", test_refused);
  g_test_add_func ("/monitor/config/policy", test_policy);
  g_test_add_func ("/monitor/config/delay", test_delay);
  return g_test_run ();
}
