/* Text to words. */
#include "base/words.h"

#include <string.h>

/* Behind a backslash at *text: what it stands for (C's letters, and \s for a space); the backslash
 * and the character for all else, as systemd does for what it does not know. */
static void
take_escape (const char **text, GString *word)
{
  static const char letters[] = "abfnrtvs\\\"'";
  static const char meanings[] = "\a\b\f\n\r\t\v \\\"'";
  const char *found = **text != '\0' ? strchr (letters, **text) : NULL;

  if (found == NULL)
    {
      g_string_append_c (word, '\\');
      return;
    }
  g_string_append_c (word, meanings[found - letters]);
  (*text)++;
}

/* One word at *text, which is no white space; NULL with *text at a quote that is never closed. */
static char *
take_word (const char **text)
{
  g_autoptr (GString) word = g_string_new (NULL);
  const char *p = *text;
  const char *quote = NULL; /* the one that is open */

  while (*p != '\0' && (quote != NULL || (*p != ' ' && *p != '\t')))
    {
      char c = *p++;
      if (c == '\\')
        take_escape (&p, word);
      else if (quote != NULL && c == *quote)
        quote = NULL;
      else if (quote == NULL && (c == '"' || c == '\''))
        quote = p - 1;
      else
        g_string_append_c (word, c);
    }
  *text = quote != NULL ? quote : p;
  return quote != NULL ? NULL : g_strdup (word->str);
}

gboolean
hd_words_split (const char *text, GPtrArray *words, gsize *ret_quote)
{
  const char *p = text;

  while (*(p += strspn (p, " \t")) != '\0')
    {
      char *word = take_word (&p);
      if (word == NULL)
        {
          *ret_quote = (gsize)(p - text);
          return FALSE;
        }
      g_ptr_array_add (words, word);
    }
  return TRUE;
}
