/* Blobs: bytes that are known by their digest, as files ROOT/blobs/sha256/HEX.
 *
 * A name appears when its content was checked and is on the disk. Table `blob` says of the blobs of
 * layers which diff id they have.
 */
#pragma once

#include "engine/store.h"

/* The largest manifest, as registries have it. */
#define HD_BLOB_MAX_DOCUMENT (4u << 20)

/* "blobs/sha256/HEX", below the store's root. Free with g_free. */
char *hd_blob_name (const char *hex);
gboolean hd_blob_exists (HdStore *store, const char *hex);
/* Open it to read; -1: HD_CORRUPT, it is gone. */
int hd_blob_open (HdStore *store, const char *hex, GError **error);
/* Keep a document of at most HD_BLOB_MAX_DOCUMENT bytes; *ret_hex (may be NULL) is its name. */
gboolean hd_blob_write (HdStore *store, const void *data, gsize size_bytes, char **ret_hex,
                        GError **error);
/* Read a document and check it. HD_CORRUPT when it is gone or damaged. Free with g_free. */
char *hd_blob_read (HdStore *store, const char *hex, gsize *ret_size, GError **error);
/* Take over the file `name` of the folder `dir_fd`, whose content was checked and is on the disk.
 */
gboolean hd_blob_adopt (HdStore *store, int dir_fd, const char *name, const char *hex,
                        GError **error);
