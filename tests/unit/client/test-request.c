/* Requests and the table of changing verbs. */
#include "client/request.h"

static void
test_table (void)
{
  for (const HdChange *change = hd_changes; change->verb != NULL; change++)
    {
      g_assert_true (hd_change_by_verb (change->verb) == change);
      g_assert_true (hd_change_by_method (change->method) == change);
    }
  g_assert_null (hd_change_by_verb ("status"));
  g_assert_null (hd_change_by_method ("upgrade"));
}

static void
test_text (void)
{
  g_autoptr (HdRequest) request = hd_request_new (hd_change_by_verb ("kargs"), "/srv/root");
  hd_json *words = hd_json_new_array ();
  hd_json_append (words, hd_json_new_string ("a=\"b\nc\""));
  hd_json_set (request->options, "append", words);
  g_autofree char *text = hd_request_to_text (request);
  g_assert_cmpstr (text, ==,
                   "{\"verb\":\"kargs\",\"sysroot\":\"/srv/root\","
                   "\"options\":{\"append\":[\"a=\\\"b\\nc\\\"\"]}}");
}

static void
test_only_looks (void)
{
  static const struct
  {
    const char *option;
    gboolean looks;
  } cases[] = { { "check", TRUE }, { "preview", TRUE }, { "download-only", FALSE } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdRequest) request = hd_request_new (hd_change_by_verb ("upgrade"), "/");
      g_assert_false (hd_request_only_looks (request));
      hd_json_set_bool (request->options, cases[i].option, true);
      g_assert_cmpint (hd_request_only_looks (request), ==, cases[i].looks);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/request/table", test_table);
  g_test_add_func ("/request/text", test_text);
  g_test_add_func ("/request/only-looks", test_only_looks);
  return g_test_run ();
}
