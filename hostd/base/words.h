/* Words of a line, with the quoting of systemd.syntax(7): single and double quotes, also within a
 * word, and C's escapes. */
#pragma once

#include <glib.h>

/* Append the words of `text`, which are separated by spaces and tabs, to `words` (char *, to be
 * freed with g_free). FALSE with the place of a quote that is never closed, in bytes, in
 * *ret_quote; the words before it are appended. */
gboolean hd_words_split (const char *text, GPtrArray *words, gsize *ret_quote);
