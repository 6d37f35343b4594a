/* Config of the image and of the request. */
#include "engine/create.h"

#include <string.h>

static int
set_unless_there (const char *key, const hd_json *value, void *data)
{
  hd_json *to = data;
  if (hd_json_get (to, key) == NULL)
    hd_json_set (to, key, hd_json_copy (value));
  return 0;
}

/* Length of the name in "NAME=VALUE". */
static gsize
name_length (const char *text)
{
  return strcspn (text, "=");
}

static gboolean
has_name (const hd_json *env, const char *text)
{
  gsize length = name_length (text);
  for (gsize i = 0; i < hd_json_length (env); i++)
    {
      const char *other = "";
      hd_json_as_string (hd_json_at (env, i), &other);
      if (name_length (other) == length && strncmp (other, text, length) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
merge_env (hd_json *config, const hd_json *image)
{
  const hd_json *below = hd_json_get (image, "Env");
  const hd_json *own = hd_json_get (config, "Env");
  hd_json *env = hd_json_new_array ();
  for (gsize i = 0; i < hd_json_length (below); i++)
    {
      const char *text = "";
      hd_json_as_string (hd_json_at (below, i), &text);
      if (!has_name (own, text))
        hd_json_append (env, hd_json_new_string (text));
    }
  for (gsize i = 0; i < hd_json_length (own); i++)
    hd_json_append (env, hd_json_copy (hd_json_at (own, i)));
  hd_json_set (config, "Env", env);
}

static void
merge_map (hd_json *config, const hd_json *image, const char *key)
{
  const hd_json *below = hd_json_get (image, key);
  if (hd_json_get_type (below) != HD_JSON_OBJECT)
    return;
  const hd_json *own = hd_json_get (config, key);
  hd_json *joined = own != NULL ? hd_json_copy (own) : hd_json_new_object ();
  hd_json_each (below, set_unless_there, joined);
  hd_json_set (config, key, joined);
}

static gboolean
is_empty (const hd_json *object, const char *key)
{
  const hd_json *value = hd_json_get (object, key);
  const char *text;
  if (value == NULL || hd_json_get_type (value) == HD_JSON_NULL)
    return TRUE;
  return hd_json_as_string (value, &text) && *text == '\0';
}

static void
take (hd_json *config, const hd_json *image, const char *key)
{
  if (is_empty (config, key) && !is_empty (image, key))
    hd_json_set (config, key, hd_json_copy (hd_json_get (image, key)));
}

/* Parts of a check that the request leaves open are the image's. */
static void
merge_health (hd_json *config, const hd_json *image)
{
  const hd_json *own = hd_json_get (config, "Healthcheck");
  const hd_json *below = hd_json_get (image, "Healthcheck");
  if (below == NULL || hd_json_get_type (below) != HD_JSON_OBJECT)
    return;
  hd_json *joined = own != NULL ? hd_json_copy (own) : hd_json_new_object ();
  hd_json_each (below, set_unless_there, joined);
  hd_json_set (config, "Healthcheck", joined);
}

hd_json *
hd_create_merge_config (const hd_json *image, const hd_json *request)
{
  static const char *const maps[] = { "Labels", "ExposedPorts", "Volumes" };
  static const char *const plain[] = { "User", "WorkingDir", "StopSignal", "Shell" };
  hd_json *config = request != NULL ? hd_json_copy (request) : hd_json_new_object ();
  gboolean own_entrypoint = !is_empty (config, "Entrypoint");
  merge_env (config, image);
  for (guint i = 0; i < G_N_ELEMENTS (maps); i++)
    merge_map (config, image, maps[i]);
  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    take (config, image, plain[i]);
  merge_health (config, image);
  if (own_entrypoint)
    return config;
  if (hd_json_length (hd_json_get (config, "Cmd")) == 0)
    take (config, image, "Cmd");
  take (config, image, "Entrypoint");
  return config;
}
