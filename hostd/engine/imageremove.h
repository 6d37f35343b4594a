/* Removing names and images. */
#pragma once

#include "engine/image.h"

typedef struct
{
  GPtrArray *untagged; /* char *: "debian:latest", "debian@sha256:HEX" */
  GPtrArray *deleted;  /* char *: "sha256:HEX" of images and layers */
} HdRemoved;

void hd_removed_clear (HdRemoved *removed);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HdRemoved, hd_removed_clear)

/* A name goes; with its last one the image goes, too. By id, all names go with it. HD_BUSY: a
 * container uses it; or, by id, it has names of several repositories and `force` is not set. With
 * `force` an image that a container uses loses its names, and stays for as long as the container
 * does. HD_NOT_FOUND, HD_USAGE. Layers that nobody needs are swept. */
gboolean hd_image_remove (HdStore *store, const char *text, gboolean force, HdRemoved *ret,
                          GError **error);

/* Remove images without a name (`all`: every one) that no container uses. *ret_bytes is what was
 * freed. */
gboolean hd_image_prune (HdStore *store, gboolean all, HdRemoved *ret, guint64 *ret_bytes,
                         GError **error);
