/* Images: how they are found, and what containers need of them. */
#include "engine/image.h"

#include <string.h>
#include <sys/xattr.h>

#include "base/error.h"
#include "engine/blob.h"
#include "engine/layer.h"
#include "engine/registries.h"

static gboolean
is_id_prefix (const char *text)
{
  gsize length = strlen (text);
  return length > 0 && length <= 64 && strspn (text, "0123456789abcdef") == length;
}

/* As a name; short names are tried as each of what the configuration makes of them. */
static HdImage *
find_by_name (HdStore *store, const char *text, GError **error)
{
  g_autoptr (GPtrArray) refs = hd_registries_resolve (text, error);
  g_autoptr (HdImage) image = NULL;
  GError *local = NULL;
  for (guint i = 0; refs != NULL && image == NULL && local == NULL && i < refs->len; i++)
    image = hd_image_by_ref (store, g_ptr_array_index (refs, i), &local);
  if (local != NULL)
    g_propagate_error (error, local);
  return g_steal_pointer (&image);
}

HdImage *
hd_image_find (HdStore *store, const char *text, GError **error)
{
  const char *hex = g_str_has_prefix (text, "sha256:") ? text + strlen ("sha256:") : text;
  gboolean may_be_id = is_id_prefix (hex);
  g_autoptr (HdImage) image = NULL;
  GError *local = NULL;
  if (may_be_id && strlen (hex) == 64)
    image = hd_image_by_id (store, hex, &local);
  else if (hex == text)
    image = find_by_name (store, text, &local);
  if (image == NULL && local == NULL && may_be_id && strlen (hex) < 64)
    image = hd_image_by_prefix (store, hex, &local);
  if (local != NULL)
    g_propagate_error (error, local);
  else if (image == NULL)
    hd_throw (error, HD_NOT_FOUND, NULL, "No such image: %s", text);
  return g_steal_pointer (&image);
}

HdImageConfig *
hd_image_config (HdStore *store, const HdImage *image, GError **error)
{
  gsize size;
  g_autofree char *text = hd_blob_read (store, image->id, &size, error);
  return text != NULL ? hd_image_config_parse (text, size, error) : NULL;
}

/* Overlayfs merges the roots of all its layers, whatever their marks say: those below a root that
 * hides them are left out instead. */
static void
cut_below_opaque (char **paths)
{
  for (; *paths != NULL; paths++)
    {
      char value;
      if (getxattr (*paths, "trusted.overlay.opaque", &value, 1) != 1 || value != 'y')
        continue;
      for (char **below = paths + 1; *below != NULL; below++)
        g_clear_pointer (below, g_free);
      return;
    }
}

char **
hd_image_layers (HdStore *store, const HdImage *image, GError **error)
{
  char **paths = hd_layer_paths (store, image->layer, error);
  if (paths != NULL)
    cut_below_opaque (paths);
  return paths;
}
