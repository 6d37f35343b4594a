/* Sweeping: layers and blobs that no image needs any more, and what was left behind. */
#pragma once

#include "engine/store.h"

typedef struct
{
  char **layers; /* chain ids (HEX) that were removed, uppermost first; NULL-terminated */
  guint64 bytes; /* of files that were freed */
} HdSwept;

void hd_swept_clear (HdSwept *swept);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HdSwept, hd_swept_clear)

/* Remove rows, folders and files that nothing refers to. While somebody adds an image nothing is
 * done: the next sweep finds it. `ret` may be NULL. Blocks while folders are removed, but others
 * may add by then. */
gboolean hd_images_sweep (HdStore *store, HdSwept *ret, GError **error);

/* What is wrong with the images, a line each; empty when all is well. Reads no layer's files: rows,
 * folders and documents. An array of char *. */
GPtrArray *hd_images_check (HdStore *store, GError **error);
