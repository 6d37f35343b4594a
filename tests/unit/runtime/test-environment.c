/* The environment of a program: of several entries with one name the last one counts. */
#include <glib.h>

#include "runtime/environment.h"

typedef struct
{
  const char *given; /* separated by spaces */
  const char *more;
  const char *merged;
} merge_case;

static void
test_merge (void)
{
  static const merge_case cases[] = {
    { "", NULL, "" },
    { "A=1 B=2", NULL, "A=1 B=2" },
    { "A=1 B=2 A=3", NULL, "B=2 A=3" },
    { "A=1 A=", NULL, "A=" },
    /* Names are compared whole. */
    { "AB=1 A=2 ABC=3", NULL, "AB=1 A=2 ABC=3" },
    { "A A=1", NULL, "A=1" },
    { "LISTEN_FDS=9 A=1", "LISTEN_FDS=2", "A=1 LISTEN_FDS=2" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) given = g_strsplit (cases[i].given, " ", -1);
      const char *more[] = { cases[i].more, NULL };
      rt_auto_arena arena = { 0 };
      const rt_strings list = { (const char **)given, g_strv_length (given) };

      char **merged = rt_environment_merge (&list, more, 2, &arena);
      g_autofree char *text = g_strjoinv (" ", merged);
      g_assert_cmpstr (text, ==, cases[i].merged);
      /* The free places end it, too. */
      g_assert_null (merged[g_strv_length (merged) + 2]);
    }
}

/* Linear: a hundred thousand of one name, and of as many. */
static void
test_many (void)
{
  const gsize count = 100000;
  g_autofree const char **items = g_new (const char *, count);
  rt_auto_arena arena = { 0 };

  for (int same = 0; same < 2; same++)
    {
      for (gsize i = 0; i < count; i++)
        items[i] = rt_printf (&arena, "NAME%zu=%zu", same ? 0 : i, i);
      char **merged = rt_environment_merge (&(rt_strings){ items, count }, NULL, 0, &arena);
      g_assert_cmpuint (g_strv_length (merged), ==, same ? 1 : count);
      g_assert_cmpstr (merged[same ? 0 : count - 1], ==, items[count - 1]);
    }
}

static void
test_get (void)
{
  const char *items[] = { "A=1", "AB=2", "A=3", "B" };
  const rt_strings list = { items, G_N_ELEMENTS (items) };

  g_assert_cmpstr (rt_environment_get (&list, "A"), ==, "3");
  g_assert_cmpstr (rt_environment_get (&list, "AB"), ==, "2");
  g_assert_null (rt_environment_get (&list, "B"));
  g_assert_null (rt_environment_get (&list, "C"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/runtime/environment/merge", test_merge);
  g_test_add_func ("/runtime/environment/many", test_many);
  g_test_add_func ("/runtime/environment/get", test_get);
  return g_test_run ();
}
