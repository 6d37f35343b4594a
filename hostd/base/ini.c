/* Configuration and definition files: the dialect of systemd.syntax(7), held to a table of keys.
 *
 * The parser takes bytes and says file, line and column of what it refuses; hd_ini_load() alone
 * reads files.  Values stay text until they are asked for by type.  Knows no key of the project. */
#include "base/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/error.h"
#include "base/words.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"

#define MAX_FILE_BYTES (1u << 20)

/* A piece of a logical line: what is behind `offset` bytes of it stands in line `line` of the file,
 * from its first column on. */
typedef struct
{
  gsize offset;
  guint line;
} Piece;

/* Where a value stands: `offset` bytes behind the begin of a logical line. */
typedef struct
{
  char *name; /* of the file */
  gsize offset;
  GArray *pieces; /* of Piece; the first has offset 0 */
} Place;

typedef struct
{
  const HdIniKey *key;
  char **values; /* NULL-terminated */
  guint n_values;
  GPtrArray *places; /* of Place, one for each value */
  char *place;       /* of the last value */
} Entry;

struct _HdIni
{
  const HdIniKey *table;
  Entry *entries; /* one for each row of the table */
  guint n_entries;
};

static void
place_free (gpointer data)
{
  Place *place = data;

  g_free (place->name);
  g_array_unref (place->pieces);
  g_free (place);
}

static void
entry_clear (Entry *entry)
{
  g_strfreev (entry->values);
  g_free (entry->place);
  g_clear_pointer (&entry->places, g_ptr_array_unref);
}

static void
entry_reset (Entry *entry)
{
  entry_clear (entry);
  entry->values = g_new0 (char *, 1);
  entry->n_values = 0;
  entry->places = g_ptr_array_new_with_free_func (place_free);
  entry->place = NULL;
}

HdIni *
hd_ini_new (const HdIniKey *table)
{
  HdIni *ini = g_new0 (HdIni, 1);

  ini->table = table;
  while (table[ini->n_entries].section != NULL)
    ini->n_entries++;
  ini->entries = g_new0 (Entry, ini->n_entries);
  for (guint i = 0; i < ini->n_entries; i++)
    {
      ini->entries[i].key = &table[i];
      entry_reset (&ini->entries[i]);
    }
  return ini;
}

void
hd_ini_free (HdIni *ini)
{
  for (guint i = 0; i < ini->n_entries; i++)
    entry_clear (&ini->entries[i]);
  g_free (ini->entries);
  g_free (ini);
}

/* ---- Parsing ---- */

typedef struct
{
  HdIni *ini;
  const char *name;
  const char *p; /* the rest of the text */
  const char *end;
  guint line;     /* of what is read next, from 1 */
  char *section;  /* NULL before the first */
  GString *text;  /* the logical line that is being read */
  GArray *pieces; /* of Piece: which lines of the file it is made of */
} Parser;

static gboolean G_GNUC_PRINTF (6, 7)
    refuse (const Parser *parser, guint line, glong column, const char *hint, GError **error,
            const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  return hd_throw (error, HD_CONFIG, hint, "%s:%u:%ld: %s", parser->name, line, column, what);
}

/* "did you mean ...?" for an unknown key of `section`, or for an unknown section when that is NULL;
 * NULL when nothing is near. */
static char *
nearest_hint (const HdIni *ini, const char *word, const char *section)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  const char *nearest;

  for (const HdIniKey *row = ini->table; row->section != NULL; row++)
    {
      if (section != NULL && strcmp (row->key, word) == 0)
        return g_strdup_printf ("%s= belongs in [%s]", word, row->section);
      if (section == NULL || strcmp (row->section, section) == 0)
        g_ptr_array_add (words, (gpointer)(section == NULL ? row->section : row->key));
    }
  g_ptr_array_add (words, NULL);
  nearest = hd_nearest_word (word, (const char *const *)words->pdata);
  if (nearest == NULL)
    return NULL;
  return g_strdup_printf (section == NULL ? "did you mean [%s]?" : "did you mean %s=?", nearest);
}

/* The next line of the file, without its end; `line` is emptied first. FALSE at the end. */
static gboolean
take_line (Parser *parser, GString *line)
{
  const char *newline;
  gsize length;

  g_string_truncate (line, 0);
  if (parser->p == parser->end)
    return FALSE;
  newline = memchr (parser->p, '\n', (gsize)(parser->end - parser->p));
  length = (gsize)((newline != NULL ? newline : parser->end) - parser->p);
  g_string_append_len (line, parser->p, (gssize)length);
  if (length > 0 && line->str[length - 1] == '\r')
    g_string_truncate (line, length - 1);
  parser->p += length + (newline != NULL);
  parser->line++;
  return TRUE;
}

static gboolean
is_comment (const char *line)
{
  line += strspn (line, " \t");
  return *line == '#' || *line == ';';
}

static void
add_piece (Parser *parser, gsize offset)
{
  Piece piece = { offset, parser->line };

  g_array_append_val (parser->pieces, piece);
}

/* A line with what continues it: a backslash at the end becomes a space, comments between are
 * skipped. */
static gboolean
take_logical_line (Parser *parser)
{
  g_autoptr (GString) next = g_string_new (NULL);
  GString *line = parser->text;

  g_array_set_size (parser->pieces, 0);
  if (!take_line (parser, line))
    return FALSE;
  add_piece (parser, 0);
  if (is_comment (line->str))
    return TRUE;
  while (line->len > 0 && line->str[line->len - 1] == '\\')
    {
      line->str[line->len - 1] = ' ';
      do
        if (!take_line (parser, next))
          return TRUE;
      while (is_comment (next->str));
      add_piece (parser, line->len);
      g_string_append_len (line, next->str, (gssize)next->len);
    }
  return TRUE;
}

static gboolean
parse_section (Parser *parser, const char *text, guint line, glong column, GError **error)
{
  gsize length = strlen (text);
  g_autofree char *name = NULL;
  g_autofree char *hint = NULL;

  if (length < 3 || text[length - 1] != ']')
    return refuse (parser, line, column, "write [Section]", error, "a section ends with ]");
  name = g_strndup (text + 1, length - 2);
  for (const HdIniKey *row = parser->ini->table; row->section != NULL; row++)
    if (strcmp (row->section, name) == 0)
      {
        g_free (parser->section);
        parser->section = g_steal_pointer (&name);
        return TRUE;
      }
  hint = nearest_hint (parser->ini, name, NULL);
  return refuse (parser, line, column + 1, hint, error, "unknown section [%s]", name);
}

static Entry *
find_entry (const HdIni *ini, const char *section, const char *key)
{
  for (guint i = 0; i < ini->n_entries; i++)
    if (strcmp (ini->entries[i].key->section, section) == 0
        && strcmp (ini->entries[i].key->key, key) == 0)
      return &ini->entries[i];
  return NULL;
}

/* Add a value, which stands at `value` in the parser's logical line. */
static void
add_value (const Parser *parser, Entry *entry, const char *value)
{
  Place *place = g_new0 (Place, 1);

  place->name = g_strdup (parser->name);
  place->offset = (gsize)(value - parser->text->str);
  place->pieces = g_array_copy (parser->pieces);
  g_ptr_array_add (entry->places, place);
  entry->values = g_renew (char *, entry->values, entry->n_values + 2);
  entry->values[entry->n_values++] = g_strdup (value);
  entry->values[entry->n_values] = NULL;
  g_free (entry->place);
  entry->place
      = g_strdup_printf ("%s:%u", parser->name, g_array_index (parser->pieces, Piece, 0).line);
}

static gboolean
parse_assignment (Parser *parser, const char *text, guint line, glong column, GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *key = NULL;
  g_autofree char *hint = NULL;
  const char *value;
  Entry *entry;

  if (equals == NULL)
    return refuse (parser, line, column, "write Key=value, or begin a comment with #", error,
                   "no \"=\" in this line");
  key = g_strstrip (g_strndup (text, (gsize)(equals - text)));
  if (parser->section == NULL)
    return refuse (parser, line, column, "begin with a line like [Section]", error,
                   "%s= stands before the first section", key);
  entry = find_entry (parser->ini, parser->section, key);
  if (entry == NULL)
    {
      hint = nearest_hint (parser->ini, key, parser->section);
      return refuse (parser, line, column, hint, error, "unknown key %s= in [%s]", key,
                     parser->section);
    }
  for (value = equals + 1; g_ascii_isspace (*value);)
    value++;
  if (*value == '\0')
    entry_reset (entry);
  else
    add_value (parser, entry, value);
  return TRUE;
}

/* Text is UTF-8 without NUL: say where it is not. */
static gboolean
check_encoding (const Parser *parser, GError **error)
{
  const char *bad, *start = parser->p;
  guint line = 1;

  if (g_utf8_validate_len (parser->p, (gsize)(parser->end - parser->p), &bad))
    return TRUE;
  for (const char *p = parser->p; p < bad; p++)
    if (*p == '\n')
      {
        line++;
        start = p + 1;
      }
  return refuse (parser, line, g_utf8_strlen (start, bad - start) + 1, NULL, error, "not UTF-8");
}

gboolean
hd_ini_parse (HdIni *ini, const char *name, const char *text, gsize length_bytes, GError **error)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  Parser parser = { ini, name, text, text + length_bytes, 0, NULL, line, pieces };
  gboolean good = check_encoding (&parser, error);

  while (good)
    {
      guint number = parser.line + 1;
      const char *content;
      glong column;

      if (!take_logical_line (&parser))
        break;
      content = g_strchomp (line->str) + strspn (line->str, " \t");
      column = (glong)(content - line->str) + 1;
      if (*content == '[')
        good = parse_section (&parser, content, number, column, error);
      else if (*content != '\0' && !is_comment (content))
        good = parse_assignment (&parser, content, number, column, error);
    }
  g_free (parser.section);
  return good;
}

/* ---- Files ---- */

static gboolean
load_file (HdIni *ini, const char *path, GError **error)
{
  hd_autofree char *text = NULL;
  size_t length;
  int r = hd_fs_read (AT_FDCWD, path, MAX_FILE_BYTES, &text, &length);

  if (r == -EFBIG)
    return hd_throw (error, HD_CONFIG, NULL, "%s is larger than %u bytes", path, MAX_FILE_BYTES);
  if (r < 0)
    return hd_throw_errno (error, -r, "reading %s", path);
  return hd_ini_parse (ini, path, text, length, error);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Names of the drop-ins in order; an absent folder has none. */
static GPtrArray *
list_drop_ins (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &local_error);
  const char *name;

  if (dir == NULL && !g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      hd_throw (error, hd_error_code (local_error), NULL, "%s", local_error->message);
      return NULL;
    }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf") && name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

gboolean
hd_ini_load (HdIni *ini, const char *path, GError **error)
{
  g_autofree char *folder = g_strconcat (path, ".d", NULL);
  g_autoptr (GPtrArray) names = NULL;

  if (!load_file (ini, path, error))
    return FALSE;
  names = list_drop_ins (folder, error);
  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (folder, g_ptr_array_index (names, i), NULL);
      if (!load_file (ini, file, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- Values ---- */

static const Entry *
get_entry (const HdIni *ini, const char *section, const char *key)
{
  const Entry *entry = find_entry (ini, section, key);

  g_assert (entry != NULL);
  return entry;
}

const char *
hd_ini_string (const HdIni *ini, const char *section, const char *key)
{
  const Entry *entry = get_entry (ini, section, key);

  return entry->n_values > 0 ? entry->values[entry->n_values - 1] : NULL;
}

const char *const *
hd_ini_values (const HdIni *ini, const char *section, const char *key)
{
  return (const char *const *)get_entry (ini, section, key)->values;
}

const char *
hd_ini_place (const HdIni *ini, const char *section, const char *key)
{
  return get_entry (ini, section, key)->place;
}

/* Refuse the character `index` bytes behind the begin of a value: line and column of the file. What
 * stands before a value in its line is ASCII, since the key is one of the table. */
static gboolean
throw_at (const Entry *entry, guint value, gsize index, const char *hint, GError **error,
          const char *what)
{
  const Place *place = g_ptr_array_index (entry->places, value);
  const Piece *piece = &g_array_index (place->pieces, Piece, 0);
  gsize position = place->offset + index;

  for (guint i = 1; i < place->pieces->len; i++)
    if (g_array_index (place->pieces, Piece, i).offset <= position)
      piece = &g_array_index (place->pieces, Piece, i);
  gsize before = piece->offset < place->offset ? place->offset - piece->offset : 0;
  const char *begin = entry->values[value] + piece->offset + before - place->offset;
  glong column = (glong)before + g_utf8_strlen (begin, entry->values[value] + index - begin) + 1;
  return hd_throw (error, HD_CONFIG, hint, "%s:%u:%ld: %s in %s=", place->name, piece->line, column,
                   what, entry->key->key);
}

char **
hd_ini_words (const HdIni *ini, const char *section, const char *key, GError **error)
{
  const Entry *entry = get_entry (ini, section, key);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  gsize quote;

  for (guint i = 0; i < entry->n_values; i++)
    if (!hd_words_split (entry->values[i], words, &quote))
      {
        throw_at (entry, i, quote, "close it, or write \\\" or \\' for the character itself", error,
                  "a quote that is never closed");
        return NULL;
      }
  g_ptr_array_add (words, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

static gboolean
throw_type (const Entry *entry, const char *value, const char *what, GError **error)
{
  return hd_throw (error, HD_CONFIG, what, "%s: bad value of %s=: \"%s\"", entry->place,
                   entry->key->key, value);
}

gboolean
hd_ini_bool (const HdIni *ini, const char *section, const char *key, gboolean fallback,
             gboolean *ret, GError **error)
{
  static const char *const words[]
      = { "no", "yes", "false", "true", "off", "on", "0", "1", "n", "y", "f", "t" };
  const char *value = hd_ini_string (ini, section, key);

  if (value == NULL)
    {
      *ret = fallback;
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (value, words[i]) == 0)
      {
        *ret = i % 2 == 1;
        return TRUE;
      }
  return throw_type (get_entry (ini, section, key), value, "write yes or no", error);
}

gboolean
hd_ini_size (const HdIni *ini, const char *section, const char *key, guint64 fallback,
             guint64 *ret_bytes, GError **error)
{
  const char *value = hd_ini_string (ini, section, key);
  uint64_t bytes = fallback;

  if (value != NULL && hd_parse_size (value, &bytes) < 0)
    return throw_type (get_entry (ini, section, key), value,
                       "write a number of bytes, or one with K, M, G or T", error);
  *ret_bytes = bytes;
  return TRUE;
}

gboolean
hd_ini_int (const HdIni *ini, const char *section, const char *key, gint64 fallback, gint64 *ret,
            GError **error)
{
  const char *value = hd_ini_string (ini, section, key);
  int64_t number = fallback;

  if (value != NULL && hd_parse_int64 (value, &number) < 0)
    return throw_type (get_entry (ini, section, key), value, "write a whole number", error);
  *ret = number;
  return TRUE;
}
