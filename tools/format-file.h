/* A file that is written from its beginning to its end, with places that are filled in later.
 *
 * It appears under its name when it is whole; until then it is "NAME.new". What is skipped becomes
 * a hole.
 */
#pragma once

#include <gio/gio.h>

typedef struct _HdFormatFile HdFormatFile;

/* Begin to write `path`. Errors: HD_DENIED, HD_NOT_FOUND (no such folder). */
HdFormatFile *hd_format_file_new (const char *path, GError **error);
/* Removes what was written, unless it was committed. */
void hd_format_file_free (HdFormatFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdFormatFile, hd_format_file_free)

/* All return FALSE with HD_NO_SPACE or HD_FAILED. */
gboolean hd_format_file_append (HdFormatFile *file, const void *data, gsize size_bytes,
                                GError **error);
/* The same, with a hole for each 64 KiB that are all zero. */
gboolean hd_format_file_append_sparse (HdFormatFile *file, const guint8 *data, gsize size_bytes,
                                       GError **error);
gboolean hd_format_file_text (HdFormatFile *file, const char *text, GError **error);
gboolean hd_format_file_skip (HdFormatFile *file, guint64 size_bytes, GError **error);
/* Skip to the next multiple of `unit_bytes`, counted from `origin`. */
gboolean hd_format_file_align (HdFormatFile *file, guint64 origin, guint64 unit_bytes,
                               GError **error);
/* Skip to an absolute place, not before the present one. */
gboolean hd_format_file_seek (HdFormatFile *file, guint64 offset_bytes, GError **error);
/* Write over a place before the present one. */
gboolean hd_format_file_patch (HdFormatFile *file, guint64 offset_bytes, const void *data,
                               gsize size_bytes, GError **error);
/* Read back; blocks until all is written. */
gboolean hd_format_file_read (HdFormatFile *file, guint64 offset_bytes, void *data,
                              gsize size_bytes, GError **error);

guint64 hd_format_file_position (const HdFormatFile *file);
const char *hd_format_file_path (const HdFormatFile *file);

/* SHA-256, or SHA-1, of a part of what was written in hexadecimal digits, free with g_free. */
char *hd_format_file_digest (HdFormatFile *file, guint64 offset_bytes, guint64 size_bytes,
                             gboolean sha1, GError **error);

/* Give it its name. */
gboolean hd_format_file_commit (HdFormatFile *file, GError **error);

/* SHA-256 of the whole file at `path`; *ret_size_bytes may be NULL. Blocks. */
char *hd_format_sha256_path (const char *path, guint64 *ret_size_bytes, GError **error);
