/* Lines to words, as Python's shlex splits them in POSIX mode with comments. */
#include "kickstart/lexer.h"

#include <string.h>

static const struct
{
  const char *line;
  const char *words; /* "COLUMN:WORD;" each */
  guint cut;
} good[] = {
  { "", "", 0 },
  { "  \t", "", 0 },
  { "# all of it", "", 0 },
  { "text", "1:text;", 0 },
  { "  part\t/ --size=5  ", "3:part;8:/;10:--size=5;", 0 },
  { "a # b", "1:a;", 0 },
  { "a#b c", "1:a;", 2 },
  { "'a # b' \"#\"", "1:a # b;9:#;", 0 },
  { "'a\\b' 'it is \"so\"'", "1:a\\b;7:it is \"so\";", 0 },
  { "\"a\\\"b\\\\c\\d\"", "1:a\"b\\c\\d;", 0 },
  { "\\a\\ b \\# \\'", "1:a b;7:#;10:';", 0 },
  { "a'b'\"c\"d", "1:abcd;", 0 },
  { "'' \"\"", "1:;4:;", 0 },
  { "--passphrase \"\"", "1:--passphrase;14:;", 0 },
  { "sm\xc3\xb8rrebr\xc3\xb8"
    "d lang",
    "1:sm\xc3\xb8rrebr\xc3\xb8"
    "d;12:lang;",
    0 },
  { "a\r", "1:a;", 0 },
  { "--xlayouts=cz,'cz (qwerty)'", "1:--xlayouts=cz,cz (qwerty);", 0 },
};

static char *
join (const GArray *words)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < words->len; i++)
    {
      const HdKsWord *word = &g_array_index (words, HdKsWord, i);
      g_string_append_printf (text, "%u:%s;", word->column, word->text);
    }
  return g_string_free (text, FALSE);
}

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GArray) words = hd_ks_words_new ();
      g_autofree char *text = NULL;
      HdKsLexProblem problem;
      guint cut;
      g_assert_true (hd_ks_lex (good[i].line, words, &cut, &problem));
      text = join (words);
      g_assert_cmpstr (text, ==, good[i].words);
      g_assert_cmpuint (cut, ==, good[i].cut);
    }
}

static const struct
{
  const char *line;
  guint column;
  const char *what;
  guint n_words; /* before it */
} bad[] = {
  { "a 'b", 3, "a quote that is never closed", 1 },
  { "a b\"c d", 4, "a quote that is never closed", 1 },
  { "\"a\\\"", 1, "a quote that is never closed", 0 },
  { "\xc3\xa4\xc3\xb6 'x", 4, "a quote that is never closed", 1 },
  { "a b\\", 4, "a backslash at the end of a line", 1 },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GArray) words = hd_ks_words_new ();
      HdKsLexProblem problem;
      guint cut;
      g_assert_false (hd_ks_lex (bad[i].line, words, &cut, &problem));
      g_assert_cmpuint (problem.column, ==, bad[i].column);
      g_assert_cmpstr (problem.what, ==, bad[i].what);
      g_assert_cmpuint (words->len, ==, bad[i].n_words);
    }
}

static void
test_too_many_words (void)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GArray) words = hd_ks_words_new ();
  HdKsLexProblem problem;
  guint cut;

  for (int i = 0; i < HD_KS_MAX_WORDS; i++)
    g_string_append (line, "a ");
  g_assert_true (hd_ks_lex (line->str, words, &cut, &problem));
  g_string_append (line, "b");
  g_array_set_size (words, 0);
  g_assert_false (hd_ks_lex (line->str, words, &cut, &problem));
  g_assert_cmpstr (problem.what, ==, "too many words in one line");
  g_assert_cmpuint (problem.column, ==, 2 * HD_KS_MAX_WORDS + 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/lexer/good", test_good);
  g_test_add_func ("/kickstart/lexer/bad", test_bad);
  g_test_add_func ("/kickstart/lexer/too-many-words", test_too_many_words);
  return g_test_run ();
}
