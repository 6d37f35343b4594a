/* Characters to words. */
#include "kickstart/lexer.h"

#include <string.h>

typedef struct
{
  const char *p;
  HdKsLexProblem problem;
  guint cut;
  const char *counted; /* up to here characters are counted */
  guint column;        /* of it, from 1 */
} Lexer;

static void
word_clear (gpointer pointer)
{
  HdKsWord *word = pointer;

  g_free (word->text);
}

GArray *
hd_ks_words_new (void)
{
  GArray *words = g_array_new (FALSE, FALSE, sizeof (HdKsWord));

  g_array_set_clear_func (words, word_clear);
  return words;
}

/* The column of a place that does not stand before the last one that was asked for. */
static guint
column_of (Lexer *lexer, const char *p)
{
  g_assert (p >= lexer->counted);
  lexer->column += (guint)g_utf8_strlen (lexer->counted, p - lexer->counted);
  lexer->counted = p;
  return lexer->column;
}

static gboolean
fail (Lexer *lexer, const char *where, const char *what, const char *hint)
{
  lexer->problem = (HdKsLexProblem){ column_of (lexer, where), what, hint };
  return FALSE;
}

static gboolean
is_space (char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

/* The inside of a quote that begins at lexer->p. */
static gboolean
take_quoted (Lexer *lexer, GString *word)
{
  const char *open = lexer->p++;

  while (*lexer->p != '\0' && *lexer->p != *open)
    {
      if (*open == '"' && *lexer->p == '\\' && (lexer->p[1] == '"' || lexer->p[1] == '\\'))
        lexer->p++;
      g_string_append_c (word, *lexer->p++);
    }
  if (*lexer->p == '\0')
    return fail (lexer, open, "a quote that is never closed",
                 "close it on the same line, or write \\' or \\\" for the character itself");
  lexer->p++;
  return TRUE;
}

static gboolean
take_escaped (Lexer *lexer, GString *word)
{
  const char *backslash = lexer->p++;

  if (*lexer->p == '\0')
    return fail (lexer, backslash, "a backslash at the end of a line",
                 "a command stands on one line: kickstart has no continuation lines");
  g_string_append_c (word, *lexer->p++);
  return TRUE;
}

/* One word at lexer->p, which is neither space nor comment. */
static gboolean
take_word (Lexer *lexer, GString *word)
{
  gboolean good = TRUE;

  while (good && *lexer->p != '\0' && !is_space (*lexer->p))
    {
      if (*lexer->p == '#')
        {
          lexer->cut = column_of (lexer, lexer->p);
          lexer->p += strlen (lexer->p);
        }
      else if (*lexer->p == '\'' || *lexer->p == '"')
        good = take_quoted (lexer, word);
      else if (*lexer->p == '\\')
        good = take_escaped (lexer, word);
      else
        g_string_append_c (word, *lexer->p++);
    }
  return good;
}

static gboolean
take_words (Lexer *lexer, GArray *words)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (;;)
    {
      HdKsWord word;

      while (is_space (*lexer->p))
        lexer->p++;
      if (*lexer->p == '\0' || *lexer->p == '#')
        return TRUE;
      if (words->len >= HD_KS_MAX_WORDS)
        return fail (lexer, lexer->p, "too many words in one line", NULL);
      word.column = column_of (lexer, lexer->p);
      g_string_truncate (text, 0);
      if (!take_word (lexer, text))
        return FALSE;
      word.text = g_strdup (text->str);
      g_array_append_val (words, word);
    }
}

gboolean
hd_ks_lex (const char *line, GArray *words, guint *ret_cut, HdKsLexProblem *ret_problem)
{
  Lexer lexer = { .p = line, .counted = line, .column = 1 };
  gboolean good = take_words (&lexer, words);

  *ret_cut = lexer.cut;
  if (!good)
    *ret_problem = lexer.problem;
  return good;
}
