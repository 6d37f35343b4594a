/* base/verb-table: look-ups. */
#include "sample-program.h"
#include <string.h>

static void
test_find (void)
{
  g_autofree const HdVerb **verbs = hd_program_verbs (&sample_program);

  g_assert_cmpstr (verbs[0]->path, ==, "host upgrade");
  g_assert_cmpstr (verbs[4]->path, ==, "volume snapshot list");
  g_assert_null (verbs[5]);
  g_assert_true (hd_program_find (&sample_program, "host rollback") == verbs[1]);
  g_assert_null (hd_program_find (&sample_program, "host"));
  g_assert_null (hd_program_find (&sample_program, "rollback"));
}

static void
test_groups (void)
{
  g_assert_true (hd_program_is_group (&sample_program, ""));
  g_assert_true (hd_program_is_group (&sample_program, "host"));
  g_assert_true (hd_program_is_group (&sample_program, "volume snapshot"));
  g_assert_false (hd_program_is_group (&sample_program, "hos"));
  g_assert_false (hd_program_is_group (&sample_program, "run"));
  g_assert_false (hd_program_is_group (&sample_program, "host upgrade"));
}

static void
assert_next (const char *path, const char *expected)
{
  g_auto (GStrv) words = hd_program_next_words (&sample_program, path);
  g_autofree char *joined = g_strjoinv (" ", words);

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_next_words (void)
{
  assert_next ("", "host run volume");
  assert_next ("host", "upgrade rollback");
  assert_next ("volume", "create snapshot");
  assert_next ("volume snapshot", "list");
  assert_next ("run", "");
}

static void
test_options (void)
{
  const HdOption *table = hd_program_find (&sample_program, "host upgrade")->options;

  g_assert_cmpstr (hd_option_find_long (table, "check=x", 5)->name, ==, "check");
  g_assert_null (hd_option_find_long (table, "che", 3));
  g_assert_null (hd_option_find_long (NULL, "check", 5));
  g_assert_cmpstr (hd_option_find_short (table, 'j')->name, ==, "jobs");
  g_assert_null (hd_option_find_short (table, 'x'));
  g_assert_null (hd_option_find_short (table, '\0'));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verb-table/find", test_find);
  g_test_add_func ("/verb-table/groups", test_groups);
  g_test_add_func ("/verb-table/next-words", test_next_words);
  g_test_add_func ("/verb-table/options", test_options);
  return g_test_run ();
}
