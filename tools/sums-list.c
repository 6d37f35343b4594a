/* "DIGEST  NAME" or "DIGEST *NAME", a line each. */
#include "tools/sums-list.h"

#include <string.h>

#include "base/error.h"
#include "common/parse.h"

#define DIGITS 64u

HdSumsEntry *
hd_sums_entry_new (const char *name, const char *sha256)
{
  HdSumsEntry *entry = g_new0 (HdSumsEntry, 1);
  entry->name = g_strdup (name);
  entry->sha256 = g_strdup (sha256);
  return entry;
}

void
hd_sums_entry_free (HdSumsEntry *entry)
{
  g_free (entry->name);
  g_free (entry->sha256);
  g_free (entry);
}

static gboolean
is_plain_name (const char *name)
{
  if (*name == '\0' || *name == '.' || strlen (name) > 255)
    return FALSE;
  for (const char *at = name; *at != '\0'; at++)
    if (!g_ascii_isprint (*at) || *at == '/' || *at == '\\')
      return FALSE;
  return TRUE;
}

GPtrArray *
hd_sums_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (GPtrArray) entries
      = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_sums_entry_free);
  g_autofree char *copy = g_strndup (text, length);
  if (length > HD_SUMS_MAX_BYTES || strlen (copy) != length)
    {
      hd_throw (error, HD_CORRUPT, NULL, "the list of sums is no text, or too long");
      return NULL;
    }
  g_auto (GStrv) lines = g_strsplit (copy, "\n", HD_SUMS_MAX_LINES + 1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = lines[i];
      if (*line == '\0')
        continue;
      gboolean ok = strlen (line) > DIGITS + 2 && line[DIGITS] == ' '
                    && (line[DIGITS + 1] == ' ' || line[DIGITS + 1] == '*')
                    && is_plain_name (line + DIGITS + 2);
      if (ok)
        {
          line[DIGITS] = '\0';
          ok = hd_parse_is_checksum (line);
        }
      if (!ok || i >= HD_SUMS_MAX_LINES)
        {
          hd_throw (error, HD_CORRUPT, "a line is a digest, two spaces and a plain name",
                    "line %u of the list of sums cannot be read", i + 1);
          return NULL;
        }
      g_ptr_array_add (entries, hd_sums_entry_new (line + DIGITS + 2, line));
    }
  return g_steal_pointer (&entries);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const HdSumsEntry *const *)a)->name, (*(const HdSumsEntry *const *)b)->name);
}

char *
hd_sums_format (GPtrArray *entries)
{
  GString *text = g_string_new (NULL);
  g_ptr_array_sort (entries, compare_entries);
  for (guint i = 0; i < entries->len; i++)
    {
      const HdSumsEntry *entry = g_ptr_array_index (entries, i);
      g_string_append_printf (text, "%s  %s\n", entry->sha256, entry->name);
    }
  return g_string_free (text, FALSE);
}
