/* What people read: tables with aligned columns, blocks of keys, sizes, ages. UTF-8 aware widths.
 */
#pragma once

#include <glib.h>
#include <stdio.h>

/* Text that is safe to print: U+FFFD for what is no UTF-8 and for control characters, line ends
 * too. The functions below do it themselves. Free with g_free. */
char *hd_printable (const char *text);

typedef struct _HdTable HdTable;
/* `header` NULL-terminated, or NULL for none. Cells are copied. */
HdTable *hd_table_new (const char *const *header);
void hd_table_row (HdTable *table, const char *const *cells);
/* Every row has as many cells as the first (asserted). Columns are separated by two spaces; the
 * last is not padded. */
void hd_table_print (HdTable *table, FILE *out);
void hd_table_free (HdTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdTable, hd_table_free)

/* "KEY: value" with keys right-aligned to `width` columns; a NULL value prints nothing. */
void hd_print_key (FILE *out, int width, const char *key, const char *value);
/* "12.3 MB" (powers of 1000, as IEC 80000 units), free with g_free. */
char *hd_format_size (guint64 bytes);
/* "3 hours ago", "in 2 days", "just now"; free with g_free. */
char *hd_format_age (gint64 seconds_since_1970, gint64 now);
/* "2026-01-02T03:04:05Z"; free with g_free. */
char *hd_format_time (gint64 seconds_since_1970);
/* Bold or colour escapes when `out` is a terminal and NO_COLOR is unset, else "". */
const char *hd_style (FILE *out, const char *name); /* "bold" "red" "green" "yellow" "reset" */
