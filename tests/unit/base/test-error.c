/* base/error: codes, hints and messages through GError, and how they are reported. */
#include "base/error.h"

static void
test_throw (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) copy = NULL;

  g_assert_false (hd_throw (&error, HD_NETWORK, "try again", "pulling %s", "x"));
  g_assert_error (error, HD_ERROR, (int)HD_NETWORK);
  g_assert_cmpstr (error->message, ==, "pulling x");
  g_assert_cmpstr (hd_error_hint (error), ==, "try again");
  g_assert_cmpint (hd_error_code (error), ==, HD_NETWORK);

  g_prefix_error (&error, "upgrading: ");
  copy = g_error_copy (error);
  g_assert_cmpstr (copy->message, ==, "upgrading: pulling x");
  g_assert_cmpstr (hd_error_hint (copy), ==, "try again");
  hd_error_set_hint (copy, "other");
  g_assert_cmpstr (hd_error_hint (copy), ==, "other");
  g_assert_cmpstr (hd_error_hint (error), ==, "try again");

  g_assert_false (hd_throw (NULL, HD_NETWORK, NULL, "nobody listens"));
}

static void
test_errno (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (hd_throw_errno (&error, ENOSPC, "writing %s", "/boot"));
  g_assert_error (error, HD_ERROR, (int)HD_NO_SPACE);
  g_assert_cmpstr (error->message, ==, "writing /boot: No space left on device");
  g_assert_null (hd_error_hint (error));
}

static void
test_err (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) bare = NULL;
  hd_err err;

  hd_err_set (&err, HD_CONFIG, "look there", "line 1: bad");
  g_assert_false (hd_throw_err (&error, &err));
  g_assert_error (error, HD_ERROR, (int)HD_CONFIG);
  g_assert_cmpstr (error->message, ==, "line 1: bad");
  g_assert_cmpstr (hd_error_hint (error), ==, "look there");
  hd_err_set (&err, HD_CONFIG, NULL, "100%% bad");
  hd_throw_err (&bare, &err);
  g_assert_cmpstr (bare->message, ==, "100% bad");
  g_assert_null (hd_error_hint (bare));
}

static void
test_foreign (void)
{
  static const struct
  {
    int foreign;
    hd_code code;
  } cases[] = {
    { G_IO_ERROR_NO_SPACE, HD_NO_SPACE },         { G_IO_ERROR_CANCELLED, HD_CANCELLED },
    { G_IO_ERROR_TIMED_OUT, HD_NETWORK },         { G_IO_ERROR_HOST_NOT_FOUND, HD_NETWORK },
    { G_IO_ERROR_CONNECTION_CLOSED, HD_NETWORK }, { G_IO_ERROR_NOT_FOUND, HD_NOT_FOUND },
    { G_IO_ERROR_PERMISSION_DENIED, HD_DENIED },  { G_IO_ERROR_FAILED, HD_FAILED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, cases[i].foreign, "x");
      g_assert_cmpint (hd_error_code (error), ==, cases[i].code);
      g_assert_null (hd_error_hint (error));
    }
}

static void
test_foreign_domains (void)
{
  g_autoptr (GError) file = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOSPC, "x");
  g_autoptr (GError) other = g_error_new_literal (G_SHELL_ERROR, 1, "x");

  g_assert_cmpint (hd_error_code (file), ==, HD_NO_SPACE);
  g_assert_cmpint (hd_error_code (other), ==, HD_FAILED);
}

static void
test_report (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) nothing = NULL;

  if (g_test_subprocess ())
    {
      hd_throw (&error, HD_SIGNATURE, "import it", "no key %%");
      g_assert_cmpint (hd_error_report (error), ==, 12);
      hd_throw (&nothing, HD_NOTHING, NULL, "already current");
      exit (hd_error_report (nothing));
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("error: no key %\nhint: import it\nalready current\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/throw", test_throw);
  g_test_add_func ("/error/errno", test_errno);
  g_test_add_func ("/error/err", test_err);
  g_test_add_func ("/error/foreign", test_foreign);
  g_test_add_func ("/error/foreign-domains", test_foreign_domains);
  g_test_add_func ("/error/report", test_report);
  return g_test_run ();
}
