/* SHA-256 of texts and of folders: the keys by which things are kept, and the build inputs in a
 * commit's metadata.
 *
 * What counts is what is there (names, kinds, execute bits, bytes), not where, when or by whom.
 */
#pragma once

#include <gio/gio.h>

typedef struct _HdDigest HdDigest;

HdDigest *hd_digest_new (void);
void hd_digest_free (HdDigest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdDigest, hd_digest_free)

/* Add a named text; two texts never count as one long one. */
void hd_digest_text (HdDigest *digest, const char *name, const char *text);

/* Add the file or the whole folder at `path`. Errors: HD_NOT_FOUND, HD_DENIED. */
gboolean hd_digest_tree (HdDigest *digest, const char *path, GError **error);

/* 64 hexadecimal digits, free with g_free; the digest takes no more. */
char *hd_digest_finish (HdDigest *digest);

/* A UUID that follows from `seed` and `name` alone (RFC 9562 version 8), free with g_free. */
char *hd_digest_uuid (const char *seed, const char *name);
