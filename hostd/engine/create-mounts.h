/* Mounts of a new container: -v, --mount, --tmpfs and the image's volumes to "Mounts" of its body.
 */
#pragma once

#include "engine/container.h"

/* Volumes that a container uses, and what they get from the image. */
typedef struct
{
  GPtrArray *volumes; /* of HdVolume */
  GPtrArray *targets; /* of char *, one for each */
  GArray *fresh;      /* of gboolean: to be filled from the image */
} HdCreateMounts;

/* Set body's "Mounts", making volumes and, for -v, folders of the host that are not there. Inside
 * the caller's transaction. */
gboolean hd_create_mounts (HdStore *store, hd_json *body, const GPtrArray *specs,
                           HdCreateMounts *ret, GError **error);
/* Note that the container uses them; after its row. */
gboolean hd_create_mounts_use (HdStore *store, const char *id, const HdCreateMounts *mounts,
                               GError **error);
/* Fill the new ones from the image's layers (absolute paths, uppermost first). */
gboolean hd_create_mounts_fill (HdStore *store, const HdContainer *container,
                                const HdCreateMounts *mounts, GError **error);
void hd_create_mounts_clear (HdCreateMounts *mounts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HdCreateMounts, hd_create_mounts_clear)
