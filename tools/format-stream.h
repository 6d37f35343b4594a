/* A raw disk as one compressed stream of independent pieces: frames of zstd, members of gzip,
 * streams of xz. Every unpacker reads them as one. A fixed VHD is the same with a footer. */
#pragma once

#include "tools/format-file.h"
#include "tools/format-source.h"

typedef struct _HdFormatStream HdFormatStream;

/* `codec` is one of those for whole chunks. */
HdFormatStream *hd_format_stream_new (HdFormatFile *file, const HdFormatSource *source,
                                      HdCodecId codec);
gboolean hd_format_stream_chunk (HdFormatStream *stream, const HdChunk *chunk, GError **error);
/* `tail` (may be NULL, less than HD_CHUNK_BYTES) follows the disk. */
gboolean hd_format_stream_end (HdFormatStream *stream, const guint8 *tail, gsize tail_bytes,
                               GError **error);
void hd_format_stream_free (HdFormatStream *stream);
