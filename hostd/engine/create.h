/* Making a container: request and image to a row. */
#pragma once

#include "engine/container.h"
#include "engine/image.h"

typedef struct
{
  const char *name;       /* or NULL: one is made up */
  const char *image_name; /* as it was asked for; the folder of --rootfs */
  const HdImage *image;   /* or NULL with HostConfig.Rootfs */
  const HdImageConfig *image_config;
  const hd_json *body;       /* Docker's create request: {"Config": ..., "HostConfig": ...} */
  const GPtrArray *mounts;   /* of HdMountSpec, or NULL */
  const GPtrArray *networks; /* of HdNetworkRequest with an endpoint, or NULL */
  const GArray *ports;       /* of HdPort, or NULL */
  gboolean auto_remove;
} HdCreate;

/* Write the container's row, with what it wants of networks and volumes. Durable when it returns,
 * unless it is removed automatically. Errors: HD_BUSY (name taken), HD_USAGE, those of the parts.
 */
HdContainer *hd_create (HdStore *store, const HdCreate *create, GError **error);

/* The image's Config under the request's: what the request says counts; environment, labels, ports
 * and volumes are joined; an entrypoint of the request drops the image's command. Pure; free with
 * hd_json_free. Both may be NULL. */
hd_json *hd_create_merge_config (const hd_json *image, const hd_json *request);
