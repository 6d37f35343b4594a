/* What people read: tables, keys, sizes, times, colours.
 *
 * Text may come from a server (versions, commit subjects): what is no UTF-8 and what would steer
 * the terminal is replaced before it is printed.  Values in, text out; knows no other part. */
#include "base/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Columns that valid UTF-8 takes on a terminal. */
static int
text_width (const char *text)
{
  int width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

char *
hd_printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *clean = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      g_string_append_unichar (clean, g_unichar_iscntrl (c) ? 0xfffd : c);
    }
  return g_string_free (clean, FALSE);
}

struct _HdTable
{
  GPtrArray *rows; /* of char **, all with n_columns cells */
  guint n_columns; /* of the first row */
};

HdTable *
hd_table_new (const char *const *header)
{
  HdTable *table = g_new0 (HdTable, 1);

  table->rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  if (header != NULL)
    hd_table_row (table, header);
  return table;
}

void
hd_table_row (HdTable *table, const char *const *cells)
{
  guint n_cells = g_strv_length ((char **)cells);
  char **row = g_new0 (char *, n_cells + 1);

  if (table->rows->len == 0)
    table->n_columns = n_cells;
  g_assert (n_cells == table->n_columns);
  for (guint i = 0; i < n_cells; i++)
    row[i] = hd_printable (cells[i]);
  g_ptr_array_add (table->rows, row);
}

static void
print_row (char **row, const int *widths, guint n_columns, FILE *out)
{
  for (guint i = 0; i < n_columns; i++)
    {
      fputs (row[i], out);
      if (i + 1 < n_columns)
        fprintf (out, "%*s", widths[i] - text_width (row[i]) + 2, "");
    }
  fputc ('\n', out);
}

void
hd_table_print (HdTable *table, FILE *out)
{
  g_autofree int *widths = g_new0 (int, table->n_columns);

  for (guint r = 0; r < table->rows->len; r++)
    {
      char **row = g_ptr_array_index (table->rows, r);
      for (guint i = 0; i < table->n_columns; i++)
        widths[i] = MAX (widths[i], text_width (row[i]));
    }
  for (guint r = 0; r < table->rows->len; r++)
    print_row (g_ptr_array_index (table->rows, r), widths, table->n_columns, out);
}

void
hd_table_free (HdTable *table)
{
  g_ptr_array_unref (table->rows);
  g_free (table);
}

void
hd_print_key (FILE *out, int width, const char *key, const char *value)
{
  g_autofree char *clean = NULL;

  if (value == NULL)
    return;
  clean = hd_printable (value);
  fprintf (out, "%*s%s: %s\n", MAX (width - text_width (key), 0), "", key, clean);
}

char *
hd_format_size (guint64 bytes)
{
  static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
  guint64 tenths = bytes, unit = 100;
  guint i = 0;

  if (bytes < 1000)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " B", bytes);
  /* Rounded to a tenth; 999,950 bytes are 1.0 MB and not 1000.0 kB. */
  for (;; i++, unit *= 1000)
    {
      tenths = bytes / unit + (bytes % unit >= unit / 2);
      if (tenths < 10000 || i + 1 == G_N_ELEMENTS (units))
        break;
    }
  return g_strdup_printf ("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %s", tenths / 10,
                          tenths % 10, units[i]);
}

char *
hd_format_age (gint64 seconds_since_1970, gint64 now)
{
  static const struct
  {
    gint64 seconds;
    const char *name;
  } units[] = {
    { 365 * 86400, "year" }, { 30 * 86400, "month" }, { 7 * 86400, "week" }, { 86400, "day" },
    { 3600, "hour" },        { 60, "minute" },        { 1, "second" },
  };
  gint64 age = now - seconds_since_1970;
  gint64 distance = ABS (age);
  g_autofree char *span = NULL;
  gint64 count;
  guint i = 0;

  if (distance < 5)
    return g_strdup ("just now");
  while (distance < units[i].seconds)
    i++;
  count = distance / units[i].seconds;
  span = g_strdup_printf ("%" G_GINT64_FORMAT " %s%s", count, units[i].name, count == 1 ? "" : "s");
  return age < 0 ? g_strconcat ("in ", span, NULL) : g_strconcat (span, " ago", NULL);
}

char *
hd_format_time (gint64 seconds_since_1970)
{
  time_t seconds = (time_t)seconds_since_1970;
  struct tm tm;

  /* RFC 3339 knows the years 0 to 9999; for the rest a number says more than an error. */
  if (gmtime_r (&seconds, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
    return g_strdup_printf ("@%" G_GINT64_FORMAT, seconds_since_1970);
  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                          tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

const char *
hd_style (FILE *out, const char *name)
{
  static const struct
  {
    const char *name;
    const char *escape;
  } styles[] = {
    { "bold", "\033[1m" },    { "red", "\033[31m" },  { "green", "\033[32m" },
    { "yellow", "\033[33m" }, { "reset", "\033[0m" },
  };
  const char *no_color = getenv ("NO_COLOR");

  if ((no_color != NULL && *no_color != '\0') || !isatty (fileno (out)))
    return "";
  for (guint i = 0; i < G_N_ELEMENTS (styles); i++)
    if (strcmp (styles[i].name, name) == 0)
      return styles[i].escape;
  g_assert_not_reached ();
}
