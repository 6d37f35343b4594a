/* Kernel arguments as a list of words: pure text. */
#include "state/kargs.h"

#include <string.h>

static const char *const added_by_us[] = { "ostree", HD_KARG_DEPLOYMENT };

char **
hd_kargs_split (const char *text)
{
  GPtrArray *words = g_ptr_array_new ();
  const char *c = text != NULL ? text : "";
  while (*c != '\0')
    {
      if (g_ascii_isspace (*c))
        {
          c++;
          continue;
        }
      const char *start = c;
      gboolean quoted = FALSE;
      for (; *c != '\0' && (quoted || !g_ascii_isspace (*c)); c++)
        if (*c == '"')
          quoted = !quoted;
      g_ptr_array_add (words, g_strndup (start, c - start));
    }
  g_ptr_array_add (words, NULL);
  return (char **)g_ptr_array_free (words, FALSE);
}

gboolean
hd_karg_has_key (const char *karg, const char *key)
{
  gsize length = strlen (key);
  return strncmp (karg, key, length) == 0 && (karg[length] == '=' || karg[length] == '\0');
}

char **
hd_kargs_visible (const char *const *kargs)
{
  GPtrArray *words = g_ptr_array_new ();
  for (; kargs != NULL && *kargs != NULL; kargs++)
    {
      gboolean hidden = FALSE;
      for (gsize i = 0; i < G_N_ELEMENTS (added_by_us); i++)
        hidden = hidden || hd_karg_has_key (*kargs, added_by_us[i]);
      if (!hidden)
        g_ptr_array_add (words, g_strdup (*kargs));
    }
  g_ptr_array_add (words, NULL);
  return (char **)g_ptr_array_free (words, FALSE);
}

const char *
hd_kargs_get (const char *const *kargs, const char *key)
{
  const char *found = NULL;
  for (; kargs != NULL && *kargs != NULL; kargs++)
    if (hd_karg_has_key (*kargs, key))
      {
        const char *equals = strchr (*kargs, '=');
        found = equals != NULL ? equals + 1 : "";
      }
  return found;
}
