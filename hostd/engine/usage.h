/* What images, containers and volumes take of the disk: `system df`. */
#pragma once

#include "engine/store.h"

typedef struct
{
  guint total;
  guint active; /* images and volumes that a container uses; containers that run */
  guint64 bytes;
  guint64 reclaimable_bytes; /* of those that are not active */
} HdUsage;

/* Each reads rows, and (but for images) the sizes of files: blocks as long as that takes. */
gboolean hd_usage_images (HdStore *store, HdUsage *ret, GError **error);
gboolean hd_usage_containers (HdStore *store, HdUsage *ret, GError **error);
gboolean hd_usage_volumes (HdStore *store, HdUsage *ret, GError **error);
