/* Messages: text and JSON lines, levels, warnings that wait, and lines that stay one line. */
#include "runtime/log.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include "common/json.h"

typedef struct
{
  char *folder;
  char *path;
  int stderr_fd;
} fixture;

/* Standard error goes to a file beside the log. */
static void
setup (fixture *f, gconstpointer data)
{
  g_autofree char *errors = NULL;

  f->folder = g_dir_make_tmp ("log-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "log", NULL);
  errors = g_build_filename (f->folder, "stderr", NULL);
  f->stderr_fd = dup (STDERR_FILENO);
  int fd = g_open (errors, O_WRONLY | O_CREAT | O_APPEND, 0600);
  g_assert_cmpint (dup2 (fd, STDERR_FILENO), ==, STDERR_FILENO);
  close (fd);
}

static void
teardown (fixture *f, gconstpointer data)
{
  g_autofree char *errors = g_build_filename (f->folder, "stderr", NULL);

  dup2 (f->stderr_fd, STDERR_FILENO);
  close (f->stderr_fd);
  g_unlink (errors);
  g_unlink (f->path);
  g_rmdir (f->folder);
  g_free (f->path);
  g_free (f->folder);
}

static char *
content (const fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
open_log (const char *file, const char *format, const char *level)
{
  hd_err err = { HD_OK };

  g_assert_cmpint (rt_log_open (file, format, level, &err), ==, 0);
  g_assert_cmpstr (err.message, ==, "");
}

static void
test_text (fixture *f, gconstpointer data)
{
  g_autofree char *log = NULL;
  g_autofree char *errors = NULL;
  hd_err err = { HD_OK };

  open_log (f->path, NULL, NULL);
  hd_err_set (&err, HD_FAILED, "do this", "a thing failed on \"%s\"", "x\nerror: forged\033[1m");
  rt_log_error (&err);
  rt_log_close ();
  log = content (f, "log");
  errors = content (f, "stderr");
  g_assert_cmpstr (log, ==, "error: a thing failed on \"x?error: forged?[1m\" (do this)\n");
  g_assert_cmpstr (errors, ==, "error: a thing failed on \"x?error: forged?[1m\"\n");
}

static void
test_json (fixture *f, gconstpointer data)
{
  g_autofree char *log = NULL;
  hd_err err = { HD_OK };
  hd_json *line;

  open_log (f->path, "json", NULL);
  hd_err_set (&err, HD_FAILED, NULL, "a \"quoted\"\nline");
  rt_log_error (&err);
  rt_log_close ();
  log = content (f, "log");
  g_assert_true (strchr (log, '\n') == log + strlen (log) - 1);
  line = hd_json_parse (log, strlen (log), &err);
  g_assert_cmpstr (hd_json_get_string (line, "level", NULL), ==, "error");
  g_assert_cmpstr (hd_json_get_string (line, "msg", NULL), ==, "a \"quoted\"\nline");
  g_assert_cmpuint (strlen (hd_json_get_string (line, "time", "")), ==,
                    strlen ("2026-01-02T03:04:05Z"));
  hd_json_free (line);
}

/* Without a file both streams are one, and nothing is said twice. */
static void
test_stderr (fixture *f, gconstpointer data)
{
  g_autofree char *errors = NULL;
  hd_err err = { HD_OK };

  open_log (NULL, NULL, NULL);
  hd_err_set (&err, HD_FAILED, NULL, "once");
  rt_log_error (&err);
  rt_log_close ();
  errors = content (f, "stderr");
  g_assert_cmpstr (errors, ==, "error: once\n");
}

static void
test_levels (fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *level;
    const char *text;
  } cases[] = {
    { NULL, "warning: w\n" },
    { "error", "" },
    { "warning", "warning: w\n" },
    { "info", "info: i\nwarning: w\n" },
    { "debug", "debug: d\ninfo: i\nwarning: w\n" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *log = NULL;

      /* A level stays until another is named. */
      open_log (f->path, "text", cases[i].level);
      rt_log (RT_LOG_DEBUG, "%s", "d");
      rt_log (RT_LOG_INFO, "%s", "i");
      rt_log (RT_LOG_WARNING, "%s", "w");
      rt_log_close ();
      log = content (f, "log");
      g_assert_cmpstr (log, ==, cases[i].text);
      g_unlink (f->path);
    }
}

/* The first text that callers find is the reason of a failure. */
static void
test_held (fixture *f, gconstpointer data)
{
  g_autofree char *log = NULL;
  hd_err err = { HD_OK };

  open_log (f->path, "text", "warning");
  rt_log (RT_LOG_WARNING, "dropped");
  hd_err_set (&err, HD_FAILED, NULL, "the reason");
  rt_log_error (&err);
  rt_log (RT_LOG_WARNING, "later");
  rt_log_settle (true);
  rt_log_close ();
  log = content (f, "log");
  g_assert_cmpstr (log, ==, "error: the reason\nwarning: later\n");
}

static void
test_refused (fixture *f, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (f->folder, "no", "log", NULL);
  hd_err err = { HD_OK };

  g_assert_cmpint (rt_log_open (NULL, "xml", NULL, &err), ==, -EINVAL);
  g_assert_cmpstr (err.message, ==, "--log-format: expected text or json, got \"xml\"");
  g_assert_cmpint (rt_log_open (NULL, NULL, "loud", &err), ==, -EINVAL);
  g_assert_cmpstr (err.message, ==,
                   "--log-level: expected error, warning, info or debug, got \"loud\"");
  g_assert_cmpint (rt_log_open (missing, NULL, NULL, &err), ==, -ENOENT);
  g_assert_true (g_str_has_prefix (err.message, "opening the log "));
}

#define ADD(name, function) g_test_add (name, fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/log/text", test_text);
  ADD ("/log/json", test_json);
  ADD ("/log/stderr", test_stderr);
  ADD ("/log/levels", test_levels);
  ADD ("/log/held", test_held);
  ADD ("/log/refused", test_refused);
  return g_test_run ();
}
