/* Archives with a machine's description and its disk: tar as importers read it (rules O1, E2). */
#pragma once

#include "tools/format-file.h"

#define HD_TAR_BLOCK 512u
/* What eleven octal digits hold: 8 GiB, less one. */
#define HD_TAR_MAX_BYTES ((G_GUINT64_CONSTANT (1) << 33) - 1)

/* A ustar header of a regular file of root's with mode 0644. Names have up to 99 bytes.
 * Errors: HD_CONFIG with rule O1 when the file is too large for ustar. */
gboolean hd_tar_header (guint8 header[HD_TAR_BLOCK], const char *name, guint64 size_bytes,
                        gint64 epoch, GError **error);

/* Leave room for a member of exactly `size_bytes` whose content comes later; *ret_header is where
 * its header goes. */
gboolean hd_tar_reserve (HdFormatFile *file, guint64 size_bytes, guint64 *ret_header,
                         GError **error);
/* Fill in a member that was reserved. */
gboolean hd_tar_fill (HdFormatFile *file, guint64 header_at, const char *name, const void *data,
                      gsize size_bytes, gint64 epoch, GError **error);
/* Append a whole member. */
gboolean hd_tar_append (HdFormatFile *file, const char *name, const void *data, gsize size_bytes,
                        gint64 epoch, GError **error);
/* Append oVirt's member "pad" of zeros, if the next member's content would not start at a multiple
 * of 4,096 without it (rule E6). */
gboolean hd_tar_pad (HdFormatFile *file, gint64 epoch, GError **error);
/* Pad the last member and append the two zero blocks. */
gboolean hd_tar_end (HdFormatFile *file, GError **error);

/* Fill `text` with line ends behind the last element up to `size_bytes`, which XML allows: so a
 * description has its length before it is known what it says. Takes and returns `text`. */
char *hd_ova_pad_text (char *text, gsize size_bytes);
/* Append printf-like text with the arguments escaped for XML. */
void hd_ova_xml (GString *text, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* "2024/01/02 03:04:05", free with g_free. */
char *hd_ova_time (gint64 epoch);
