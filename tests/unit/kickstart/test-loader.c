/* Files beside a file, and what is no file. */
#include "kickstart/loader.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

static void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
remove_files (const char *folder, const char *const *names)
{
  for (; *names != NULL; names++)
    {
      g_autofree char *path = g_build_filename (folder, *names, NULL);
      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_include (void)
{
  static const char *const names[] = { "a.ks", "b.ks", NULL };
  g_autofree char *folder = g_dir_make_tmp ("kickstart-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.ks", NULL);
  g_autoptr (HdKickstart) kickstart = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;

  write_file (folder, "a.ks", "%include b.ks\ntext\n");
  write_file (folder, "b.ks", "zerombr\nbogus\n");
  g_assert_true (hd_ks_load (path, &text, &length, &error));
  g_assert_no_error (error);
  kickstart = hd_ks_parse (path, text, length, &hd_ks_file_loader);
  g_assert_cmpuint (kickstart->commands->len, ==, 2);
  g_assert_cmpuint (hd_ks_report_length (kickstart->report), ==, 1);
  g_assert_true (g_str_has_suffix (hd_ks_report_get (kickstart->report, 0)->place.file, "/b.ks"));
  remove_files (folder, names);
}

static void
assert_refused (const char *path, hd_code code, const char *message)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;
  gsize length;

  g_assert_false (hd_ks_load (path, &text, &length, &error));
  g_assert_cmpint (hd_error_code (error), ==, code);
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_refused (void)
{
  static const char *const names[] = { "large", "pipe", NULL };
  g_autofree char *folder = g_dir_make_tmp ("kickstart-XXXXXX", NULL);
  g_autofree char *large = g_build_filename (folder, "large", NULL);
  g_autofree char *pipe = g_build_filename (folder, "pipe", NULL);
  g_autofree char *none = g_build_filename (folder, "none", NULL);
  g_autofree char *text = g_strnfill (HD_KS_MAX_FILE_BYTES + 1, '#');

  write_file (folder, "large", text);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_refused (large, HD_CONFIG, "is larger than 1048576 bytes");
  assert_refused (pipe, HD_CONFIG, "is no file");
  assert_refused (folder, HD_CONFIG, "is no file");
  assert_refused ("/dev/zero", HD_CONFIG, "is no file");
  assert_refused (none, HD_NOT_FOUND, "No such file");
  remove_files (folder, names);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/loader/include", test_include);
  g_test_add_func ("/kickstart/loader/refused", test_refused);
  return g_test_run ();
}
