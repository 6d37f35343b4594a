/* SHA256SUMS, as sha256sum writes and reads it. */
#pragma once

#include <glib.h>

#define HD_SUMS_MAX_LINES 10000u
#define HD_SUMS_MAX_BYTES 4194304u

typedef struct
{
  char *name;
  char *sha256; /* 64 lower-case digits */
} HdSumsEntry;

/* Parse `length` bytes; names are plain: no slash, no leading dot, printable. Returns an array of
 * HdSumsEntry. Errors: HD_CORRUPT with the line. */
GPtrArray *hd_sums_parse (const char *text, gsize length, GError **error);
/* Sorted by name; free with g_free. */
char *hd_sums_format (GPtrArray *entries);
HdSumsEntry *hd_sums_entry_new (const char *name, const char *sha256);
void hd_sums_entry_free (HdSumsEntry *entry);
