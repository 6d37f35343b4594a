/* base/log: outside of systemd a message is a plain line. */
#include <stdlib.h>
#include "base/error.h"
#include "base/log.h"

static void
log_both (void)
{
  g_autoptr (GError) error = NULL;

  hd_log (LOG_NOTICE, "job %d of %s", 3, "upgrade");
  hd_throw (&error, HD_NO_SPACE, "make room", "100%% full");
  hd_log_error (LOG_ERR, error);
  exit (0);
}

static void
expect_plain (void)
{
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("job 3 of upgrade\n100% full\n");
}

static void
test_plain (void)
{
  if (g_test_subprocess ())
    {
      g_unsetenv ("JOURNAL_STREAM");
      log_both ();
    }
  expect_plain ();
}

/* The variable is inherited by those whose standard error is something else by now. */
static void
test_other_stream (void)
{
  if (g_test_subprocess ())
    {
      g_setenv ("JOURNAL_STREAM", "1:1", TRUE);
      log_both ();
    }
  expect_plain ();
}

static void
test_malformed_stream (void)
{
  if (g_test_subprocess ())
    {
      g_setenv ("JOURNAL_STREAM", "nonsense", TRUE);
      log_both ();
    }
  expect_plain ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/plain", test_plain);
  g_test_add_func ("/log/other-stream", test_other_stream);
  g_test_add_func ("/log/malformed-stream", test_malformed_stream);
  return g_test_run ();
}
