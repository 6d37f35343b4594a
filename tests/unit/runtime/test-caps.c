/* Capabilities: the sets of a config. */
#include "runtime/caps.h"
#include <linux/capability.h>
#include "sample.h"

static void
test_sets (void)
{
  g_autofree char *config = sample_config (
      "process.capabilities", "{\"bounding\": [\"CAP_CHOWN\", \"CAP_KILL\", \"CAP_FLY\"],"
                              "\"effective\": [\"CAP_KILL\", \"CAP_FLY\"],"
                              "\"permitted\": [\"CAP_KILL\", \"CAP_SWIM\"],"
                              "\"ambient\": [\"CAP_KILL\"]}");
  g_autoptr (sample) s = sample_parse (config);
  rt_cap_sets sets;

  g_assert_cmpstr (rt_caps_from_spec (s->spec.process->capabilities, &sets, &s->arena), ==,
                   "CAP_FLY, CAP_SWIM");
  g_assert_cmphex (sets.bounding, ==, 1 << CAP_CHOWN | 1 << CAP_KILL);
  g_assert_cmphex (sets.effective, ==, 1 << CAP_KILL);
  g_assert_cmphex (sets.permitted, ==, 1 << CAP_KILL);
  g_assert_cmphex (sets.inheritable, ==, 0);
  g_assert_cmphex (sets.ambient, ==, 1 << CAP_KILL);
}

/* A list without end is named by its beginning. */
static void
test_many_unknown (void)
{
  rt_auto_arena arena = { 0 };
  rt_capabilities caps = { 0 };
  rt_cap_sets sets;

  for (int i = 0; i < 1000; i++)
    rt_strings_add (&caps.bounding, rt_printf (&arena, "CAP_%d", i), &arena);
  g_auto (GStrv) names = g_strsplit (rt_caps_from_spec (&caps, &sets, &arena), ", ", -1);
  g_assert_cmpuint (g_strv_length (names), ==, 16);
  g_assert_cmpstr (names[15], ==, "CAP_15");
}

static void
test_none (void)
{
  rt_auto_arena arena = { 0 };
  rt_cap_sets sets = { .bounding = 1 };

  g_assert_null (rt_caps_from_spec (NULL, &sets, &arena));
  g_assert_cmphex (sets.bounding, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/caps/sets", test_sets);
  g_test_add_func ("/caps/many-unknown", test_many_unknown);
  g_test_add_func ("/caps/none", test_none);
  return g_test_run ();
}
