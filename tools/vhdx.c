/* Header section, log, metadata, table of blocks, blocks; each region at a multiple of 1 MiB. */
#include "tools/vhdx.h"

#include "base/error.h"
#include "tools/format-bytes.h"
#include "tools/format-identity.h"
#include "tools/vhdx-layout.h"

#define MIB ((guint64)HD_VHDX_MIB)
#define LOG_AT MIB
#define METADATA_AT (2 * MIB)
#define TABLE_AT (3 * MIB)
#define BLOCK_BYTES MIB
/* After so many blocks the table has an entry for a bitmap: 2^23 sectors of 512 bytes. */
#define BLOCKS_OF_BITMAP 4096u
#define ITEMS_AT 65536u

struct _HdVhdx
{
  HdFormatFile *file;
};

guint32
hd_vhdx_checksum (const guint8 *data, gsize size_bytes, gsize checksum_at)
{
  guint32 table[256], crc = ~0u;
  for (guint i = 0; i < 256; i++)
    {
      table[i] = i;
      for (guint bit = 0; bit < 8; bit++)
        table[i] = (table[i] >> 1) ^ ((table[i] & 1) != 0 ? 0x82f63b78 : 0);
    }
  for (gsize i = 0; i < size_bytes; i++)
    {
      guint8 byte = i >= checksum_at && i < checksum_at + 4 ? 0 : data[i];
      crc = table[(crc ^ byte) & 0xff] ^ (crc >> 8);
    }
  return ~crc;
}

static gboolean
append_header (HdFormatFile *file, guint64 sequence, const char *identity, GError **error)
{
  guint8 header[HD_VHDX_HEADER_BYTES] = "head";
  hd_put_le64 (header + 8, sequence);
  hd_identity_guid_bytes (identity, "vhdx-file-write", header + 16);
  hd_identity_guid_bytes (identity, "vhdx-data-write", header + 32);
  /* The log's GUID stays zero: there is nothing to replay. */
  hd_put_le16 (header + 66, 1);
  hd_put_le32 (header + 68, HD_VHDX_MIB);
  hd_put_le64 (header + 72, LOG_AT);
  hd_put_le32 (header + 4, hd_vhdx_checksum (header, sizeof header, 4));
  return hd_format_file_append (file, header, sizeof header, error)
         && hd_format_file_align (file, 0, HD_VHDX_STRUCTURE_BYTES, error);
}

static gboolean
append_regions (HdFormatFile *file, guint64 table_bytes, GError **error)
{
  g_autofree guint8 *regions = g_malloc0 (HD_VHDX_STRUCTURE_BYTES);
  memcpy (regions, "regi", 4);
  hd_put_le32 (regions + 8, 2);
  hd_identity_parse_guid (HD_VHDX_GUID_BAT, regions + 16);
  hd_put_le64 (regions + 32, TABLE_AT);
  hd_put_le32 (regions + 40, (guint32)table_bytes);
  hd_put_le32 (regions + 44, 1);
  hd_identity_parse_guid (HD_VHDX_GUID_METADATA, regions + 48);
  hd_put_le64 (regions + 64, METADATA_AT);
  hd_put_le32 (regions + 72, HD_VHDX_MIB);
  hd_put_le32 (regions + 76, 1);
  hd_put_le32 (regions + 4, hd_vhdx_checksum (regions, HD_VHDX_STRUCTURE_BYTES, 4));
  return hd_format_file_append (file, regions, HD_VHDX_STRUCTURE_BYTES, error);
}

static void
fill_metadata (guint8 metadata[2 * ITEMS_AT], guint64 disk_bytes, const char *identity)
{
  enum
  {
    OF_DISK = 2,
    REQUIRED = 4
  };
  const struct
  {
    const char *guid;
    guint32 length, flags;
  } items[] = {
    { HD_VHDX_GUID_FILE_PARAMETERS, 8, REQUIRED },
    { HD_VHDX_GUID_DISK_SIZE, 8, OF_DISK | REQUIRED },
    { HD_VHDX_GUID_PAGE_83, 16, OF_DISK | REQUIRED },
    { HD_VHDX_GUID_LOGICAL_SECTOR, 4, OF_DISK | REQUIRED },
    { HD_VHDX_GUID_PHYSICAL_SECTOR, 4, OF_DISK | REQUIRED },
  };
  guint32 at = ITEMS_AT;
  memcpy (metadata, "metadata", 8);
  hd_put_le16 (metadata + 10, G_N_ELEMENTS (items));
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      guint8 *entry = metadata + 32 + i * 32;
      hd_identity_parse_guid (items[i].guid, entry);
      hd_put_le32 (entry + 16, at);
      hd_put_le32 (entry + 20, items[i].length);
      hd_put_le32 (entry + 24, items[i].flags);
      at += items[i].length;
    }
  guint8 *values = metadata + ITEMS_AT;
  hd_put_le32 (values, (guint32)BLOCK_BYTES);
  hd_put_le64 (values + 8, disk_bytes);
  hd_identity_guid_bytes (identity, "vhdx-disk", values + 16);
  hd_put_le32 (values + 32, 512);
  hd_put_le32 (values + 36, 4096);
}

static gboolean
append_metadata (HdFormatFile *file, const HdFormatSource *source, GError **error)
{
  g_autofree guint8 *metadata = g_malloc0 (2 * ITEMS_AT);
  fill_metadata (metadata, hd_format_source_size (source), hd_format_source_identity (source));
  return hd_format_file_append (file, metadata, 2 * ITEMS_AT, error);
}

static gboolean
append_table (HdFormatFile *file, const HdFormatSource *source, guint64 n_blocks,
              guint64 table_bytes, GError **error)
{
  guint64 place_mib = (TABLE_AT + table_bytes) / MIB;
  for (guint64 i = 0; i < n_blocks; i++)
    {
      guint8 entry[8] = { 0 };
      if (hd_format_source_any_used (source, i * BLOCK_BYTES, BLOCK_BYTES))
        hd_put_le64 (entry, place_mib++ << 20 | HD_VHDX_FULLY_PRESENT);
      if (!hd_format_file_append (file, entry, sizeof entry, error))
        return FALSE;
      if (i % BLOCKS_OF_BITMAP == BLOCKS_OF_BITMAP - 1
          && !hd_format_file_skip (file, sizeof entry, error))
        return FALSE;
    }
  return hd_format_file_seek (file, TABLE_AT + table_bytes, error);
}

HdVhdx *
hd_vhdx_new (HdFormatFile *file, const HdFormatSource *source, GError **error)
{
  guint64 disk_bytes = hd_format_source_size (source);
  const char *identity = hd_format_source_identity (source);
  if (disk_bytes > HD_VHDX_MAX_BYTES)
    {
      hd_throw (error, HD_CONFIG, NULL, "a VHDX holds 64 TiB at most");
      return NULL;
    }
  guint64 n_blocks = hd_round_up (disk_bytes, BLOCK_BYTES) / BLOCK_BYTES;
  guint64 table_bytes = hd_round_up ((n_blocks + n_blocks / BLOCKS_OF_BITMAP) * 8, MIB);
  guint8 first[HD_VHDX_STRUCTURE_BYTES] = "vhdxfile";
  const char creator[] = "atomic-image";
  for (guint i = 0; creator[i] != '\0'; i++)
    first[8 + 2 * i] = (guint8)creator[i];

  if (!hd_format_file_append (file, first, sizeof first, error)
      || !append_header (file, 1, identity, error) || !append_header (file, 2, identity, error)
      || !append_regions (file, table_bytes, error) || !append_regions (file, table_bytes, error)
      || !hd_format_file_seek (file, METADATA_AT, error) || !append_metadata (file, source, error)
      || !hd_format_file_seek (file, TABLE_AT, error)
      || !append_table (file, source, n_blocks, table_bytes, error))
    return NULL;
  HdVhdx *vhdx = g_new0 (HdVhdx, 1);
  vhdx->file = file;
  return vhdx;
}

gboolean
hd_vhdx_chunk (HdVhdx *vhdx, const HdChunk *chunk, GError **error)
{
  const guint32 half = (1u << (BLOCK_BYTES / HD_BLOCK_BYTES)) - 1;
  for (guint i = 0; i < HD_CHUNK_BYTES / BLOCK_BYTES; i++)
    if ((chunk->used >> (i * (BLOCK_BYTES / HD_BLOCK_BYTES)) & half) != 0
        && !hd_format_file_append_sparse (vhdx->file, chunk->data + i * BLOCK_BYTES, BLOCK_BYTES,
                                          error))
      return FALSE;
  return TRUE;
}

gboolean
hd_vhdx_end (HdVhdx *vhdx, GError **error)
{
  return TRUE;
}

void
hd_vhdx_free (HdVhdx *vhdx)
{
  g_free (vhdx);
}
