/* Runs of zeros are one packed chunk, repeated. */
#include "tools/format-stream.h"

#include <string.h>

#include "tools/format-bytes.h"

struct _HdFormatStream
{
  HdFormatFile *file;
  HdCodecId codec;
  guint64 disk_bytes;
  guint64 n_chunks;
  guint64 next; /* chunk to write */
  guint8 *zeros;
  gsize zeros_bytes;
};

static guint32
needed (HdCodecId codec)
{
  return HD_CODEC_BIT (codec);
}

/* Pack bytes on this thread. */
static gboolean
append_packed (HdFormatStream *stream, const guint8 *data, gsize size_bytes, GError **error)
{
  g_autoptr (HdCodecs) codecs = hd_codecs_new (needed (stream->codec));
  g_autoptr (HdChunk) chunk = hd_chunk_new (needed (stream->codec));
  if (data != NULL)
    memcpy (chunk->data, data, size_bytes);
  chunk->size_bytes = size_bytes;
  hd_chunk_look (chunk);
  hd_chunk_pack (chunk, codecs);
  const HdPacked *packed = &chunk->whole[stream->codec];
  return hd_format_file_append (stream->file, packed->data, packed->size_bytes, error);
}

HdFormatStream *
hd_format_stream_new (HdFormatFile *file, const HdFormatSource *source, HdCodecId codec)
{
  HdFormatStream *stream = g_new0 (HdFormatStream, 1);
  stream->file = file;
  stream->codec = codec;
  stream->disk_bytes = hd_format_source_size (source);
  stream->n_chunks = hd_round_up (stream->disk_bytes, HD_CHUNK_BYTES) / HD_CHUNK_BYTES;

  g_autoptr (HdCodecs) codecs = hd_codecs_new (needed (codec));
  g_autoptr (HdChunk) chunk = hd_chunk_new (needed (codec));
  chunk->size_bytes = HD_CHUNK_BYTES;
  hd_chunk_pack (chunk, codecs);
  stream->zeros_bytes = chunk->whole[codec].size_bytes;
  stream->zeros = g_memdup2 (chunk->whole[codec].data, stream->zeros_bytes);
  return stream;
}

/* Zeros up to `chunk`. */
static gboolean
append_zeros (HdFormatStream *stream, guint64 chunk, GError **error)
{
  for (; stream->next < chunk; stream->next++)
    {
      guint64 left = stream->disk_bytes - stream->next * HD_CHUNK_BYTES;
      gboolean ok = left >= HD_CHUNK_BYTES ? hd_format_file_append (stream->file, stream->zeros,
                                                                    stream->zeros_bytes, error)
                                           : append_packed (stream, NULL, (gsize)left, error);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

gboolean
hd_format_stream_chunk (HdFormatStream *stream, const HdChunk *chunk, GError **error)
{
  const HdPacked *packed = &chunk->whole[stream->codec];
  if (!append_zeros (stream, chunk->index, error))
    return FALSE;
  stream->next++;
  return hd_format_file_append (stream->file, packed->data, packed->size_bytes, error);
}

gboolean
hd_format_stream_end (HdFormatStream *stream, const guint8 *tail, gsize tail_bytes, GError **error)
{
  return append_zeros (stream, stream->n_chunks, error)
         && (tail == NULL || append_packed (stream, tail, tail_bytes, error));
}

void
hd_format_stream_free (HdFormatStream *stream)
{
  g_free (stream->zeros);
  g_free (stream);
}
