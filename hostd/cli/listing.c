/* Lists as docker prints them. */
#include "cli/listing.h"

#include <stdio.h>
#include <string.h>

#include "base/output.h"
#include "common/cleanup.h"

/* Of docker's tables (text/tabwriter: minimal width, padding). */
#define MIN_WIDTH 10
#define PADDING 3

static void
free_row (gpointer row)
{
  hd_json_free (row);
}

GPtrArray *
hd_listing_new (void)
{
  return g_ptr_array_new_with_free_func (free_row);
}

/* ---- Columns ---- */

static int
width_of (const char *text)
{
  int width = 0;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

/* Lines of cells, aligned; the last cell of a line is not padded. */
static void
print_aligned (const GPtrArray *lines)
{
  g_autoptr (GArray) widths = g_array_new (FALSE, TRUE, sizeof (int));
  for (guint i = 0; i < lines->len; i++)
    {
      char **cells = g_ptr_array_index (lines, i);
      for (guint k = 0; cells[k] != NULL; k++)
        {
          if (k == widths->len)
            g_array_set_size (widths, k + 1);
          int *width = &g_array_index (widths, int, k);
          *width = MAX (*width, MAX (width_of (cells[k]) + PADDING, MIN_WIDTH));
        }
    }
  for (guint i = 0; i < lines->len; i++)
    {
      char **cells = g_ptr_array_index (lines, i);
      for (guint k = 0; cells[k] != NULL; k++)
        {
          int gap = cells[k + 1] != NULL ? g_array_index (widths, int, k) - width_of (cells[k]) : 0;
          printf ("%s%*s", cells[k], gap, "");
        }
      putchar ('\n');
    }
}

/* A row's cells in the order of the columns that are shown; the titles when `row` is NULL. */
static char **
cells_of (const HdColumn *columns, const hd_json *row)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new ();
  for (const HdColumn *column = columns; column->key != NULL; column++)
    if (column->shown)
      g_ptr_array_add (cells, row != NULL ? hd_printable (hd_json_get_string (row, column->key, ""))
                                          : g_strdup (column->title));
  g_ptr_array_add (cells, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&cells), FALSE);
}

static GPtrArray *
lines_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
}

static void
print_table (const GPtrArray *rows, const HdColumn *columns)
{
  g_autoptr (GPtrArray) lines = lines_new ();
  g_ptr_array_add (lines, cells_of (columns, NULL));
  for (guint i = 0; i < rows->len; i++)
    g_ptr_array_add (lines, cells_of (columns, g_ptr_array_index (rows, i)));
  print_aligned (lines);
}

/* ---- Templates ---- */

/* "\t" and "\n" as people write them in a shell's quotes. */
static HdFormat *
parse_template (const char *template, GError **error)
{
  g_autofree char *plain = g_strcompress (template);
  return hd_format_parse (plain, error);
}

/* What a template of "table ..." makes of the titles is the head of the table. */
static hd_json *
titles_of (const HdColumn *columns)
{
  hd_json *titles = hd_json_new_object ();
  for (const HdColumn *column = columns; column->key != NULL; column++)
    hd_json_set_string (titles, column->key, column->title);
  return titles;
}

/* .Label "KEY" of a row whose member Labels is "A=1,B=2". */
static hd_json *
label_of (const hd_json *row, const char *name, const char *argument)
{
  if (!g_str_equal (name, "Label") || argument == NULL)
    return NULL;
  g_auto (GStrv) labels = g_strsplit (hd_json_get_string (row, "Labels", ""), ",", -1);
  gsize length = strlen (argument);
  for (char **label = labels; *label != NULL; label++)
    if (strncmp (*label, argument, length) == 0 && (*label)[length] == '=')
      return hd_json_new_string (*label + length + 1);
  return hd_json_new_string ("");
}

/* Its title is the key. */
static hd_json *
label_title (const hd_json *titles, const char *name, const char *argument)
{
  return g_str_equal (name, "Label") && argument != NULL ? hd_json_new_string (argument) : NULL;
}

static gboolean
append_line (const HdFormat *format, const hd_json *row, HdFormatMethod method, GPtrArray *lines,
             GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  if (!hd_format_write (format, row, method, text, error))
    return FALSE;
  char **cells = g_strsplit (text->str, "\t", -1);
  for (char **cell = cells; *cell != NULL; cell++)
    {
      char *clean = hd_printable (*cell);
      g_free (*cell);
      *cell = clean;
    }
  g_ptr_array_add (lines, cells);
  return TRUE;
}

static gboolean
print_format_table (const GPtrArray *rows, const HdColumn *columns, const char *template,
                    GError **error)
{
  g_autoptr (GPtrArray) lines = lines_new ();
  g_autoptr (HdFormat) format = parse_template (template, error);
  hd_autojson titles = titles_of (columns);
  if (format == NULL || !append_line (format, titles, label_title, lines, error))
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    if (!append_line (format, g_ptr_array_index (rows, i), label_of, lines, error))
      return FALSE;
  print_aligned (lines);
  return TRUE;
}

static gboolean
print_format (const GPtrArray *rows, const char *template, GError **error)
{
  g_autoptr (HdFormat) format = parse_template (template, error);
  g_autoptr (GString) text = g_string_new (NULL);
  if (format == NULL)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      if (!hd_format_write (format, g_ptr_array_index (rows, i), label_of, text, error))
        return FALSE;
      g_string_append_c (text, '\n');
    }
  fputs (text->str, stdout);
  return TRUE;
}

static void
print_json (const GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      hd_autofree char *line = hd_json_to_text (g_ptr_array_index (rows, i), false);
      puts (line);
    }
}

gboolean
hd_listing_print (const GPtrArray *rows, const HdColumn *columns, const char *format,
                  GError **error)
{
  if (format != NULL && g_str_has_prefix (format, "table "))
    return print_format_table (rows, columns, format + strlen ("table "), error);
  if (format != NULL && !g_str_equal (format, "table") && !g_str_equal (format, "json"))
    return print_format (rows, format, error);
  if (format != NULL && g_str_equal (format, "json"))
    print_json (rows);
  else
    print_table (rows, columns);
  return TRUE;
}

/* Four spaces, as Docker indents. */
static void
print_indented (const hd_json *value)
{
  hd_autofree char *text = hd_json_to_text (value, true);
  for (const char *line = text; line != NULL && *line != '\0';)
    {
      gsize indent = strspn (line, " "), length = strcspn (line, "\n");
      printf ("%*s%.*s\n", (int)(2 * indent), "", (int)(length - indent), line + indent);
      line += length + (line[length] == '\n');
    }
}

gboolean
hd_listing_inspect (const GPtrArray *values, const char *format, GError **error)
{
  if (format != NULL && !g_str_equal (format, "json"))
    return print_format (values, format, error);
  hd_autojson array = hd_json_new_array ();
  for (guint i = 0; i < values->len; i++)
    hd_json_append (array, hd_json_copy (g_ptr_array_index (values, i)));
  if (format == NULL)
    {
      print_indented (array);
      return TRUE;
    }
  hd_autofree char *text = hd_json_to_text (array, false);
  puts (text);
  return TRUE;
}
