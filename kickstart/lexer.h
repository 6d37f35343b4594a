/* A line of a kickstart file to words, with the quoting of Python's shlex in POSIX mode.
 *
 * That is what the language's reference parser uses: words are separated by spaces and tabs; single
 * quotes keep everything, double quotes keep everything but \" and \\, a backslash outside quotes
 * takes the next character as it is; '#' begins a comment, also in the middle of an unquoted word.
 * There are no continuation lines. Pure.
 */
#pragma once

#include <glib.h>

/* A line with more words than this is refused. */
#define HD_KS_MAX_WORDS 4096

typedef struct
{
  char *text;
  guint column; /* of its first character in the line, from 1 */
} HdKsWord;

typedef struct
{
  guint column;
  const char *what; /* static; without a full stop */
  const char *hint; /* static, or NULL */
} HdKsLexProblem;

/* An empty array of HdKsWord that frees its words. */
GArray *hd_ks_words_new (void);

/* Append the words of `line`, which is UTF-8 without line ends and NUL. FALSE with *ret_problem
 * when it is malformed (the words before are appended). *ret_cut becomes the column of a '#' that
 * cuts a word, or 0. */
gboolean hd_ks_lex (const char *line, GArray *words, guint *ret_cut, HdKsLexProblem *ret_problem);
