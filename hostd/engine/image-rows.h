/* Rows of images, for what makes, lists and removes them. Changes stand in the caller's
 * transaction.
 */
#pragma once

#include "engine/ref.h"
#include "engine/store.h"

typedef struct
{
  char *id;       /* 64 hexadecimal digits */
  char *manifest; /* "sha256:HEX" of the manifest that it came with */
  char *os, *architecture;
  char *variant;      /* or NULL */
  gint64 created;     /* seconds since 1970; 0: unknown */
  guint64 size_bytes; /* of its layers, unpacked */
  gint64 layer;       /* row of its uppermost layer; 0: it has none */
} HdImage;

void hd_image_free (HdImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdImage, hd_image_free)

/* By one key; NULL without an error when there is none. */
HdImage *hd_image_by_id (HdStore *store, const char *hex, GError **error);
HdImage *hd_image_by_ref (HdStore *store, const HdRef *ref, GError **error);
/* By the beginning of an id; HD_USAGE when several begin so. */
HdImage *hd_image_by_prefix (HdStore *store, const char *prefix, GError **error);
/* All, the newest first; an array of HdImage. */
GPtrArray *hd_image_list (HdStore *store, GError **error);
/* Its names, "debian:latest" as people read them, sorted; never NULL. Free with g_strfreev. */
char **hd_image_names (HdStore *store, const char *id, GError **error);
/* "debian@sha256:HEX", as people read them; never NULL but for an error. Free with g_strfreev. */
char **hd_image_digests (HdStore *store, const char *id, GError **error);

/* The same of all images at once: id -> GPtrArray of char *, which ends
 * with NULL (those without are not in it). Free with
 * g_hash_table_unref. */
GHashTable *hd_image_all_names (HdStore *store, GError **error);
GHashTable *hd_image_all_digests (HdStore *store, GError **error);

/* One that is there already stays as it is. */
gboolean hd_image_insert (HdStore *store, const HdImage *image, GError **error);
/* Give it the reference's tag, which another image may have had. Without a tag nothing is done. */
gboolean hd_image_name (HdStore *store, const char *id, const HdRef *ref, GError **error);
/* It was pulled from, or pushed to, the reference's repository under this digest. */
gboolean hd_image_add_digest (HdStore *store, const char *id, const HdRef *ref, const char *digest,
                              GError **error);
