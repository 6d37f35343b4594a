/* libdeflate, zstd, liblzma and OpenSSL, called on whole buffers. */
#include "tools/format-codec.h"

#include <libdeflate.h>
#include <lzma.h>
#include <openssl/sha.h>
#include <string.h>
#include <zstd.h>

#include "tools/format-bytes.h"

/* Levels: where the next one costs more than it saves, measured on a host's image. */
#define DEFLATE_LEVEL 6
#define ZSTD_BLOCK_LEVEL 3
#define ZSTD_CHUNK_LEVEL 6
#define XZ_PRESET 6

/* RFC 1952: ten bytes before a member's deflate, eight behind. */
#define GZIP_HEAD_BYTES 10
#define GZIP_TAIL_BYTES 8

struct _HdCodecs
{
  guint32 set;
  struct libdeflate_compressor *deflate;
  ZSTD_CCtx *zstd;
  guint8 zero_member[256]; /* a whole block of zeros, as a gzip member */
  gsize zero_member_bytes;
};

static gsize
block_bytes (const HdChunk *chunk, guint block)
{
  gsize start = (gsize)block * HD_BLOCK_BYTES;
  return start >= chunk->size_bytes ? 0 : MIN (HD_BLOCK_BYTES, chunk->size_bytes - start);
}

static gsize
gzip_member (struct libdeflate_compressor *deflate, const guint8 *data, gsize size_bytes,
             const HdPacked *packed, guint8 *out, gsize out_bytes)
{
  static const guint8 head[GZIP_HEAD_BYTES] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255 };
  memcpy (out, head, sizeof head);
  gsize length = 0;
  if (packed != NULL)
    {
      length = packed->size_bytes;
      memcpy (out + sizeof head, packed->data, length);
    }
  else
    length = libdeflate_deflate_compress (deflate, data, size_bytes, out + sizeof head,
                                          out_bytes - sizeof head - GZIP_TAIL_BYTES);
  g_assert (length > 0);
  hd_put_le32 (out + sizeof head + length, libdeflate_crc32 (0, data, size_bytes));
  hd_put_le32 (out + sizeof head + length + 4, (guint32)size_bytes);
  return sizeof head + length + GZIP_TAIL_BYTES;
}

HdCodecs *
hd_codecs_new (guint32 set)
{
  HdCodecs *codecs = g_new0 (HdCodecs, 1);
  codecs->set = set;
  if ((set & (HD_CODEC_BIT (HD_CODEC_DEFLATE) | HD_CODEC_BIT (HD_CODEC_GZIP_CHUNK))) != 0)
    codecs->deflate = libdeflate_alloc_compressor (DEFLATE_LEVEL);
  if ((set & (HD_CODEC_BIT (HD_CODEC_ZSTD) | HD_CODEC_BIT (HD_CODEC_ZSTD_CHUNK))) != 0)
    codecs->zstd = ZSTD_createCCtx ();
  if ((set & HD_CODEC_BIT (HD_CODEC_GZIP_CHUNK)) != 0)
    {
      g_autofree guint8 *zeros = g_malloc0 (HD_BLOCK_BYTES);
      codecs->zero_member_bytes = gzip_member (codecs->deflate, zeros, HD_BLOCK_BYTES, NULL,
                                               codecs->zero_member, sizeof codecs->zero_member);
    }
  return codecs;
}

void
hd_codecs_free (HdCodecs *codecs)
{
  libdeflate_free_compressor (codecs->deflate);
  ZSTD_freeCCtx (codecs->zstd);
  g_free (codecs);
}

/* The most that `codecs` may need for one chunk. */
static gsize
memory_needed (guint32 set)
{
  gsize needed = 64;
  if ((set & (HD_CODEC_BIT (HD_CODEC_DEFLATE) | HD_CODEC_BIT (HD_CODEC_GZIP_CHUNK))) != 0)
    needed += HD_CHUNK_BLOCKS * libdeflate_deflate_compress_bound (NULL, HD_BLOCK_BYTES);
  if ((set & HD_CODEC_BIT (HD_CODEC_ZSTD)) != 0)
    needed += HD_CHUNK_BLOCKS * ZSTD_compressBound (HD_BLOCK_BYTES);
  if ((set & HD_CODEC_BIT (HD_CODEC_ZSTD_CHUNK)) != 0)
    needed += ZSTD_compressBound (HD_CHUNK_BYTES);
  if ((set & HD_CODEC_BIT (HD_CODEC_GZIP_CHUNK)) != 0)
    needed += HD_CHUNK_BLOCKS
              * (libdeflate_deflate_compress_bound (NULL, HD_BLOCK_BYTES) + GZIP_HEAD_BYTES
                 + GZIP_TAIL_BYTES);
  if ((set & HD_CODEC_BIT (HD_CODEC_XZ_CHUNK)) != 0)
    needed += lzma_stream_buffer_bound (HD_CHUNK_BYTES);
  return needed;
}

HdChunk *
hd_chunk_new (guint32 set)
{
  HdChunk *chunk = g_new0 (HdChunk, 1);
  chunk->data = g_malloc0 (HD_CHUNK_BYTES);
  chunk->memory_bytes = memory_needed (set);
  chunk->memory = g_malloc (chunk->memory_bytes);
  return chunk;
}

void
hd_chunk_free (HdChunk *chunk)
{
  g_free (chunk->data);
  g_free (chunk->memory);
  g_free (chunk);
}

void
hd_chunk_look (HdChunk *chunk)
{
  chunk->used = 0;
  for (guint i = 0; i < HD_CHUNK_BLOCKS; i++)
    {
      const guint8 *block = chunk->data + (gsize)i * HD_BLOCK_BYTES;
      /* All bytes are equal to the next one, and the first is zero. */
      if (block[0] != 0 || memcmp (block, block + 1, HD_BLOCK_BYTES - 1) != 0)
        chunk->used |= 1u << i;
    }
}

static guint8 *
room (HdChunk *chunk, gsize *ret_bytes)
{
  *ret_bytes = chunk->memory_bytes - chunk->memory_used;
  return chunk->memory + chunk->memory_used;
}

static HdPacked
take (HdChunk *chunk, gsize size_bytes)
{
  g_assert (size_bytes > 0 && size_bytes <= chunk->memory_bytes - chunk->memory_used);
  HdPacked packed = { chunk->memory + chunk->memory_used, size_bytes };
  chunk->memory_used += size_bytes;
  return packed;
}

/* Blocks are packed whole: behind the end of a disk they have zeros. */
static void
pack_blocks (HdChunk *chunk, HdCodecs *codecs)
{
  gsize space;
  for (guint i = 0; i < HD_CHUNK_BLOCKS; i++)
    {
      const guint8 *block = chunk->data + (gsize)i * HD_BLOCK_BYTES;
      if ((chunk->used & (1u << i)) == 0)
        continue;
      if (codecs->deflate != NULL)
        {
          guint8 *out = room (chunk, &space);
          chunk->deflate[i] = take (chunk, libdeflate_deflate_compress (
                                               codecs->deflate, block, HD_BLOCK_BYTES, out, space));
          chunk->adler[i] = libdeflate_adler32 (1, block, HD_BLOCK_BYTES);
        }
      if ((codecs->set & HD_CODEC_BIT (HD_CODEC_ZSTD)) != 0)
        {
          guint8 *out = room (chunk, &space);
          gsize length = ZSTD_compressCCtx (codecs->zstd, out, space, block, HD_BLOCK_BYTES,
                                            ZSTD_BLOCK_LEVEL);
          g_assert (!ZSTD_isError (length));
          chunk->zstd[i] = take (chunk, length);
        }
    }
}

static void
pack_gzip (HdChunk *chunk, HdCodecs *codecs)
{
  gsize space;
  guint8 *out = room (chunk, &space);
  gsize length = 0;
  for (guint i = 0; i < HD_CHUNK_BLOCKS && block_bytes (chunk, i) > 0; i++)
    {
      gsize size_bytes = block_bytes (chunk, i);
      const guint8 *block = chunk->data + (gsize)i * HD_BLOCK_BYTES;
      gboolean whole = size_bytes == HD_BLOCK_BYTES;
      if (whole && (chunk->used & (1u << i)) == 0)
        {
          memcpy (out + length, codecs->zero_member, codecs->zero_member_bytes);
          length += codecs->zero_member_bytes;
          continue;
        }
      length += gzip_member (codecs->deflate, block, size_bytes, whole ? &chunk->deflate[i] : NULL,
                             out + length, space - length);
    }
  chunk->whole[HD_CODEC_GZIP_CHUNK] = take (chunk, length);
}

static void
pack_xz (HdChunk *chunk)
{
  lzma_options_lzma options;
  g_assert (!lzma_lzma_preset (&options, XZ_PRESET));
  options.dict_size = HD_CHUNK_BYTES;
  lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &options }, { LZMA_VLI_UNKNOWN, NULL } };
  gsize space, length = 0;
  guint8 *out = room (chunk, &space);
  lzma_ret result = lzma_stream_buffer_encode (filters, LZMA_CHECK_CRC64, NULL, chunk->data,
                                               chunk->size_bytes, out, &length, space);
  g_assert (result == LZMA_OK);
  chunk->whole[HD_CODEC_XZ_CHUNK] = take (chunk, length);
}

void
hd_chunk_pack (HdChunk *chunk, HdCodecs *codecs)
{
  gsize space;
  chunk->memory_used = 0;
  pack_blocks (chunk, codecs);
  if ((codecs->set & HD_CODEC_BIT (HD_CODEC_ZSTD_CHUNK)) != 0)
    {
      guint8 *out = room (chunk, &space);
      gsize length = ZSTD_compressCCtx (codecs->zstd, out, space, chunk->data, chunk->size_bytes,
                                        ZSTD_CHUNK_LEVEL);
      g_assert (!ZSTD_isError (length));
      chunk->whole[HD_CODEC_ZSTD_CHUNK] = take (chunk, length);
    }
  if ((codecs->set & HD_CODEC_BIT (HD_CODEC_GZIP_CHUNK)) != 0)
    pack_gzip (chunk, codecs);
  if ((codecs->set & HD_CODEC_BIT (HD_CODEC_XZ_CHUNK)) != 0)
    pack_xz (chunk);
  if ((codecs->set & HD_CODEC_BIT (HD_CODEC_SHA256)) != 0)
    {
      guint8 *out = room (chunk, &space);
      SHA256 (chunk->data, HD_CHUNK_BYTES, out);
      chunk->whole[HD_CODEC_SHA256] = take (chunk, SHA256_DIGEST_LENGTH);
    }
}

const char *
hd_codec_versions (void)
{
  static char text[96];
  static gsize once;
  if (g_once_init_enter (&once))
    {
      /* libdeflate tells its version to the compiler alone. */
      g_snprintf (text, sizeof text, "libdeflate %s, zstd %s, liblzma %s",
                  LIBDEFLATE_VERSION_STRING, ZSTD_versionString (), lzma_version_string ());
      g_once_init_leave (&once, 1);
    }
  return text;
}
