/* Lists of small numbers, as the kernel writes them. */
#include "runtime/numberlist.h"

#include <errno.h>
#include <glib.h>

static void
test_lists (void)
{
  static const struct
  {
    const char *text;
    guint64 low;
    guint64 high;
    gsize size_bytes;
  } cases[] = { { "0", 1, 0, 8 },
                { "0-3,7", 0x8f, 0, 8 },
                { "7,0-3,2", 0x8f, 0, 8 },
                { "63", 1ULL << 63, 0, 8 },
                { "64", 0, 1, 16 },
                { "63-64", 1ULL << 63, 1, 16 },
                { "127,0", 1, 1ULL << 63, 16 } };
  static const char *const bad[]
      = { "",    ",",     "0,", ",0", "0,,1", "-",  "-1",  "1-",  "3-1",
          "128", "0-128", "a",  "0 ", " 0",   "+1", "0x1", "1;2", "99999999999999999999999" };
  gsize size_bytes = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint64 mask[2] = { 0 };

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (rt_number_list_parse (cases[i].text, 128, mask, &size_bytes), ==, 0);
      g_assert_cmphex (mask[0], ==, cases[i].low);
      g_assert_cmphex (mask[1], ==, cases[i].high);
      g_assert_cmpuint (size_bytes, ==, cases[i].size_bytes);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      guint64 mask[2] = { 0 };

      g_test_message ("\"%s\"", bad[i]);
      g_assert_cmpint (rt_number_list_parse (bad[i], 128, mask, NULL), ==, -EINVAL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/number-list/lists", test_lists);
  return g_test_run ();
}
