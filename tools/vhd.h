/* VHD for Hyper-V generation 1 (Microsoft's "Virtual Hard Disk Image Format Specification"), fixed
 * and dynamic. Sizes are pinned: the footer says what the disk is, not what cylinders would give
 * (rules H1 to H5 of docs/formats.md).
 */
#pragma once

#include "tools/format-file.h"
#include "tools/format-source.h"

#define HD_VHD_FOOTER_BYTES 512u
#define HD_VHD_BLOCK_BYTES HD_CHUNK_BYTES
/* 2,040 GiB: the format's own limit. */
#define HD_VHD_MAX_BYTES (G_GUINT64_CONSTANT (2040) << 30)

enum
{
  HD_VHD_FIXED = 2,
  HD_VHD_DYNAMIC = 3
};

/* The footer of a disk, its checksum set. `identity` gives its UUID. */
void hd_vhd_footer (guint8 footer[HD_VHD_FOOTER_BYTES], guint32 type, guint64 disk_bytes,
                    const char *identity);
/* The checksum of a footer (512 bytes, its own at 64) or a dynamic header (1,024 bytes, at 36). */
guint32 hd_vhd_checksum (const guint8 *data, gsize size_bytes, gsize checksum_at);

/* A dynamic VHD. */
typedef struct _HdVhd HdVhd;
HdVhd *hd_vhd_new (HdFormatFile *file, const HdFormatSource *source, GError **error);
gboolean hd_vhd_chunk (HdVhd *vhd, const HdChunk *chunk, GError **error);
gboolean hd_vhd_end (HdVhd *vhd, GError **error);
void hd_vhd_free (HdVhd *vhd);
