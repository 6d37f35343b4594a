/* Configuration and definition files: the INI dialect of systemd.syntax(7) with line and column.
 *
 * "[Section]", "Key=value", comments by '#' or ';' at the start of a line, continuation by a
 * backslash at the end of a line; a key given again appends, an empty value empties the list.
 * Which sections and keys exist is a table; an unknown one is an error that names file, line,
 * column and the nearest known word.  Parsing does no I/O.
 */
#pragma once

#include <glib.h>

typedef struct
{
  const char *section;
  const char *key;
  const char *help; /* one line, for the man page */
} HdIniKey;         /* tables end with { NULL } */

typedef struct _HdIni HdIni;

/* An empty set of values for the keys of `table` (which must outlive it). */
HdIni *hd_ini_new (const HdIniKey *table);
void hd_ini_free (HdIni *ini);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdIni, hd_ini_free)

/* Parse `length_bytes` bytes on top of what was parsed before. `name` is for messages.
 * Errors: HD_CONFIG, "NAME:LINE:COLUMN: ..." with the nearest word as hint. */
gboolean hd_ini_parse (HdIni *ini, const char *name, const char *text, gsize length_bytes,
                       GError **error);
/* Read a file (1 MiB at most) and parse it, then "PATH.d" slash "*.conf" in order of their names.
 */
gboolean hd_ini_load (HdIni *ini, const char *path, GError **error);

/* The last value; NULL when the key was never given or is empty. Belongs to `ini`. */
const char *hd_ini_string (const HdIni *ini, const char *section, const char *key);
/* All values in order (one for each line); never NULL. Belongs to `ini`. */
const char *const *hd_ini_values (const HdIni *ini, const char *section, const char *key);
/* All white-space separated words of all values, with systemd's quoting (base/words.h). Free with
 * g_strfreev. Errors: HD_CONFIG, "NAME:LINE:COLUMN: ..." for a quote that is never closed. */
char **hd_ini_words (const HdIni *ini, const char *section, const char *key, GError **error);
/* Typed: TRUE and *ret, `fallback` when absent; HD_CONFIG with the place when malformed. */
gboolean hd_ini_bool (const HdIni *ini, const char *section, const char *key, gboolean fallback,
                      gboolean *ret, GError **error);
gboolean hd_ini_size (const HdIni *ini, const char *section, const char *key, guint64 fallback,
                      guint64 *ret_bytes, GError **error);
gboolean hd_ini_int (const HdIni *ini, const char *section, const char *key, gint64 fallback,
                     gint64 *ret, GError **error);
/* "NAME:LINE" of the last value, for messages of later checks; NULL when absent. */
const char *hd_ini_place (const HdIni *ini, const char *section, const char *key);
