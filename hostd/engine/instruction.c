/* One instruction of a Dockerfile: a table. */
#include "engine/instruction.h"

#include <string.h>

#include "base/error.h"
#include "base/words.h"

/* Append to a NULL-terminated list that may be NULL. Takes `item` over. */
static void
append (char ***list, char *item)
{
  guint n = *list != NULL ? g_strv_length (*list) : 0;
  *list = g_renew (char *, *list, n + 2);
  (*list)[n] = item;
  (*list)[n + 1] = NULL;
}

/* Replace the item with the same key before '=', or append. */
static void
put (char ***list, const char *item)
{
  gsize length = strcspn (item, "=");
  for (char **old = *list; old != NULL && *old != NULL; old++)
    if (strncmp (*old, item, length) == 0 && ((*old)[length] == '=' || (*old)[length] == '\0'))
      {
        g_free (*old);
        *old = g_strdup (item);
        return;
      }
  append (list, g_strdup (item));
}

static void
set_text (char **target, const char *value)
{
  g_free (*target);
  *target = g_strdup (value);
}

static GPtrArray *
split (const char *text, GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  gsize quote;
  if (hd_words_split (text, words, &quote))
    return g_steal_pointer (&words);
  hd_throw (error, HD_USAGE, NULL, "\"%s\": a quote is never closed", text);
  return NULL;
}

/* ["A", "b"], or a line for the shell. */
static gboolean
set_command (char ***target, const HdImageConfig *config, const char *value, GError **error)
{
  static const char *const usual[] = { "/bin/sh", "-c", NULL };
  g_strfreev (*target);
  *target = NULL;
  if (*value != '[')
    {
      const char *const *shell = config->shell != NULL ? (const char *const *)config->shell : usual;
      for (; *shell != NULL; shell++)
        append (target, g_strdup (*shell));
      append (target, g_strdup (value));
      return TRUE;
    }
  hd_err err = { 0 };
  hd_autojson list = hd_json_parse (value, strlen (value), &err);
  if (list == NULL)
    return hd_throw (error, HD_USAGE, NULL, "\"%s\": %s", value, err.message);
  *target = g_new0 (char *, 1);
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      const char *word;
      if (!hd_json_as_string (hd_json_at (list, i), &word))
        return hd_throw (error, HD_USAGE, NULL, "\"%s\" is no list of words", value);
      append (target, g_strdup (word));
    }
  return TRUE;
}

static gboolean
apply_cmd (HdImageConfig *config, const char *value, GError **error)
{
  return set_command (&config->cmd, config, value, error);
}

static gboolean
apply_entrypoint (HdImageConfig *config, const char *value, GError **error)
{
  return set_command (&config->entrypoint, config, value, error);
}

/* KEY=VALUE ..., or KEY VALUE for one. */
static gboolean
put_pairs (char ***list, const char *value, GError **error)
{
  g_autoptr (GPtrArray) words = split (value, error);
  if (words == NULL)
    return FALSE;
  if (words->len >= 2 && strchr (g_ptr_array_index (words, 0), '=') == NULL)
    {
      gsize key = strcspn (value, " \t");
      g_autofree char *pair
          = g_strdup_printf ("%.*s=%s", (int)key, value, value + key + strspn (value + key, " \t"));
      put (list, pair);
      return TRUE;
    }
  for (guint i = 0; i < words->len; i++)
    {
      const char *word = g_ptr_array_index (words, i);
      if (strchr (word, '=') == NULL || *word == '=')
        return hd_throw (error, HD_USAGE, NULL, "\"%s\" is no KEY=VALUE", word);
      put (list, word);
    }
  return TRUE;
}

static gboolean
apply_env (HdImageConfig *config, const char *value, GError **error)
{
  return put_pairs (&config->env, value, error);
}

static gboolean
apply_label (HdImageConfig *config, const char *value, GError **error)
{
  return put_pairs (&config->labels, value, error);
}

static gboolean
apply_expose (HdImageConfig *config, const char *value, GError **error)
{
  g_autoptr (GPtrArray) words = split (value, error);
  for (guint i = 0; words != NULL && i < words->len; i++)
    {
      const char *word = g_ptr_array_index (words, i);
      g_autofree char *port
          = strchr (word, '/') != NULL ? g_strdup (word) : g_strconcat (word, "/tcp", NULL);
      put (&config->exposed_ports, port);
    }
  return words != NULL;
}

static gboolean
apply_volume (HdImageConfig *config, const char *value, GError **error)
{
  char **paths = NULL;
  g_autoptr (GPtrArray) words = *value != '[' ? split (value, error) : NULL;
  if (*value == '[' ? !set_command (&paths, config, value, error) : words == NULL)
    {
      g_strfreev (paths);
      return FALSE;
    }
  for (char **path = paths; path != NULL && *path != NULL; path++)
    put (&config->volumes, *path);
  for (guint i = 0; words != NULL && i < words->len; i++)
    put (&config->volumes, g_ptr_array_index (words, i));
  g_strfreev (paths);
  return TRUE;
}

static gboolean
apply_on_build (HdImageConfig *config, const char *value, GError **error)
{
  append (&config->on_build, g_strdup (value));
  return TRUE;
}

static gboolean
apply_stop_signal (HdImageConfig *config, const char *value, GError **error)
{
  set_text (&config->stop_signal, value);
  return TRUE;
}

static gboolean
apply_user (HdImageConfig *config, const char *value, GError **error)
{
  set_text (&config->user, value);
  return TRUE;
}

/* A path that is not absolute goes on from the one before. */
static gboolean
apply_working_dir (HdImageConfig *config, const char *value, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (
      value,
      config->working_dir != NULL && *config->working_dir == '/' ? config->working_dir : "/");
  set_text (&config->working_dir, path);
  return TRUE;
}

static const struct
{
  const char *name;
  gboolean (*apply) (HdImageConfig *config, const char *value, GError **error);
} instructions[] = {
  { "CMD", apply_cmd },
  { "ENTRYPOINT", apply_entrypoint },
  { "ENV", apply_env },
  { "EXPOSE", apply_expose },
  { "LABEL", apply_label },
  { "ONBUILD", apply_on_build },
  { "STOPSIGNAL", apply_stop_signal },
  { "USER", apply_user },
  { "VOLUME", apply_volume },
  { "WORKDIR", apply_working_dir },
};

gboolean
hd_instruction_apply (HdImageConfig *config, const char *text, GError **error)
{
  gsize length = strcspn (text, " \t");
  const char *value = text + length + strspn (text + length, " \t");
  g_autofree char *name = g_strndup (text, length);
  for (gsize i = 0; i < G_N_ELEMENTS (instructions); i++)
    if (g_ascii_strcasecmp (name, instructions[i].name) == 0)
      {
        if (*value == '\0')
          return hd_throw (error, HD_USAGE, NULL, "%s wants a value", instructions[i].name);
        return instructions[i].apply (config, value, error);
      }
  return hd_throw (error, HD_USAGE,
                   "CMD ENTRYPOINT ENV EXPOSE LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR are",
                   "\"%s\" is no instruction that can be changed here", name);
}
