/* A raw disk, read with its holes: what every format is made of.
 *
 * Two passes: the first finds the blocks that are not all zero and the disk's identity, from which
 * all identifiers in the formats follow; the second packs. Threads work ahead, results come in the
 * disk's order. Memory is bounded by the number of threads; the map has one bit for 64 KiB.
 */
#pragma once

#include <gio/gio.h>
#include "tools/format-codec.h"

typedef struct _HdFormatSource HdFormatSource;

/* Open a raw disk. Errors: HD_NOT_FOUND; HD_CONFIG when it is no file or its size is no multiple of
 * 1 MiB (rule D1), with what to do. */
HdFormatSource *hd_format_source_open (const char *path, GError **error);
void hd_format_source_free (HdFormatSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdFormatSource, hd_format_source_free)

guint64 hd_format_source_size (const HdFormatSource *source);

/* The first pass. Blocks. */
gboolean hd_format_source_scan (HdFormatSource *source, GCancellable *cancellable, GError **error);

/* Known after the scan. */
gboolean hd_format_source_is_used (const HdFormatSource *source, guint64 block);
guint64 hd_format_source_n_used (const HdFormatSource *source);
/* Whether any of the blocks that `size_bytes` at `offset_bytes` touch is used. */
gboolean hd_format_source_any_used (const HdFormatSource *source, guint64 offset_bytes,
                                    guint64 size_bytes);
/* SHA-256 of the disk's size and used chunks with their places, 64 hexadecimal digits. */
const char *hd_format_source_identity (const HdFormatSource *source);

typedef gboolean (*HdFormatOnChunk) (const HdChunk *chunk, gpointer data, GError **error);

/* The second pass: `on_chunk` gets every chunk with a used block, in order, packed by `codecs`.
 * Stops at its first error. HD_BUSY when somebody writes to the disk meanwhile. Blocks. */
gboolean hd_format_source_read (HdFormatSource *source, guint32 codecs, HdFormatOnChunk on_chunk,
                                gpointer data, GCancellable *cancellable, GError **error);
