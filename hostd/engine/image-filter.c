/* --filter of `images`. */
#include "engine/image-filter.h"

#include <string.h>

#include "base/error.h"

typedef enum
{
  ANY,
  YES,
  NO
} Answer;

struct _HdImageFilter
{
  Answer dangling;
  GPtrArray *references; /* char *: patterns */
  GPtrArray *labels;     /* char *: KEY or KEY=VALUE */
  gint64 before, since;  /* seconds since 1970; 0: any */
};

void
hd_image_filter_free (HdImageFilter *filter)
{
  if (filter == NULL)
    return;
  g_ptr_array_unref (filter->references);
  g_ptr_array_unref (filter->labels);
  g_free (filter);
}

static gboolean
parse_dangling (HdImageFilter *filter, const char *value, GError **error)
{
  gboolean yes = g_str_equal (value, "true") || g_str_equal (value, "1");
  if (!yes && !g_str_equal (value, "false") && !g_str_equal (value, "0"))
    return hd_throw (error, HD_USAGE, NULL, "dangling is true or false, not \"%s\"", value);
  filter->dangling = yes ? YES : NO;
  return TRUE;
}

static gboolean
parse_one (HdImageFilter *filter, HdStore *store, const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *key
      = equals != NULL ? g_strndup (text, (gsize)(equals - text)) : g_strdup (text);
  const char *value = equals != NULL ? equals + 1 : "";
  if (g_str_equal (key, "dangling"))
    return parse_dangling (filter, value, error);
  if (g_str_equal (key, "reference"))
    g_ptr_array_add (filter->references, g_strdup (value));
  else if (g_str_equal (key, "label"))
    g_ptr_array_add (filter->labels, g_strdup (value));
  else if (g_str_equal (key, "before") || g_str_equal (key, "since"))
    {
      g_autoptr (HdImage) image = hd_image_find (store, value, error);
      if (image == NULL)
        return FALSE;
      *(g_str_equal (key, "before") ? &filter->before : &filter->since) = image->created;
    }
  else
    return hd_throw (error, HD_USAGE, "take dangling, reference, label, before or since",
                     "\"%s\" is no filter of images", key);
  return TRUE;
}

HdImageFilter *
hd_image_filter_new (HdStore *store, const char *const *texts, const char *name, GError **error)
{
  g_autoptr (HdImageFilter) filter = g_new0 (HdImageFilter, 1);
  filter->references = g_ptr_array_new_with_free_func (g_free);
  filter->labels = g_ptr_array_new_with_free_func (g_free);
  for (; *texts != NULL; texts++)
    if (!parse_one (filter, store, *texts, error))
      return NULL;
  if (name != NULL)
    g_ptr_array_add (filter->references, g_strdup (name));
  return g_steal_pointer (&filter);
}

static gboolean
has_label (char **labels, const char *wanted)
{
  gsize length = strlen (wanted);
  gboolean whole = strchr (wanted, '=') != NULL;
  for (; labels != NULL && *labels != NULL; labels++)
    if (whole ? g_str_equal (*labels, wanted)
              : strncmp (*labels, wanted, length) == 0 && (*labels)[length] == '=')
      return TRUE;
  return FALSE;
}

gboolean
hd_image_filter_matches (const HdImageFilter *filter, HdStore *store, const HdImage *image,
                         gboolean *ret, GError **error)
{
  *ret = (filter->before == 0 || image->created < filter->before)
         && (filter->since == 0 || image->created > filter->since);
  if (!*ret || filter->labels->len == 0)
    return TRUE;
  g_autoptr (HdImageConfig) config = hd_image_config (store, image, error);
  if (config == NULL)
    return FALSE;
  for (guint i = 0; i < filter->labels->len; i++)
    *ret &= has_label (config->labels, g_ptr_array_index (filter->labels, i));
  return TRUE;
}

/* A pattern fits a whole name, or its repository; both may be given with docker.io/library/. */
static gboolean
reference_matches (const char *given, const char *name)
{
  const char *pattern = given;
  static const char *const prefixes[] = { "docker.io/library/", "docker.io/" };
  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (pattern, prefixes[i]))
      pattern += strlen (prefixes[i]);
  const char *colon = strrchr (name, ':');
  g_autofree char *repository = g_strndup (name, (gsize)(colon - name));
  return g_pattern_match_simple (pattern, name) || g_pattern_match_simple (pattern, repository);
}

gboolean
hd_image_filter_matches_name (const HdImageFilter *filter, const char *name)
{
  if ((filter->dangling == YES && name != NULL) || (filter->dangling == NO && name == NULL))
    return FALSE;
  for (guint i = 0; i < filter->references->len; i++)
    if (name == NULL || !reference_matches (g_ptr_array_index (filter->references, i), name))
      return FALSE;
  return TRUE;
}
