/* common/err: one row for each code, names both ways, strings that are cut to fit. */
#include <glib.h>
#include <string.h>
#include "common/err.h"

static void
test_table (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (int i = 0; i < HD_N_CODES; i++)
    {
      hd_code code = (hd_code)i;
      g_assert_true (g_hash_table_add (seen, (gpointer)hd_code_name (code)));
      g_assert_true (g_hash_table_add (seen, (gpointer)hd_code_dbus_name (code)));
      g_assert_true (g_hash_table_add (seen, (gpointer)hd_code_summary (code)));
      g_assert_cmpint (hd_code_from_name (hd_code_name (code)), ==, code);
      g_assert_cmpint (hd_code_from_name (hd_code_dbus_name (code)), ==, code);
      g_assert_cmpint (hd_code_exit_status (code), >=, 0);
      g_assert_cmpint (hd_code_exit_status (code), <=, 77);
      for (int j = 0; j < i; j++)
        g_assert_cmpint (hd_code_exit_status (code), !=, hd_code_exit_status ((hd_code)j));
    }
}

static void
test_documented (void)
{
  g_assert_cmpint (hd_code_exit_status (HD_OK), ==, 0);
  g_assert_cmpint (hd_code_exit_status (HD_USAGE), ==, 2);
  g_assert_cmpint (hd_code_exit_status (HD_SIGNATURE), ==, 12);
  g_assert_cmpint (hd_code_exit_status (HD_NO_BUS), ==, 23);
  g_assert_cmpint (hd_code_exit_status (HD_NOTHING), ==, 77);
  g_assert_cmpstr (hd_code_name (HD_NO_SPACE), ==, "no-space");
  g_assert_cmpstr (hd_code_dbus_name (HD_NO_SPACE), ==, "org.atomichost.Host1.Error.NoSpace");
}

static void
test_unknown (void)
{
  g_assert_cmpint (hd_code_from_name ("nonsense"), ==, HD_FAILED);
  g_assert_cmpint (hd_code_from_name (NULL), ==, HD_FAILED);
  g_assert_cmpint (hd_code_exit_status ((hd_code)1000), ==, 1);
  g_assert_cmpstr (hd_code_name ((hd_code)-1), ==, "failed");
}

static void
test_errno (void)
{
  g_assert_cmpint (hd_code_from_errno (ENOSPC), ==, HD_NO_SPACE);
  g_assert_cmpint (hd_code_from_errno (EDQUOT), ==, HD_NO_SPACE);
  g_assert_cmpint (hd_code_from_errno (ENOENT), ==, HD_NOT_FOUND);
  g_assert_cmpint (hd_code_from_errno (EACCES), ==, HD_DENIED);
  g_assert_cmpint (hd_code_from_errno (EPERM), ==, HD_DENIED);
  g_assert_cmpint (hd_code_from_errno (EIO), ==, HD_FAILED);
}

static void
test_set (void)
{
  hd_err err = { HD_OK };

  g_assert_cmpint (hd_err_set (&err, HD_CONFIG, "mend it", "line %d", 3), ==, -EINVAL);
  g_assert_cmpint (err.code, ==, HD_CONFIG);
  g_assert_cmpstr (err.message, ==, "line 3");
  g_assert_cmpstr (err.hint, ==, "mend it");

  g_assert_cmpint (hd_err_set_errno (&err, ENOSPC, "writing %s", "x"), ==, -ENOSPC);
  g_assert_cmpint (err.code, ==, HD_NO_SPACE);
  g_assert_cmpstr (err.message, ==, "writing x: No space left on device");
  g_assert_cmpstr (err.hint, ==, "");

  g_assert_cmpint (hd_err_set (NULL, HD_CONFIG, NULL, "x"), ==, -EINVAL);
  g_assert_cmpint (hd_err_set_errno (NULL, EIO, "x"), ==, -EIO);
}

static void
test_cut (void)
{
  g_autofree char *text = g_strnfill (2000, 'x');
  hd_err err;

  hd_err_set (&err, HD_FAILED, text, "%s", text);
  g_assert_cmpuint (strlen (err.message), ==, sizeof err.message - 1);
  g_assert_cmpuint (strlen (err.hint), ==, sizeof err.hint - 1);
  hd_err_set_errno (&err, EIO, "%s", text);
  g_assert_cmpuint (strlen (err.message), ==, sizeof err.message - 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/err/table", test_table);
  g_test_add_func ("/err/documented", test_documented);
  g_test_add_func ("/err/unknown", test_unknown);
  g_test_add_func ("/err/errno", test_errno);
  g_test_add_func ("/err/set", test_set);
  g_test_add_func ("/err/cut", test_cut);
  return g_test_run ();
}
