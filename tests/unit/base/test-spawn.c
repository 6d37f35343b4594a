/* base/spawn: with /bin/sh as the program. Nothing waits by time: where a moment matters, a line of
 * the child's output is that moment. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "base/spawn.h"

/* Run a shell script; its standard output, or NULL with *error set. */
static char *
run_script (const char *script, const HdSpawn *options, GCancellable *cancellable, GError **error)
{
  const char *const argv[] = { "sh", "-c", script, NULL };
  char *output = NULL;

  if (!hd_spawn_run (argv, options, &output, cancellable, error))
    {
      g_assert_null (output);
      return NULL;
    }
  return output != NULL ? output : g_strdup ("");
}

static void
assert_output (const char *script, HdSpawn options, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;

  options.capture_stdout = TRUE;
  output = run_script (script, &options, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (output, ==, expected);
}

static void
test_output (void)
{
  assert_output ("echo out; echo err >&2", (HdSpawn){ 0 }, "out\n");
  assert_output ("cat", (HdSpawn){ 0 }, "");
  assert_output ("cat", (HdSpawn){ .stdin_text = "fed" }, "fed");
  assert_output ("pwd", (HdSpawn){ .cwd = "/usr" }, "/usr\n");
  assert_output (
      "echo $HD_A $HD_B",
      (HdSpawn){ .env = (const char *const[]){ "HD_A=one", "HD_B=x=y", "HD_A=two", NULL } },
      "two x=y\n");
  assert_output ("head -c 300000 /dev/zero | tr '\\0' x | wc -c", (HdSpawn){ 0 }, "300000\n");
}

/* A child that reads nothing of what it is fed raises no SIGPIPE and blocks nobody. */
static void
test_input_not_read (void)
{
  g_autofree char *text = g_strnfill (1 << 20, 'x');

  assert_output ("echo done", (HdSpawn){ .stdin_text = text }, "done\n");
}

static void
test_plain (void)
{
  g_autoptr (GError) error = NULL;
  const char *const argv[] = { "true", NULL };

  g_assert_true (hd_spawn_run (argv, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
test_fails (void)
{
  g_autoptr (GError) status = NULL;
  g_autoptr (GError) killed = NULL;

  g_assert_null (run_script ("echo ' first' >&2; echo last >&2; exit 3", NULL, NULL, &status));
  g_assert_error (status, HD_ERROR, (int)HD_FAILED);
  g_assert_cmpstr (status->message, ==, "sh failed with exit status 3: first\nlast");
  g_assert_null (run_script ("kill -KILL $$", NULL, NULL, &killed));
  g_assert_cmpstr (killed->message, ==, "sh was killed by signal 9 (Killed)");
}

/* Of a long standard error the end is told. */
static void
test_tail (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (run_script ("head -c 100000 /dev/zero | tr '\\0' x >&2; echo the end >&2; exit 1",
                             NULL, NULL, &error));
  g_assert_true (g_str_has_suffix (error->message, "xxx"
                                                   "the end"));
  g_assert_cmpuint (strlen (error->message), <, 4096 + 100);
}

static void
test_not_found (void)
{
  const char *const argv[] = { "hd-no-such-program", NULL };
  g_autoptr (GError) program = NULL;
  g_autoptr (GError) folder = NULL;
  HdSpawn options = { .cwd = "/hd/no/such/folder" };

  g_assert_false (hd_spawn_run (argv, NULL, NULL, NULL, &program));
  g_assert_error (program, HD_ERROR, (int)HD_NOT_FOUND);
  g_assert_cmpstr (program->message, ==, "starting hd-no-such-program: No such file or directory");
  hd_error_set_hint (program, "apt-get install it");
  g_assert_cmpstr (hd_error_hint (program), ==, "apt-get install it");
  g_assert_null (run_script ("true", &options, NULL, &folder));
  g_assert_error (folder, HD_ERROR, (int)HD_NOT_FOUND);
  g_assert_cmpstr (folder->message, ==, "starting sh in /hd/no/such/folder: no such folder");
}

static void
collect_line (const char *line, gpointer data)
{
  g_string_append_printf (data, "<%s>", line);
}

static void
test_lines (void)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  HdSpawn options = { .on_line = collect_line, .on_line_data = lines };
  g_autofree char *output
      = run_script ("printf 'a\\n\\nb'; printf 'c\\nend'", &options, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (lines->str, ==, "<a><><bc><end>");
  g_string_truncate (lines, 0);
  g_free (output);
  output = run_script ("echo err >&2", &options, NULL, &error);
  g_assert_cmpstr (lines->str, ==, "<err>");
}

static void
test_overflow (void)
{
  g_autoptr (GError) error = NULL;
  HdSpawn options = { .capture_stdout = TRUE, .max_output_bytes = 1000 };

  assert_output ("printf 1234", (HdSpawn){ .max_output_bytes = 4 }, "1234");
  g_assert_null (run_script ("exec yes", &options, NULL, &error));
  g_assert_error (error, HD_ERROR, (int)HD_FAILED);
  g_assert_cmpstr (error->message, ==, "sh printed more than 1000 bytes");
}

static void
test_stdout_fd (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  int fd = g_file_open_tmp ("test-spawn-XXXXXX", &path, NULL);
  HdSpawn options = { .stdout_fd = fd };
  g_autofree char *output = run_script ("echo to the file", &options, NULL, &error);

  g_assert_no_error (error);
  close (fd);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "to the file\n");
  g_unlink (path);
}

/* Descriptors of ours do not reach the child, even without FD_CLOEXEC. */
static void
test_descriptors (void)
{
  int fd = dup2 (STDERR_FILENO, 77);

  g_assert_cmpint (fd, ==, 77);
  assert_output ("[ -e /proc/$$/fd/2 ] && [ ! -e /proc/$$/fd/77 ] && echo closed", (HdSpawn){ 0 },
                 "closed\n");
  close (fd);
}

static void
cancel_at_line (const char *line, gpointer data)
{
  g_assert_cmpstr (line, ==, "ready");
  g_cancellable_cancel (data);
}

/* SIGTERM, which the child may use to tidy up. */
static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) before = NULL;
  HdSpawn options = { .on_line = cancel_at_line, .on_line_data = cancellable };

  g_assert_null (run_script ("trap 'kill $!; exit 1' TERM; sleep 1000 & echo ready; wait", &options,
                             cancellable, &error));
  g_assert_error (error, HD_ERROR, (int)HD_CANCELLED);
  g_assert_cmpstr (error->message, ==, "sh was cancelled");
  g_assert_null (run_script ("echo never", &options, cancellable, &before));
  g_assert_error (before, HD_ERROR, (int)HD_CANCELLED);
}

/* A grandchild that keeps the pipe open is not waited for: it ends when the FIFO is opened, after
 * hd_spawn_run has returned. */
static void
test_grandchild (void)
{
  g_autofree char *folder = g_dir_make_tmp ("test-spawn-XXXXXX", NULL);
  g_autofree char *fifo = g_build_filename (folder, "fifo", NULL);
  int fd;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_output ("cat fifo & echo done", (HdSpawn){ .cwd = folder }, "done\n");
  fd = open (fifo, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_unlink (fifo);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spawn/output", test_output);
  g_test_add_func ("/spawn/input-not-read", test_input_not_read);
  g_test_add_func ("/spawn/plain", test_plain);
  g_test_add_func ("/spawn/fails", test_fails);
  g_test_add_func ("/spawn/tail", test_tail);
  g_test_add_func ("/spawn/not-found", test_not_found);
  g_test_add_func ("/spawn/lines", test_lines);
  g_test_add_func ("/spawn/overflow", test_overflow);
  g_test_add_func ("/spawn/stdout-fd", test_stdout_fd);
  g_test_add_func ("/spawn/descriptors", test_descriptors);
  g_test_add_func ("/spawn/cancel", test_cancel);
  g_test_add_func ("/spawn/grandchild", test_grandchild);
  return g_test_run ();
}
