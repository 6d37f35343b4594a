/* The codecs of disk formats: each block or chunk is compressed once for all formats that want it.
 *
 * A disk is read in chunks of 2 MiB, each of 32 blocks of 64 KiB: the cluster of a qcow2, the grain
 * of a VMDK. What a codec writes depends on the bytes and the library's version alone, never on the
 * processor or the number of threads.
 */
#pragma once

#include <glib.h>

#define HD_BLOCK_BYTES 65536u
#define HD_CHUNK_BYTES 2097152u
#define HD_CHUNK_BLOCKS (HD_CHUNK_BYTES / HD_BLOCK_BYTES)

typedef enum
{
  HD_CODEC_DEFLATE,    /* each block a complete stream of RFC 1951 */
  HD_CODEC_ZSTD,       /* each block a frame of RFC 8878 */
  HD_CODEC_ZSTD_CHUNK, /* each chunk one frame */
  HD_CODEC_GZIP_CHUNK, /* each chunk one member of RFC 1952 for each block, from the blocks' deflate
                        */
  HD_CODEC_XZ_CHUNK,   /* each chunk a complete .xz stream */
  HD_CODEC_SHA256,     /* each chunk's digest */
  HD_N_CODECS
} HdCodecId;

#define HD_CODEC_BIT(id) (1u << (id))

/* Compressed bytes, in the chunk's own memory. */
typedef struct
{
  guint8 *data;
  gsize size_bytes;
} HdPacked;

/* One chunk of the disk. Blocks that `used` has no bit for are all zero, and are not packed. */
typedef struct
{
  guint64 index;    /* number of the chunk: it starts at index * HD_CHUNK_BYTES */
  guint8 *data;     /* HD_CHUNK_BYTES, zeros behind the disk's end */
  gsize size_bytes; /* less than HD_CHUNK_BYTES for the last one of a disk */
  guint32 used;     /* bit N: block N is not all zero */
  HdPacked deflate[HD_CHUNK_BLOCKS];
  guint32 adler[HD_CHUNK_BLOCKS]; /* of the blocks that have a deflate */
  HdPacked zstd[HD_CHUNK_BLOCKS];
  HdPacked whole[HD_N_CODECS]; /* those of the codecs for chunks */
  /* Private: memory for packed bytes. */
  guint8 *memory;
  gsize memory_bytes;
  gsize memory_used;
} HdChunk;

/* The state of one thread. `codecs` is a set of HD_CODEC_BITs. */
typedef struct _HdCodecs HdCodecs;
HdCodecs *hd_codecs_new (guint32 codecs);
void hd_codecs_free (HdCodecs *codecs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdCodecs, hd_codecs_free)

HdChunk *hd_chunk_new (guint32 codecs);
void hd_chunk_free (HdChunk *chunk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdChunk, hd_chunk_free)

/* Find the used blocks of chunk->data. */
void hd_chunk_look (HdChunk *chunk);

/* Pack what `codecs` was made for. Chunks without a used block are packed too, if asked. */
void hd_chunk_pack (HdChunk *chunk, HdCodecs *codecs);

/* The libraries that pack, with their versions, "libdeflate 1.14, zstd 1.5.4, ...": what has to be
 * the same for the same bytes. Static storage. */
const char *hd_codec_versions (void);
