/* Results to JSON and back. */
#include "client/result.h"

#include "base/error.h"
#include "common/cleanup.h"

static void
test_round_trip (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdResult) result = hd_result_new (HD_SIGNATURE, "unknown key \"x\"", "import it");
  result->data = hd_json_new_object ();
  hd_json_set_int (result->data, "n", 7);

  g_autofree char *text = hd_result_to_text (result);
  g_assert_cmpstr (text, ==,
                   "{\"code\":\"signature\",\"message\":\"unknown key \\\"x\\\"\","
                   "\"hint\":\"import it\",\"data\":{\"n\":7}}");
  g_autoptr (HdResult) read = hd_result_from_text (text, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read->code, ==, HD_SIGNATURE);
  g_assert_cmpstr (read->message, ==, "unknown key \"x\"");
  g_assert_cmpstr (read->hint, ==, "import it");
  g_assert_cmpint (hd_json_get_int (read->data, "n", 0), ==, 7);
}

static void
test_missing_members (void)
{
  g_autoptr (HdResult) result = hd_result_from_text ("{\"code\":\"ok\"}", NULL);
  g_assert_cmpint (result->code, ==, HD_OK);
  g_assert_cmpstr (result->message, ==, "");
  g_assert_null (result->hint);
  g_assert_null (result->data);
}

static void
test_unknown_code (void)
{
  g_autoptr (HdResult) result = hd_result_from_text ("{\"code\":\"from-the-future\"}", NULL);
  g_assert_cmpint (result->code, ==, HD_FAILED);
}

static void
test_bad (void)
{
  static const char *const texts[] = { "", "{", "{}", "[]", "{\"code\":1}" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (hd_result_from_text (texts[i], &error));
      g_assert_nonnull (error);
    }
}

static void
test_of_error (void)
{
  g_autoptr (GError) error = NULL;
  hd_throw (&error, HD_NETWORK, "is it plugged in?", "no route");
  g_autoptr (HdResult) result = hd_result_new_error (error);
  g_assert_cmpint (result->code, ==, HD_NETWORK);
  g_assert_cmpstr (result->message, ==, "no route");
  g_assert_cmpstr (result->hint, ==, "is it plugged in?");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/result/round-trip", test_round_trip);
  g_test_add_func ("/result/missing-members", test_missing_members);
  g_test_add_func ("/result/unknown-code", test_unknown_code);
  g_test_add_func ("/result/bad", test_bad);
  g_test_add_func ("/result/of-error", test_of_error);
  return g_test_run ();
}
