/* Kernel arguments as a list of words: pure text. */
#include "state/kargs.h"

#include <string.h>

#include "base/error.h"

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

static gboolean
find_word (GPtrArray *kargs, const char *karg, guint *ret_index)
{
  return g_ptr_array_find_with_equal_func (kargs, karg, g_str_equal, ret_index);
}

/* The only word of a key. */
static gboolean
find_key (GPtrArray *kargs, const char *key, guint *ret_index, GError **error)
{
  guint n_found = 0;
  for (guint i = 0; i < kargs->len; i++)
    if (hd_karg_has_key (g_ptr_array_index (kargs, i), key))
      {
        *ret_index = i;
        n_found++;
      }
  if (n_found == 0)
    return hd_throw (error, HD_NOT_FOUND, "list them with: atomic host kargs",
                     "there is no kernel argument %s", key);
  if (n_found > 1)
    return hd_throw (error, HD_USAGE, "name the value: KEY=VALUE, or KEY=OLD=NEW to replace it",
                     "the kernel argument %s is there %u times", key, n_found);
  return TRUE;
}

static void
set_word (GPtrArray *kargs, guint index, char *karg)
{
  g_free (kargs->pdata[index]);
  kargs->pdata[index] = karg;
}

void
hd_kargs_append (GPtrArray *kargs, const char *karg)
{
  g_ptr_array_add (kargs, g_strdup (karg));
}

void
hd_kargs_append_if_missing (GPtrArray *kargs, const char *karg)
{
  if (!find_word (kargs, karg, NULL))
    hd_kargs_append (kargs, karg);
}

gboolean
hd_kargs_delete (GPtrArray *kargs, const char *karg, GError **error)
{
  guint index = 0;
  if (strchr (karg, '=') == NULL)
    {
      if (!find_key (kargs, karg, &index, error))
        return FALSE;
    }
  else if (!find_word (kargs, karg, &index))
    return hd_throw (error, HD_NOT_FOUND, "list them with: atomic host kargs",
                     "there is no kernel argument %s", karg);
  g_ptr_array_remove_index (kargs, index);
  return TRUE;
}

gboolean
hd_kargs_replace (GPtrArray *kargs, const char *karg, GError **error)
{
  const char *first = strchr (karg, '=');
  guint index = 0;
  if (first == NULL)
    return hd_throw (error, HD_USAGE, "write it as KEY=NEW or KEY=OLD=NEW",
                     "nothing to replace the kernel argument %s with", karg);
  for (const char *cut = strrchr (karg, '='); cut > first;
       cut = g_strrstr_len (karg, cut - karg, "="))
    {
      g_autofree char *old = g_strndup (karg, cut - karg);
      if (!find_word (kargs, old, &index))
        continue;
      set_word (kargs, index, g_strdup_printf ("%.*s%s", (int)(first - karg), karg, cut));
      return TRUE;
    }
  if (strchr (first + 1, '=') != NULL)
    return hd_throw (error, HD_NOT_FOUND,
                     "to set a value that has a \"=\", use --delete=KEY --append=KEY=VALUE",
                     "of %s, no part before a \"=\" is a kernel argument that is there", karg);
  g_autofree char *key = g_strndup (karg, first - karg);
  if (!find_key (kargs, key, &index, error))
    return FALSE;
  set_word (kargs, index, g_strdup (karg));
  return TRUE;
}
