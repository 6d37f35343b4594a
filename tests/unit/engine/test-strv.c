/* engine/strv: lists of strings in a column. */
#include "engine/strv.h"

static void
test_round_trip (void)
{
  static const char *const list[] = { "a=b", "", "with \"quotes\"\nand lines", NULL };
  g_autofree char *json = hd_strv_to_json (list);
  g_auto (GStrv) back = hd_strv_from_json (json);
  g_assert_true (g_strv_equal (list, (const char *const *)back));
  g_autofree char *empty = hd_strv_to_json (NULL);
  g_assert_cmpstr (empty, ==, "[]");
  g_auto (GStrv) damaged = hd_strv_from_json ("[\"a\", 1, {");
  g_assert_null (damaged[0]);
  g_auto (GStrv) absent = hd_strv_from_json (NULL);
  g_assert_null (absent[0]);
}

static void
test_value (void)
{
  static const char *const list[] = { "key=one", "keys=x", "bare", "key=two=2", NULL };
  g_assert_cmpstr (hd_strv_value (list, "key"), ==, "two=2");
  g_assert_cmpstr (hd_strv_value (list, "bare"), ==, "");
  g_assert_null (hd_strv_value (list, "ke"));
  g_assert_null (hd_strv_value (NULL, "key"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/strv/round-trip", test_round_trip);
  g_test_add_func ("/strv/value", test_value);
  return g_test_run ();
}
