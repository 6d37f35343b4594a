/* Big-endian numbers; a copy of the footer, the dynamic header, the table of blocks, the blocks,
 * the footer. */
#include "tools/vhd.h"

#include "base/error.h"
#include "tools/format-bytes.h"
#include "tools/format-identity.h"

#define SECTOR 512u
#define HEADER_BYTES 1024u
#define TABLE_AT (HD_VHD_FOOTER_BYTES + HEADER_BYTES)
#define BITMAP_BYTES 512u /* a bit for each of the 4,096 sectors of a block */
/* Data of a block starts at a multiple of it, for hosts with sectors of 4 KiB. */
#define ALIGNMENT 4096u

struct _HdVhd
{
  HdFormatFile *file;
  guint8 footer[HD_VHD_FOOTER_BYTES];
};

guint32
hd_vhd_checksum (const guint8 *data, gsize size_bytes, gsize checksum_at)
{
  guint32 sum = 0;
  for (gsize i = 0; i < size_bytes; i++)
    if (i < checksum_at || i >= checksum_at + 4)
      sum += data[i];
  return ~sum;
}

void
hd_vhd_footer (guint8 footer[HD_VHD_FOOTER_BYTES], guint32 type, guint64 disk_bytes,
               const char *identity)
{
  memset (footer, 0, HD_VHD_FOOTER_BYTES);
  memcpy (footer, "conectix", 8);
  hd_put_be32 (footer + 8, 2);        /* features: the reserved bit, always set */
  hd_put_be32 (footer + 12, 0x10000); /* version of the format */
  hd_put_be64 (footer + 16, type == HD_VHD_FIXED ? G_MAXUINT64 : HD_VHD_FOOTER_BYTES);
  /* The time stamp at 24 stays 2000-01-01. */
  memcpy (footer + 28, "qem2", 4); /* to readers: the size counts, not the geometry */
  hd_put_be32 (footer + 32, 0x50003);
  memcpy (footer + 36, "Wi2k", 4);
  hd_put_be64 (footer + 40, disk_bytes);
  hd_put_be64 (footer + 48, disk_bytes);
  hd_put_be16 (footer + 56, 65535);
  footer[58] = 16;
  footer[59] = 255;
  hd_put_be32 (footer + 60, type);
  hd_identity_uuid_bytes (identity, "vhd", footer + 68);
  hd_put_be32 (footer + 64, hd_vhd_checksum (footer, HD_VHD_FOOTER_BYTES, 64));
}

/* Where the bitmap of the block goes that follows `end_bytes`. */
static guint64
place_block (guint64 end_bytes)
{
  return hd_round_up (end_bytes + BITMAP_BYTES, ALIGNMENT) - BITMAP_BYTES;
}

static gboolean
append_table (HdVhd *vhd, const HdFormatSource *source, guint64 n_blocks, GError **error)
{
  guint64 end = TABLE_AT + hd_round_up (n_blocks * 4, SECTOR);
  for (guint64 i = 0; i < n_blocks; i++)
    {
      guint8 entry[4] = { 0xff, 0xff, 0xff, 0xff };
      if (hd_format_source_any_used (source, i * HD_VHD_BLOCK_BYTES, HD_VHD_BLOCK_BYTES))
        {
          guint64 place = place_block (end);
          hd_put_be32 (entry, (guint32)(place / SECTOR));
          end = place + BITMAP_BYTES + HD_VHD_BLOCK_BYTES;
        }
      if (!hd_format_file_append (vhd->file, entry, sizeof entry, error))
        return FALSE;
    }
  for (guint64 i = n_blocks; i % (SECTOR / 4) != 0; i++)
    if (!hd_format_file_append (vhd->file, "\xff\xff\xff\xff", 4, error))
      return FALSE;
  return TRUE;
}

HdVhd *
hd_vhd_new (HdFormatFile *file, const HdFormatSource *source, GError **error)
{
  guint64 disk_bytes = hd_format_source_size (source);
  if (disk_bytes > HD_VHD_MAX_BYTES)
    {
      hd_throw (error, HD_CONFIG, "use vhdx", "a VHD holds 2,040 GiB at most");
      return NULL;
    }
  HdVhd *vhd = g_new0 (HdVhd, 1);
  guint64 n_blocks = hd_round_up (disk_bytes, HD_VHD_BLOCK_BYTES) / HD_VHD_BLOCK_BYTES;
  vhd->file = file;
  hd_vhd_footer (vhd->footer, HD_VHD_DYNAMIC, disk_bytes, hd_format_source_identity (source));

  guint8 header[HEADER_BYTES] = "cxsparse";
  hd_put_be64 (header + 8, G_MAXUINT64);
  hd_put_be64 (header + 16, TABLE_AT);
  hd_put_be32 (header + 24, 0x10000);
  hd_put_be32 (header + 28, (guint32)n_blocks);
  hd_put_be32 (header + 32, HD_VHD_BLOCK_BYTES);
  hd_put_be32 (header + 36, hd_vhd_checksum (header, sizeof header, 36));
  if (!hd_format_file_append (file, vhd->footer, sizeof vhd->footer, error)
      || !hd_format_file_append (file, header, sizeof header, error)
      || !append_table (vhd, source, n_blocks, error))
    g_clear_pointer (&vhd, hd_vhd_free);
  return vhd;
}

gboolean
hd_vhd_chunk (HdVhd *vhd, const HdChunk *chunk, GError **error)
{
  guint8 bitmap[BITMAP_BYTES];
  memset (bitmap, 0xff, sizeof bitmap);
  guint64 place = place_block (hd_format_file_position (vhd->file));
  return hd_format_file_seek (vhd->file, place, error)
         && hd_format_file_append (vhd->file, bitmap, sizeof bitmap, error)
         && hd_format_file_append_sparse (vhd->file, chunk->data, HD_VHD_BLOCK_BYTES, error);
}

gboolean
hd_vhd_end (HdVhd *vhd, GError **error)
{
  return hd_format_file_append (vhd->file, vhd->footer, sizeof vhd->footer, error);
}

void
hd_vhd_free (HdVhd *vhd)
{
  g_free (vhd);
}
