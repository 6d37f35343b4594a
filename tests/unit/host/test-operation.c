/* host/operation: the outcome's texts are replaced, kept and freed. */
#include "host/operation.h"

static void
test_say (void)
{
  g_auto (HdOperation) operation = { 0 };
  hd_operation_say (&operation, "do this", "%s %d", "version", 1);
  g_assert_cmpstr (operation.message, ==, "version 1");
  g_assert_cmpstr (operation.hint, ==, "do this");
  hd_operation_say (&operation, operation.message, "%s, then %s", operation.message,
                    operation.hint);
  g_assert_cmpstr (operation.message, ==, "version 1, then do this");
  g_assert_cmpstr (operation.hint, ==, "version 1");
  hd_operation_say (&operation, NULL, "no hint");
  g_assert_cmpstr (operation.message, ==, "no hint");
  g_assert_null (operation.hint);
}

static void
test_clear (void)
{
  HdOperation operation = { .data = hd_json_new_object () };
  hd_operation_say (&operation, "hint", "message");
  hd_operation_clear (&operation);
  g_assert_null (operation.message);
  g_assert_null (operation.hint);
  g_assert_null (operation.data);
  hd_operation_clear (&operation);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/operation/say", test_say);
  g_test_add_func ("/operation/clear", test_clear);
  return g_test_run ();
}
