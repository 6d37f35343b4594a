/* A small valid config.json. */
#include "sample.h"

#include <string.h>
#include "common/cleanup.h"
#include "common/json.h"

static const char text[]
    = "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"},"
      "\"process\": {\"cwd\": \"/\", \"args\": [\"sh\"], \"user\": {\"uid\": 0, \"gid\": 0}},"
      "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"pid\"}]}}";

char *
sample_config (const char *path, const char *value)
{
  hd_err err = { HD_OK };
  hd_autojson config = hd_json_parse (text, strlen (text), &err);
  hd_json *object = config;
  g_auto (GStrv) words = g_strsplit (path, ".", -1);
  hd_autofree char *result = NULL;

  g_assert_nonnull (config);
  for (char **word = words; *word != NULL; word++)
    {
      const hd_json *member = hd_json_get (object, *word);

      if (word[1] == NULL)
        {
          hd_json *child
              = value != NULL ? hd_json_parse (value, strlen (value), &err) : hd_json_new_null ();
          g_assert_cmpstr (err.message, ==, "");
          hd_json_set (object, *word, child);
        }
      else if (member == NULL)
        hd_json_set (object, *word, hd_json_new_object ());
      object = (hd_json *)hd_json_get (object, *word);
    }
  result = hd_json_to_text (config, false);
  return g_strdup (result);
}

sample *
sample_parse (const char *config)
{
  sample *s = g_new0 (sample, 1);
  hd_err err = { HD_OK };
  int r = rt_spec_parse (config, strlen (config), &s->spec, &s->json, &s->arena, &err);

  g_assert_cmpstr (err.message, ==, "");
  g_assert_cmpint (r, ==, 0);
  return s;
}

sample *
sample_load (const char *name)
{
  g_autofree char *path = g_strdup_printf (TEST_DATA_DIR "/runtime/%s.json", name);
  g_autofree char *config = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &config, NULL, &error);
  g_assert_no_error (error);
  return sample_parse (config);
}

void
sample_free (sample *s)
{
  hd_json_freep (&s->json);
  rt_arena_free (&s->arena);
  g_free (s);
}
