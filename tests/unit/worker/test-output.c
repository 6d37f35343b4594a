/* worker/output: the lines of a worker, for a caller and for the journal. What is said goes to
 * standard output, so each case is a process of its own. */
#include "worker/output.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

/* Run the same test again as a child; its output is to be looked at by the caller. */
static void
run_child (void)
{
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

static void
say_progress (const HdReport *report)
{
  hd_report_phase (report, "pull");
  hd_report_progress (report, 3, 18446744073709551615u, "bytes");
  hd_report_message (report, "a \"word\"\nand more");
}

static void
test_report (void)
{
  if (g_test_subprocess ())
    {
      say_progress (hd_output_report ());
      return;
    }
  run_child ();
  g_test_trap_assert_stdout (
      "*{\"type\":\"phase\",\"phase\":\"pull\"}\n"
      "{\"type\":\"progress\",\"done\":3,\"total\":18446744073709551615,\"unit\":\"bytes\"}\n"
      "{\"type\":\"message\",\"text\":\"a \\\"word\\\"\\nand more\"}\n*");
}

static void
test_success (void)
{
  if (g_test_subprocess ())
    {
      g_auto (HdOperation) operation = { .data = hd_json_new_object () };
      hd_operation_say (&operation, "reboot", "done");
      hd_json_set_int (operation.data, "n", 1);
      int status = hd_output_result (&operation, NULL);
      g_assert_cmpint (status, ==, 0);
      /* The data is the operation's still. */
      g_assert_cmpint (hd_json_get_int (operation.data, "n", 0), ==, 1);
      return;
    }
  run_child ();
  g_test_trap_assert_stdout ("*{\"type\":\"result\",\"code\":\"ok\",\"message\":\"done\","
                             "\"hint\":\"reboot\",\"data\":{\"n\":1}}\n*");
}

static void
test_failure (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (GError) error = NULL;
      g_auto (HdOperation) operation = { 0 };
      hd_operation_say (&operation, "reboot", "not this");
      hd_throw (&error, HD_NO_SPACE, "make room", "no room on %s", "/boot");
      int status = hd_output_result (&operation, error);
      g_assert_cmpint (status, ==, hd_code_exit_status (HD_NO_SPACE));
      return;
    }
  run_child ();
  g_test_trap_assert_stdout ("*{\"type\":\"result\",\"code\":\"no-space\",\"message\":\"no room on "
                             "/boot\",\"hint\":\"make room\"}\n*");
}

/* An outcome with nothing to say has its members all the same. */
static void
test_silent_success (void)
{
  if (g_test_subprocess ())
    {
      HdOperation operation = { 0 };
      int status = hd_output_result (&operation, NULL);
      g_assert_cmpint (status, ==, 0);
      return;
    }
  run_child ();
  g_test_trap_assert_stdout ("*{\"type\":\"result\",\"code\":\"ok\",\"message\":\"\"}\n*");
}

/* Whoever reads is gone: that is no reason to leave a change half done. */
static void
test_reader_is_gone (void)
{
  if (g_test_subprocess ())
    {
      HdOperation operation = { 0 };
      int fds[2];
      int r = pipe2 (fds, O_CLOEXEC);
      int kept = dup (STDOUT_FILENO);
      g_assert_cmpint (r, ==, 0);
      signal (SIGPIPE, SIG_IGN);
      dup2 (fds[1], STDOUT_FILENO);
      close (fds[0]);
      close (fds[1]);
      say_progress (hd_output_report ());
      r = hd_output_result (&operation, NULL);
      dup2 (kept, STDOUT_FILENO);
      close (kept);
      g_assert_cmpint (r, ==, 0);
      return;
    }
  run_child ();
}

/* For the journal: no JSON, no progress; a message, and what went wrong (the hint is a field of its
 * own). */
static void
test_plain (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) nothing = NULL;
      g_auto (HdOperation) operation = { 0 };
      hd_output_init (TRUE);
      hd_operation_say (&operation, NULL, "all is well");
      say_progress (hd_output_report ());
      int status = hd_output_result (&operation, NULL);
      g_assert_cmpint (status, ==, 0);
      hd_throw (&error, HD_BOOTLOADER, "look there", "no entry");
      status = hd_output_result (&operation, error);
      g_assert_cmpint (status, ==, hd_code_exit_status (HD_BOOTLOADER));
      hd_throw (&nothing, HD_NOTHING, NULL, "nothing is staged");
      status = hd_output_result (&operation, nothing);
      g_assert_cmpint (status, ==, 77);
      return;
    }
  run_child ();
  g_test_trap_assert_stdout_unmatched ("*{*");
  g_test_trap_assert_stderr ("*a \"word\"*all is well*no entry*nothing is staged*");
  g_test_trap_assert_stderr_unmatched ("*pull*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/output/report", test_report);
  g_test_add_func ("/output/success", test_success);
  g_test_add_func ("/output/failure", test_failure);
  g_test_add_func ("/output/silent-success", test_silent_success);
  g_test_add_func ("/output/reader-is-gone", test_reader_is_gone);
  g_test_add_func ("/output/plain", test_plain);
  return g_test_run ();
}
