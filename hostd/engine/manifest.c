/* Manifests and indices: JSON to values. */
#include "engine/manifest.h"

#include <string.h>

#include "base/error.h"
#include "common/json.h"
#include "engine/image-config.h"
#include "engine/ref.h"

#define MAX_MEDIA_TYPE 255

HdDescriptor *
hd_descriptor_new (const char *media_type, const char *digest, guint64 size_bytes)
{
  HdDescriptor *descriptor = g_new0 (HdDescriptor, 1);
  descriptor->media_type = g_strdup (media_type);
  descriptor->digest = g_strdup (digest);
  descriptor->size_bytes = size_bytes;
  return descriptor;
}

void
hd_descriptor_free (HdDescriptor *descriptor)
{
  if (descriptor == NULL)
    return;
  g_free (descriptor->media_type);
  g_free (descriptor->digest);
  g_free (descriptor->os);
  g_free (descriptor->architecture);
  g_free (descriptor->variant);
  g_free (descriptor);
}

void
hd_manifest_free (HdManifest *manifest)
{
  if (manifest == NULL)
    return;
  g_free (manifest->media_type);
  hd_descriptor_free (manifest->config);
  g_clear_pointer (&manifest->entries, g_ptr_array_unref);
  g_free (manifest);
}

static gboolean
throw_bad (GError **error, const char *what)
{
  return hd_throw (error, HD_CORRUPT, NULL, "manifest: %s", what);
}

static HdDescriptor *
read_descriptor (const hd_json *value, GError **error)
{
  const char *digest = hd_json_get_string (value, "digest", "");
  const char *media_type = hd_json_get_string (value, "mediaType", NULL);
  const hd_json *platform = hd_json_get (value, "platform");
  uint64_t size;
  if (value == NULL || hd_json_get_type (value) != HD_JSON_OBJECT)
    throw_bad (error, "a descriptor is no object");
  else if (!hd_digest_is_valid (digest))
    throw_bad (error, "a descriptor without a sha256 digest");
  else if (!hd_json_as_uint64 (hd_json_get (value, "size"), &size) || size > G_MAXINT64)
    throw_bad (error, "a descriptor without a size");
  else if (media_type != NULL && strlen (media_type) > MAX_MEDIA_TYPE)
    throw_bad (error, "a media type is too long");
  else
    {
      HdDescriptor *descriptor = hd_descriptor_new (media_type, digest, size);
      descriptor->os = g_strdup (hd_json_get_string (platform, "os", NULL));
      descriptor->architecture = g_strdup (hd_json_get_string (platform, "architecture", NULL));
      descriptor->variant = g_strdup (hd_json_get_string (platform, "variant", NULL));
      return descriptor;
    }
  return NULL;
}

static gboolean
read_entries (const hd_json *list, gsize limit, HdManifest *manifest, GError **error)
{
  manifest->entries = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_descriptor_free);
  if (list == NULL || hd_json_get_type (list) != HD_JSON_ARRAY)
    return throw_bad (error, "neither layers nor manifests are a list");
  if (hd_json_length (list) > limit)
    return throw_bad (error, "too many layers or manifests");
  for (gsize i = 0; i < hd_json_length (list); i++)
    {
      HdDescriptor *descriptor = read_descriptor (hd_json_at (list, i), error);
      if (descriptor == NULL)
        return FALSE;
      g_ptr_array_add (manifest->entries, descriptor);
    }
  return TRUE;
}

/* What it is, by its own word or the server's; 0 unknown, 1 manifest, 2 index. */
static int
kind_of (const char *media_type)
{
  if (media_type == NULL)
    return 0;
  if (g_str_equal (media_type, HD_MEDIA_OCI_INDEX)
      || g_str_equal (media_type, HD_MEDIA_DOCKER_LIST))
    return 2;
  if (g_str_equal (media_type, HD_MEDIA_OCI_MANIFEST)
      || g_str_equal (media_type, HD_MEDIA_DOCKER_MANIFEST))
    return 1;
  return 0;
}

static gboolean
read_kind (const hd_json *root, const char *served_as, HdManifest *manifest, GError **error)
{
  const char *own = hd_json_get_string (root, "mediaType", NULL);
  gboolean has_layers = hd_json_get (root, "layers") != NULL || hd_json_get (root, "config") != NULL
                        || hd_json_get (root, "fsLayers") != NULL;
  gboolean has_manifests = hd_json_get (root, "manifests") != NULL;
  if (hd_json_get_int (root, "schemaVersion", 2) == 1)
    return hd_throw (error, HD_FAILED, "push the image again with a current tool",
                     "the manifest has schema 1, which is not supported");
  if (own != NULL && kind_of (own) == 0)
    return throw_bad (error, "its media type is not known");
  if (kind_of (served_as) != 0 && own != NULL && !g_str_equal (own, served_as))
    return throw_bad (error, "it was served as something else than it says");
  int kind = kind_of (own != NULL ? own : served_as);
  if (has_layers && has_manifests)
    return throw_bad (error, "it is both a manifest and an index");
  if (kind == 0)
    kind = has_manifests ? 2 : 1;
  if ((kind == 2) != has_manifests)
    return throw_bad (error, "its content does not fit its media type");
  manifest->is_index = kind == 2;
  manifest->media_type = g_strdup (own != NULL                ? own
                                   : kind_of (served_as) != 0 ? served_as
                                   : kind == 2                ? HD_MEDIA_OCI_INDEX
                                                              : HD_MEDIA_OCI_MANIFEST);
  return TRUE;
}

HdManifest *
hd_manifest_parse (const char *text, gsize length_bytes, const char *served_as, GError **error)
{
  hd_err err = { 0 };
  if (length_bytes > HD_MANIFEST_MAX_BYTES)
    {
      throw_bad (error, "too large");
      return NULL;
    }
  hd_autojson root = hd_json_parse (text, length_bytes, &err);
  if (root == NULL || hd_json_get_type (root) != HD_JSON_OBJECT)
    {
      throw_bad (error, root == NULL ? err.message : "no object");
      return NULL;
    }
  g_autoptr (HdManifest) manifest = g_new0 (HdManifest, 1);
  if (!read_kind (root, served_as, manifest, error))
    return NULL;
  if (manifest->is_index)
    return read_entries (hd_json_get (root, "manifests"), HD_MANIFEST_MAX_ENTRIES, manifest, error)
               ? g_steal_pointer (&manifest)
               : NULL;
  manifest->config = read_descriptor (hd_json_get (root, "config"), error);
  if (manifest->config == NULL
      || !read_entries (hd_json_get (root, "layers"), HD_IMAGE_MAX_LAYERS, manifest, error))
    return NULL;
  if (manifest->config->size_bytes > HD_IMAGE_CONFIG_MAX_BYTES)
    {
      throw_bad (error, "the configuration is too large");
      return NULL;
    }
  return g_steal_pointer (&manifest);
}

static char *
list_platforms (const HdManifest *index)
{
  GString *text = g_string_new ("there is: ");
  for (guint i = 0; i < index->entries->len && text->len < 200; i++)
    {
      const HdDescriptor *entry = g_ptr_array_index (index->entries, i);
      if (entry->architecture == NULL || g_str_equal (entry->architecture, "unknown"))
        continue;
      g_string_append_printf (text, "%.16s/%.16s%s%.16s ", entry->os != NULL ? entry->os : "?",
                              entry->architecture, entry->variant != NULL ? "/" : "",
                              entry->variant != NULL ? entry->variant : "");
    }
  return g_string_free (text, FALSE);
}

const HdDescriptor *
hd_manifest_choose (const HdManifest *index, const HdPlatform *wanted, GError **error)
{
  const HdDescriptor *best = NULL;
  int best_score = 0;
  for (guint i = 0; i < index->entries->len; i++)
    {
      const HdDescriptor *entry = g_ptr_array_index (index->entries, i);
      int score = hd_platform_score (wanted, entry->os, entry->architecture, entry->variant);
      if (score > best_score)
        {
          best = entry;
          best_score = score;
        }
    }
  /* An index of one image that says nothing of platforms has only one meaning. */
  if (best == NULL && index->entries->len == 1)
    {
      const HdDescriptor *only = g_ptr_array_index (index->entries, 0);
      if (only->architecture == NULL)
        return only;
    }
  if (best == NULL)
    {
      g_autofree char *platform = hd_platform_text (wanted);
      g_autofree char *hint = list_platforms (index);
      hd_throw (error, HD_ARCH, hint, "no image for %s", platform);
    }
  return best;
}

static hd_json *
descriptor_json (const char *media_type, const char *digest, guint64 size_bytes)
{
  hd_json *value = hd_json_new_object ();
  hd_json_set_string (value, "mediaType", media_type);
  hd_json_set_string (value, "digest", digest);
  hd_json_set_uint (value, "size", size_bytes);
  return value;
}

char *
hd_manifest_write (const char *config_digest, guint64 config_size, GPtrArray *layers)
{
  hd_autojson root = hd_json_new_object ();
  hd_json *list = hd_json_new_array ();
  hd_json_set_int (root, "schemaVersion", 2);
  hd_json_set_string (root, "mediaType", HD_MEDIA_OCI_MANIFEST);
  hd_json_set (root, "config", descriptor_json (HD_MEDIA_OCI_CONFIG, config_digest, config_size));
  for (guint i = 0; i < layers->len; i++)
    {
      const HdDescriptor *layer = g_ptr_array_index (layers, i);
      hd_json_append (list, descriptor_json (layer->media_type, layer->digest, layer->size_bytes));
    }
  hd_json_set (root, "layers", list);
  return hd_json_to_text (root, false);
}
