/* --filter of lists and prune. */
#include "cli/filter.h"

#include <string.h>

#include "base/error.h"
#include "common/parse.h"

/* The value of a filter with this key, or NULL. "label!" is a key of its own. */
static const char *
value_of (const char *filter, const char *key)
{
  gsize length = strlen (key);
  return strncmp (filter, key, length) == 0 && filter[length] == '=' ? filter + length + 1 : NULL;
}

gboolean
hd_filter_check (const char *const *filters, const char *const *known, GError **error)
{
  for (; *filters != NULL; filters++)
    {
      const char *equals = strchr (*filters, '=');
      if (equals == NULL || equals == *filters)
        return hd_throw (error, HD_USAGE, "write KEY=VALUE", "filter \"%s\" has no value",
                         *filters);
      g_autofree char *key = g_strndup (*filters, (gsize)(equals - *filters));
      if (g_strv_contains (known, key))
        continue;
      g_autofree char *all = g_strjoinv (", ", (char **)known);
      g_autofree char *hint = g_strdup_printf ("known are %s", all);
      return hd_throw (error, HD_USAGE, hint, "there is no filter \"%s\"", key);
    }
  return TRUE;
}

static gboolean
matches (const char *const *filters, const char *key, const char *value, gboolean part)
{
  gboolean given = FALSE;
  for (; *filters != NULL; filters++)
    {
      const char *wanted = value_of (*filters, key);
      if (wanted == NULL)
        continue;
      given = TRUE;
      if (part ? strstr (value, wanted) != NULL : g_str_equal (value, wanted))
        return TRUE;
    }
  return !given;
}

gboolean
hd_filter_equals (const char *const *filters, const char *key, const char *value)
{
  return matches (filters, key, value, FALSE);
}

gboolean
hd_filter_contains (const char *const *filters, const char *key, const char *value)
{
  return matches (filters, key, value, TRUE);
}

/* "KEY" is any value, "KEY=VALUE" that one. */
static gboolean
has_label (char **labels, const char *wanted)
{
  for (; labels != NULL && *labels != NULL; labels++)
    {
      gsize key = strcspn (*labels, "=");
      if (g_str_equal (*labels, wanted)
          || (strlen (wanted) == key && strncmp (*labels, wanted, key) == 0))
        return TRUE;
    }
  return FALSE;
}

gboolean
hd_filter_labels (const char *const *filters, char **labels)
{
  for (; *filters != NULL; filters++)
    {
      const char *wanted = value_of (*filters, "label"), *unwanted = value_of (*filters, "label!");
      if ((wanted != NULL && !has_label (labels, wanted))
          || (unwanted != NULL && has_label (labels, unwanted)))
        return FALSE;
    }
  return TRUE;
}

/* Go's durations ("1h30m") are ours but for "m", which is a minute there. */
static gboolean
parse_until (const char *text, gint64 now, gint64 *ret)
{
  g_autoptr (GString) duration = g_string_new (NULL);
  guint64 ms;
  if (hd_parse_time (text, ret) == 0)
    return TRUE;
  for (const char *c = text; *c != '\0'; c++)
    {
      g_string_append_c (duration, *c);
      if (*c == 'm' && (c[1] == '\0' || g_ascii_isdigit (c[1])))
        g_string_append (duration, "in");
      if (!g_ascii_isdigit (*c) && g_ascii_isdigit (c[1]))
        g_string_append_c (duration, ' ');
    }
  if (hd_parse_duration (duration->str, &ms) < 0)
    return FALSE;
  *ret = now - (gint64)(ms / 1000);
  return TRUE;
}

gboolean
hd_filter_until (const char *const *filters, gint64 created, gint64 now, gboolean *ret,
                 GError **error)
{
  *ret = TRUE;
  for (; *filters != NULL; filters++)
    {
      const char *text = value_of (*filters, "until");
      gint64 limit;
      if (text == NULL)
        continue;
      if (!parse_until (text, now, &limit))
        return hd_throw (error, HD_USAGE, "write 24h, 10m or 2026-01-02T03:04:05Z",
                         "until=%s is neither a duration nor a time", text);
      *ret = *ret && created < limit;
    }
  return TRUE;
}

gboolean
hd_filter_dangling (const char *const *filters, gboolean used)
{
  for (; *filters != NULL; filters++)
    {
      const char *text = value_of (*filters, "dangling");
      if (text != NULL && (g_str_equal (text, "true") || g_str_equal (text, "1")) == used)
        return FALSE;
    }
  return TRUE;
}
