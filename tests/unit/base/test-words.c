/* base/words: separators, quotes, escapes, and the place of a quote that is not closed. */
#include "base/words.h"

static void
test_split (void)
{
  static const struct
  {
    const char *text;
    const char *words;
  } cases[] = {
    { "", "" },
    { " \t ", "" },
    { "one", "one" },
    { "  one  two\tthree ", "one|two|three" },
    { "'a b' \"c d\"", "a b|c d" },
    { "pre'a b'post", "prea bpost" },
    { "'a'\"b\"c", "abc" },
    { "'\"' \"'\"", "\"|'" },
    { "a '' b", "a||b" },
    { "a\\sb \\\"x\\\"", "a b|\"x\"" },
    { "don\\'t stop", "don't|stop" },
    { "\"a\\\"b\"", "a\"b" },
    { "'a\\'b'", "a'b" },
    { "tab\\there c:\\dir", "tab\there|c:\\dir" },
    { "\\\\ \\n", "\\|\n" },
    { "end\\", "end\\" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
      gsize quote = 42;
      gboolean good = hd_words_split (cases[i].text, words, &quote);

      g_ptr_array_add (words, NULL);
      g_autofree char *joined = g_strjoinv ("|", (char **)words->pdata);
      g_assert_true (good);
      g_assert_cmpstr (joined, ==, cases[i].words);
      g_assert_cmpuint (quote, ==, 42);
    }
}

static void
test_unclosed (void)
{
  static const struct
  {
    const char *text;
    gsize quote;
    guint n_words;
  } cases[] = {
    { "'", 0, 0 },
    { "one 'two", 4, 1 },
    { "don't stop", 3, 0 },
    { "'a' \"b' c", 4, 1 },
    { "\"a\\\"", 0, 0 },
    { "a\"b\"c'd", 5, 0 },
    { "\303\244 \\' \"x", 6, 2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
      gsize quote = 42;
      gboolean good = hd_words_split (cases[i].text, words, &quote);

      g_test_message ("%s", cases[i].text);
      g_assert_false (good);
      g_assert_cmpuint (quote, ==, cases[i].quote);
      g_assert_cmpuint (words->len, ==, cases[i].n_words);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/split", test_split);
  g_test_add_func ("/words/unclosed", test_unclosed);
  return g_test_run ();
}
