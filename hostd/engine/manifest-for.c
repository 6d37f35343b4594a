/* A manifest of an image of the store. */
#include "engine/manifest-for.h"

#include <string.h>

#include "base/error.h"
#include "engine/blob.h"
#include "engine/image-config.h"
#include "engine/layer.h"
#include "engine/manifest.h"

/* Its own, or NULL without an error when something that it names is not kept. */
static char *
own_manifest (HdStore *store, const HdImage *image)
{
  gsize size;
  g_autofree char *text = hd_blob_read (store, hd_digest_hex (image->manifest), &size, NULL);
  g_autoptr (HdManifest) manifest
      = text != NULL ? hd_manifest_parse (text, size, NULL, NULL) : NULL;
  if (manifest == NULL || manifest->is_index)
    return NULL;
  for (guint i = 0; i < manifest->entries->len; i++)
    {
      const HdDescriptor *layer = g_ptr_array_index (manifest->entries, i);
      if (!hd_blob_exists (store, hd_digest_hex (layer->digest)))
        return NULL;
    }
  return g_steal_pointer (&text);
}

char *
hd_manifest_for (HdStore *store, const HdImage *image, GError **error)
{
  char *own = own_manifest (store, image);
  gsize size;
  if (own != NULL)
    return own;
  g_autofree char *text = hd_blob_read (store, image->id, &size, error);
  g_autoptr (HdImageConfig) config
      = text != NULL ? hd_image_config_parse (text, size, error) : NULL;
  g_autoptr (GPtrArray) blobs = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_descriptor_free);
  for (char **diff = config != NULL ? config->diff_ids : NULL; diff != NULL && *diff != NULL;
       diff++)
    {
      HdDescriptor *blob = hd_layer_find_blob (store, hd_digest_hex (*diff), error);
      if (blob == NULL)
        return NULL;
      g_ptr_array_add (blobs, blob);
    }
  g_autofree char *digest = g_strconcat ("sha256:", image->id, NULL);
  return config != NULL ? hd_manifest_write (digest, size, blobs) : NULL;
}
