/* Memory that is zeroed, aligned, apart, and stays until all goes. */
#include "runtime/arena.h"

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static void
test_memory (void)
{
  rt_auto_arena arena = { 0 };
  unsigned char *kept[200];

  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      gsize size = i * 97 % 1000;

      kept[i] = rt_alloc (&arena, size);
      g_assert_cmpuint ((uintptr_t)kept[i] % _Alignof(max_align_t), ==, 0);
      for (gsize j = 0; j < size; j++)
        g_assert_cmpint (kept[i][j], ==, 0);
      memset (kept[i], (int)i, size);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    for (gsize j = 0; j < i * 97 % 1000; j++)
      g_assert_cmpint (kept[i][j], ==, (int)i);
}

static void
test_large (void)
{
  rt_auto_arena arena = { 0 };
  char *small = rt_strdup (&arena, "small");
  char *large = rt_alloc (&arena, 1 << 20);

  large[(1 << 20) - 1] = 'x';
  g_assert_cmpstr (rt_strdup (&arena, "after"), ==, "after");
  g_assert_cmpstr (small, ==, "small");
}

static void
test_text (void)
{
  rt_arena arena = { 0 };
  g_autofree char *long_text = g_strnfill (40000, 'a');

  g_assert_cmpstr (rt_printf (&arena, "%s/%d", "x", 7), ==, "x/7");
  g_assert_cmpuint (strlen (rt_printf (&arena, "%s!", long_text)), ==, 40001);
  g_assert_cmpstr (rt_strdup (&arena, ""), ==, "");
  rt_arena_free (&arena);
  g_assert_null (arena.newest);
  rt_arena_free (&arena);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arena/memory", test_memory);
  g_test_add_func ("/arena/large", test_large);
  g_test_add_func ("/arena/text", test_text);
  return g_test_run ();
}
