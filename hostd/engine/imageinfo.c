/* What is known of an image. */
#include "engine/imageinfo.h"

#include "base/error.h"
#include "engine/layer.h"

static hd_json *
list_json (char **texts)
{
  hd_json *list = hd_json_new_array ();
  for (; texts != NULL && *texts != NULL; texts++)
    hd_json_append (list, hd_json_new_string (*texts));
  return list;
}

static hd_json *
driver_json (char **layers)
{
  hd_json *driver = hd_json_new_object ();
  hd_json *data = hd_json_new_object ();
  g_autofree char *lower
      = layers[0] != NULL && layers[1] != NULL ? g_strjoinv (":", layers + 1) : NULL;
  hd_json_set_string (data, "LowerDir", lower);
  hd_json_set_string (data, "UpperDir", layers[0]);
  hd_json_set_string (driver, "Name", "overlay");
  hd_json_set (driver, "Data", data);
  return driver;
}

hd_json *
hd_image_describe (HdStore *store, const HdImage *image, GError **error)
{
  g_autoptr (HdImageConfig) config = hd_image_config (store, image, error);
  g_auto (GStrv) names = config != NULL ? hd_image_names (store, image->id, error) : NULL;
  g_auto (GStrv) digests = names != NULL ? hd_image_digests (store, image->id, error) : NULL;
  g_auto (GStrv) layers = digests != NULL ? hd_image_layers (store, image, error) : NULL;
  if (layers == NULL)
    return NULL;
  g_autofree char *id = g_strconcat ("sha256:", image->id, NULL);
  guint n = config->history->len;
  const HdHistory *last = n > 0 ? g_ptr_array_index (config->history, n - 1) : NULL;
  hd_json *root = hd_json_new_object ();
  hd_json *rootfs = hd_json_new_object ();
  hd_json_set_string (root, "Id", id);
  hd_json_set (root, "RepoTags", list_json (names));
  hd_json_set (root, "RepoDigests", list_json (digests));
  hd_json_set_string (root, "Comment", last != NULL && last->comment != NULL ? last->comment : "");
  hd_json_set_string (root, "Created", config->created);
  hd_json_set_string (root, "Author", config->author != NULL ? config->author : "");
  hd_json_set (root, "Config", hd_image_config_run_json (config));
  hd_json_set_string (root, "Architecture", config->architecture);
  hd_json_set_string (root, "Variant", config->variant);
  hd_json_set_string (root, "Os", config->os);
  hd_json_set_uint (root, "Size", image->size_bytes);
  hd_json_set_uint (root, "VirtualSize", image->size_bytes);
  hd_json_set (root, "GraphDriver", driver_json (layers));
  hd_json_set_string (rootfs, "Type", "layers");
  hd_json_set (rootfs, "Layers", list_json (config->diff_ids));
  hd_json_set (root, "RootFS", rootfs);
  hd_json_set_string (root, "Digest", image->manifest);
  return root;
}
