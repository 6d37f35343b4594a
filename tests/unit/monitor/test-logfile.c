/* monitor/logfile: lines, parts of lines, what is no UTF-8, rotation. */
#include "monitor/logfile.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "common/json.h"

typedef struct
{
  char *folder;
  int dir_fd;
  mon_config config;
  mon_log log;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  hd_err err = { 0 };
  f->folder = g_dir_make_tmp ("atomic-log-XXXXXX", NULL);
  f->dir_fd = open (f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  f->config = (mon_config){ .log_driver = "json-file", .log_max_bytes = 1000, .log_max_files = 3 };
  g_assert_cmpint (mon_log_open (&f->log, &f->config, f->dir_fd, &err), ==, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  mon_log_close (&f->log);
  hd_fs_remove_tree (AT_FDCWD, f->folder);
  hd_closep (&f->dir_fd);
  g_free (f->folder);
}

/* The "log" members of a file, put together. */
static char *
read_logs (Fixture *f, const char *name)
{
  hd_autofree char *text = NULL;
  GString *out = g_string_new (NULL);
  g_assert_cmpint (hd_fs_read (f->dir_fd, name, 1 << 20, &text, NULL), ==, 0);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; **line != '\0'; line++)
    {
      hd_err err = { 0 };
      hd_autojson json = hd_json_parse (*line, strlen (*line), &err);
      g_assert_cmpstr (err.message, ==, "");
      g_string_append_printf (out, "<%s>", hd_json_get_string (json, "log", "?"));
    }
  return g_string_free (out, FALSE);
}

static void
add (Fixture *f, const char *text)
{
  mon_log_add (&f->log, &f->log.out, text, strlen (text));
}

static void
test_lines (Fixture *f, gconstpointer data)
{
  add (f, "one\ntw");
  add (f, "o\n\n");
  add (f, "rest");
  g_autofree char *before = read_logs (f, "log.json");
  g_assert_cmpstr (before, ==, "<one\n><two\n><\n>");
  mon_log_flush (&f->log);
  g_autofree char *after = read_logs (f, "log.json");
  g_assert_cmpstr (after, ==, "<one\n><two\n><\n><rest>");
}

static void
test_long_line (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (MON_LINE_MAX + 5, 'x');
  f->config.log_max_bytes = 0;
  add (f, "ab");
  add (f, text);
  add (f, "\n");
  g_autofree char *logs = read_logs (f, "log.json");
  g_assert_cmpuint (strlen (logs), ==, MON_LINE_MAX + 2 + 7 + 3);
  g_assert_true (g_str_has_prefix (logs, "<abxxx"));
  g_assert_true (g_str_has_suffix (logs, "x><xxxxxxx\n>"));
}

static void
test_rotation (Fixture *f, gconstpointer data)
{
  struct stat stat_of;
  for (int i = 0; i < 100; i++)
    add (f, "some text\n");
  for (int i = 0; i < 3; i++)
    {
      char name[32];
      g_snprintf (name, sizeof name, i == 0 ? "log.json" : "log.json.%d", i);
      g_assert_cmpint (fstatat (f->dir_fd, name, &stat_of, 0), ==, 0);
      g_assert_cmpint (stat_of.st_size, <=, 1000);
    }
  g_assert_cmpint (fstatat (f->dir_fd, "log.json.3", &stat_of, 0), <, 0);
}

static void
test_any_bytes (void)
{
  char out[512];
  static const char bytes[] = "q\"\\\n\t\x01\x7f\xff\xc3\xa4\xe0\x80";
  gsize n = mon_log_json_line ("stderr", bytes, sizeof bytes - 1, true, "T", out);
  g_autofree char *line = g_strndup (out, n);
  g_assert_cmpstr (line, ==,
                   "{\"log\":\"q\\\"\\\\\\n\\t\\u0001\\u007f\\ufffd\xc3\xa4\\ufffd\\ufffd\\n\","
                   "\"stream\":\"stderr\",\"time\":\"T\"}\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test)                                                                            \
  g_test_add ("/monitor/logfile/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("lines", test_lines);
  ADD ("long-line", test_long_line);
  ADD ("rotation", test_rotation);
  g_test_add_func ("/monitor/logfile/any-bytes", test_any_bytes);
  return g_test_run ();
}
