/* Two looks at a file before its lines are taken. */
#include "kickstart/prescan.h"

#include <string.h>

void
hd_ks_find_version (HdKickstart *kickstart, const char *text, gsize length)
{
  static const char mark[] = "#version=";
  const char *end = text + length;
  HdKsPlace place = { kickstart->name, 1, sizeof mark };

  for (const char *p = text; p < end; place.line++)
    {
      const char *newline = memchr (p, '\n', (gsize)(end - p));
      gsize line_length = (gsize)((newline != NULL ? newline : end) - p);
      if (line_length >= sizeof mark - 1 && line_length < 128
          && memcmp (p, mark, sizeof mark - 1) == 0)
        {
          g_autofree char *value = g_strndup (p + sizeof mark - 1, line_length - sizeof mark + 1);
          g_autofree char *hint = NULL;
          const char *nearest;
          if (hd_ks_version_parse (g_strchomp (value), &kickstart->version, &nearest))
            return;
          hint = nearest != NULL ? g_strdup_printf ("did you mean %s?", nearest)
                                 : g_strdup ("write it as F40 or RHEL9, or leave it out");
          hd_ks_warn (kickstart->report, place, hint,
                      "unknown version \"%s\": all versions are accepted", value);
          return;
        }
      p += line_length + (newline != NULL);
    }
}

void
hd_ks_find_pre (const char *text, gsize length, GString *pre)
{
  const char *end = text + length;
  gboolean inside = FALSE;

  for (const char *p = text; p < end;)
    {
      const char *newline = memchr (p, '\n', (gsize)(end - p));
      gsize line_length = (gsize)((newline != NULL ? newline : end) - p);
      gboolean word_ends = line_length == 4 || (line_length > 4 && strchr (" \t\r", p[4]) != NULL);
      if (line_length >= 4 && memcmp (p, "%end", 4) == 0)
        inside = FALSE;
      else if (line_length >= 4 && memcmp (p, "%pre", 4) == 0 && word_ends)
        inside = TRUE;
      if (inside)
        g_string_append_len (pre, p, (gssize)line_length + (newline != NULL));
      p += line_length + (newline != NULL);
    }
}
