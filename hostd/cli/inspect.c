/* One table of kinds, asked in turn. */
#include "cli/inspect.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/engine.h"
#include "cli/listing.h"
#include "cli/network-json.h"
#include "cli/volume.h"
#include "common/cleanup.h"
#include "engine/imageinfo.h"
#include "engine/inspect.h"

typedef hd_json *(*Describe) (HdStore *store, const char *name, gboolean size, GError **error);

static hd_json *
describe_container (HdStore *store, const char *name, gboolean size, GError **error)
{
  g_autoptr (HdContainer) container = hd_container_find (store, name, error);
  return container != NULL ? hd_inspect_container (store, container, size, error) : NULL;
}

static hd_json *
describe_image (HdStore *store, const char *name, gboolean size, GError **error)
{
  g_autoptr (HdImage) image = hd_image_find (store, name, error);
  return image != NULL ? hd_image_describe (store, image, error) : NULL;
}

static hd_json *
describe_network (HdStore *store, const char *name, gboolean size, GError **error)
{
  g_autoptr (HdNetwork) network = hd_network_find (store, name, error);
  return network != NULL ? hd_network_to_json (store, network, error) : NULL;
}

static hd_json *
describe_volume (HdStore *store, const char *name, gboolean size, GError **error)
{
  g_autoptr (HdVolume) volume = hd_volume_find (store, name, error);
  return volume != NULL ? hd_cli_volume_to_json (volume) : NULL;
}

static const struct
{
  const char *type;
  Describe describe;
} kinds[] = {
  { "container", describe_container },
  { "image", describe_image },
  { "network", describe_network },
  { "volume", describe_volume },
};

/* What one kind does not know may be another one's. */
static gboolean
is_unknown (const GError *error)
{
  hd_code code = hd_error_code (error);
  return code == HD_NOT_FOUND || code == HD_USAGE;
}

/* The first kind that knows the name; NULL with an error. */
static hd_json *
describe (HdStore *store, const char *name, const char *type, gboolean size, GError **error)
{
  g_autoptr (GError) unknown = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (type != NULL && strcmp (type, kinds[i].type) != 0)
        continue;
      g_clear_error (&unknown);
      hd_json *json = kinds[i].describe (store, name, size, &unknown);
      if (json != NULL)
        return json;
      if (type != NULL || !is_unknown (unknown))
        {
          g_propagate_error (error, g_steal_pointer (&unknown));
          return NULL;
        }
    }
  hd_throw (error, HD_NOT_FOUND, NULL, "No such object: %s", name);
  return NULL;
}

static gboolean
check_type (const char *type)
{
  for (gsize i = 0; type != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (type, kinds[i].type) == 0)
      return TRUE;
  return type == NULL;
}

static int
inspect (const HdInvocation *inv, const char *type)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStore) store = hd_engine_open (&error);
  g_autoptr (GPtrArray) values = hd_listing_new ();
  int status = 0;
  if (store == NULL)
    return hd_engine_fail (error, HD_STATUS_FAILED);
  for (const char *const *name = hd_inv_args (inv); *name != NULL; name++)
    {
      g_autoptr (GError) local = NULL;
      hd_json *json = describe (store, *name, type, hd_inv_flag (inv, "size"), &local);
      if (json != NULL)
        g_ptr_array_add (values, json);
      else
        status = hd_engine_fail (local, HD_STATUS_FAILED);
    }
  if (!hd_listing_inspect (values, hd_inv_string (inv, "format"), &error))
    return hd_engine_fail (error, HD_STATUS_FAILED);
  return status;
}

static int
run_inspect (const HdInvocation *inv)
{
  const char *type = hd_inv_string (inv, "type");
  if (!check_type (type))
    return hd_inv_usage_error (inv, "--type is container, image, network or volume, not \"%s\"",
                               type);
  return inspect (inv, type);
}

static int
run_container_inspect (const HdInvocation *inv)
{
  return inspect (inv, "container");
}

#define OPTIONS                                                                                    \
  { "format", 'f', HD_OPT_STRING, "FORMAT", "json, or a Go template" },                            \
  {                                                                                                \
    "size", 's', HD_OPT_FLAG, NULL, "with the sizes of containers"                                 \
  }

static const HdOption container_options[] = { OPTIONS, { NULL } };
static const HdOption options[] = {
  OPTIONS,
  { "type", 0, HD_OPT_STRING, "TYPE", "look only among these: container, image, network, volume" },
  { NULL },
};

const HdVerb hd_inspect_verbs[] = {
  { "inspect", "NAME [NAME...]", 1, -1, FALSE, options, "Print all that is known of something",
    "A container, an image, a network or a volume, in this order.", run_inspect, HD_STATUS_ENGINE },
  { "container inspect", "CONTAINER [CONTAINER...]", 1, -1, FALSE, container_options,
    "Print all that is known of containers", NULL, run_container_inspect, HD_STATUS_ENGINE },
  { NULL },
};
