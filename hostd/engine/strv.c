/* Lists of strings in one column of the store. */
#include "engine/strv.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"

char *
hd_strv_to_json (const char *const *list)
{
  hd_autojson array = hd_json_new_array ();
  for (; list != NULL && *list != NULL; list++)
    hd_json_append (array, hd_json_new_string (*list));
  hd_autofree char *text = hd_json_to_text (array, false);
  return g_strdup (text);
}

char **
hd_strv_from_json (const char *text)
{
  hd_autojson array = text != NULL ? hd_json_parse (text, strlen (text), NULL) : NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *item;
  for (size_t i = 0; i < hd_json_length (array); i++)
    if (hd_json_as_string (hd_json_at (array, i), &item))
      g_strv_builder_add (builder, item);
  return g_strv_builder_end (builder);
}

const char *
hd_strv_value (const char *const *list, const char *key)
{
  gsize length = strlen (key);
  const char *value = NULL;
  for (; list != NULL && *list != NULL; list++)
    if (strncmp (*list, key, length) == 0 && ((*list)[length] == '=' || (*list)[length] == '\0'))
      value = (*list)[length] == '=' ? *list + length + 1 : "";
  return value;
}
