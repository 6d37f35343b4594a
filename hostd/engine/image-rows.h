/* Rows of images, for what makes, lists and removes them. Changes stand in the caller's
 * transaction.
 */
#pragma once

#include "engine/image.h"

/* Like hd_image_find, by one key; NULL without an error when there is none. */
HdImage *hd_image_by_id (HdStore *store, const char *hex, GError **error);
HdImage *hd_image_by_ref (HdStore *store, const HdRef *ref, GError **error);
/* All, the newest first; an array of HdImage. */
GPtrArray *hd_image_list (HdStore *store, GError **error);
/* "debian@sha256:HEX", as people read them; never NULL but for an error. Free with g_strfreev. */
char **hd_image_digests (HdStore *store, const char *id, GError **error);

/* One that is there already stays as it is. */
gboolean hd_image_insert (HdStore *store, const HdImage *image, GError **error);
/* Give it the reference's tag, which another image may have had. Without a tag nothing is done. */
gboolean hd_image_name (HdStore *store, const char *id, const HdRef *ref, GError **error);
/* It was pulled from, or pushed to, the reference's repository under this digest. */
gboolean hd_image_add_digest (HdStore *store, const char *id, const HdRef *ref, const char *digest,
                              GError **error);
/* The blob stays as long as the image does. */
gboolean hd_image_keep_blob (HdStore *store, const char *id, const char *hex, GError **error);
