/* The file of --pid-file: whole, replaced, and nothing left beside it. */
#include "runtime/pidfile.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

static void
test_write (void)
{
  g_autofree char *folder = g_dir_make_tmp ("pidfile-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "pid", NULL);
  g_autofree char *missing = g_build_filename (folder, "no", "pid", NULL);
  g_autofree char *text = NULL;
  gsize length;
  hd_err err = { HD_OK };

  g_assert_true (g_file_set_contents (path, "a longer text than before", -1, NULL));
  g_assert_cmpint (rt_pidfile_write (path, 4711, &err), ==, 0);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  /* Without a newline, as runc and crun write it. */
  g_assert_cmpstr (text, ==, "4711");
  g_assert_cmpint (rt_pidfile_write (missing, 1, &err), ==, -ENOENT);
  g_assert_true (g_str_has_prefix (err.message, "writing the pid file "));
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pidfile/write", test_write);
  return g_test_run ();
}
