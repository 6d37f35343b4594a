/* monitor/state: written and read again; damaged files; times. */
#include "monitor/state.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

static void
test_there_and_back (void)
{
  g_autofree char *folder = g_dir_make_tmp ("atomic-state-XXXXXX", NULL);
  hd_autofd dir = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  mon_state read = { 0 };
  g_assert_cmpint (mon_state_read (dir, &read), ==, -ENOENT);
  for (int durable = 0; durable < 2; durable++)
    {
      const mon_state state = { .status = MON_EXITED_STATUS,
                                .pid = 12,
                                .exit_code = 137,
                                .started_ns = 1795670033915000001,
                                .restarts = 3,
                                .oom_killed = true,
                                .stopped_by_user = true,
                                .health = MON_HEALTH_BAD,
                                .error = "why \"so\"" };
      g_assert_cmpint (mon_state_write (dir, &state, durable == 1), ==, 0);
      g_assert_cmpint (mon_state_read (dir, &read), ==, 0);
      g_assert_cmpint (read.status, ==, MON_EXITED_STATUS);
      g_assert_cmpint (read.exit_code, ==, 137);
      g_assert_cmpint (read.started_ns, ==, 1795670033915000001);
      g_assert_true (read.oom_killed && read.stopped_by_user);
      g_assert_cmpint (read.health, ==, MON_HEALTH_BAD);
      g_assert_cmpstr (read.error, ==, "why \"so\"");
      mon_state_clear (&read);
    }
  unlinkat (dir, MON_STATE_FILE, 0);
  g_assert_cmpint (rmdir (folder), ==, 0);
}

static void
test_damaged (void)
{
  static const char *const texts[] = { "", "{", "{}", "{\"status\":\"happy\"}", "[1]" };
  g_autofree char *folder = g_dir_make_tmp ("atomic-state-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, MON_STATE_FILE, NULL);
  hd_autofd dir = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      mon_state state;
      g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
      g_assert_cmpint (mon_state_read (dir, &state), ==, -EBADMSG);
    }
  unlink (path);
  g_assert_cmpint (rmdir (folder), ==, 0);
}

static void
test_time (void)
{
  char text[MON_TIME_MAX];
  mon_format_time (1795670033915000001, text);
  g_assert_cmpstr (text, ==, "2026-11-26T05:13:53.915000001Z");
  mon_format_time (0, text);
  g_assert_cmpstr (text, ==, "1970-01-01T00:00:00.000000000Z");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/monitor/state/there-and-back", test_there_and_back);
  g_test_add_func ("/monitor/state/damaged", test_damaged);
  g_test_add_func ("/monitor/state/time", test_time);
  return g_test_run ();
}
