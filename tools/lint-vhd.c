/* VHD and VHDX: footers, headers, tables. */
#include <string.h>

#include "tools/format-bytes.h"
#include "tools/format-identity.h"
#include "tools/lint.h"
#include "tools/vhd.h"
#include "tools/vhdx-layout.h"
#include "tools/vhdx.h"

#define MIB 1048576u
#define SECTOR 512u
#define MAX_ITEMS 1024u

/* What readers make of the geometry: the specification's appendix. */
static guint64
geometry_bytes (const guint8 *footer)
{
  return (guint64)hd_get_be16 (footer + 56) * footer[58] * footer[59] * SECTOR;
}

static void
look_at_footer (HdLint *lint, const guint8 *footer)
{
  guint64 size_bytes = hd_get_be64 (footer + 48);
  if (hd_get_be32 (footer + 64) != hd_vhd_checksum (footer, HD_VHD_FOOTER_BYTES, 64))
    hd_lint_add (lint, "H3", "the footer's checksum is wrong");
  if (size_bytes % MIB != 0)
    hd_lint_add (lint, "H1", "the disk's %" G_GUINT64_FORMAT " bytes are no multiple of 1 MiB",
                 size_bytes);
  if (hd_get_be64 (footer + 40) != size_bytes)
    hd_lint_add (lint, "H2", "original and current size differ");
  guint64 by_geometry = geometry_bytes (footer);
  /* 65535/16/255 says "look at the size". */
  if (by_geometry != size_bytes && by_geometry < (guint64)65535 * 16 * 255 * SECTOR)
    hd_lint_add (lint, "H2",
                 "cylinders give %" G_GUINT64_FORMAT " bytes, the size is %" G_GUINT64_FORMAT,
                 by_geometry, size_bytes);
  if (hd_get_be32 (footer + 24) != 0)
    hd_lint_add (lint, "H8", "the footer has the time at which it was made");
}

static void
look_at_dynamic (HdLint *lint, const HdBytes *bytes, const guint8 *footer)
{
  guint8 copy[HD_VHD_FOOTER_BYTES], header[1024];
  guint64 at = hd_get_be64 (footer + 16), size_bytes = hd_get_be64 (footer + 48);
  if (!hd_bytes_read (bytes, 0, copy, sizeof copy) || memcmp (copy, footer, sizeof copy) != 0)
    hd_lint_add (lint, "H3", "the copy of the footer at the beginning is another one");
  if (!hd_bytes_read (bytes, at, header, sizeof header) || memcmp (header, "cxsparse", 8) != 0)
    {
      hd_lint_add (lint, "H5", "no header of a dynamic disk");
      return;
    }
  if (hd_get_be32 (header + 36) != hd_vhd_checksum (header, sizeof header, 36))
    hd_lint_add (lint, "H3", "the dynamic header's checksum is wrong");
  guint64 table = hd_get_be64 (header + 16);
  guint32 n = hd_get_be32 (header + 28), block = hd_get_be32 (header + 32);
  if (block < SECTOR || (block & (block - 1)) != 0 || size_bytes > (guint64)n * block
      || table > bytes->size_bytes || (guint64)n * 4 > bytes->size_bytes - table)
    {
      hd_lint_add (lint, "H5", "%u blocks of %u bytes do not make the disk", n, block);
      return;
    }
  guint64 length = hd_round_up (block / SECTOR / 8, SECTOR) + block;
  for (guint32 i = 0; i < n; i++)
    {
      guint8 entry[4];
      if (!hd_bytes_read (bytes, table + (guint64)i * 4, entry, sizeof entry))
        break;
      guint64 place = (guint64)hd_get_be32 (entry) * SECTOR;
      if (hd_get_be32 (entry) != G_MAXUINT32
          && (place > bytes->size_bytes || length > bytes->size_bytes - place))
        {
          hd_lint_add (lint, "H5", "block %u is outside of the file: the file was cut", i);
          break;
        }
    }
}

void
hd_lint_vhd (HdLint *lint, const HdBytes *bytes)
{
  guint8 footer[HD_VHD_FOOTER_BYTES];
  lint->kind = "VHD";
  if (bytes->size_bytes < sizeof footer
      || !hd_bytes_read (bytes, bytes->size_bytes - sizeof footer, footer, sizeof footer)
      || memcmp (footer, "conectix", 8) != 0)
    {
      hd_lint_add (lint, "H1", "no footer at the end: the file was cut");
      return;
    }
  guint32 type = hd_get_be32 (footer + 60);
  look_at_footer (lint, footer);
  if (type == HD_VHD_DYNAMIC)
    look_at_dynamic (lint, bytes, footer);
  else if (type != HD_VHD_FIXED)
    hd_lint_add (lint, "H1", "type %u is neither fixed nor dynamic", type);
  else if (bytes->size_bytes - sizeof footer != hd_get_be64 (footer + 48))
    hd_lint_add (lint, "H1", "a fixed disk of %" G_GUINT64_FORMAT " bytes in %" G_GUINT64_FORMAT,
                 hd_get_be64 (footer + 48), bytes->size_bytes - sizeof footer);
}

static gboolean
is_guid (const guint8 *bytes, const char *text)
{
  guint8 guid[16];
  hd_identity_parse_guid (text, guid);
  return memcmp (bytes, guid, 16) == 0;
}

/* The header that counts: right, and with the higher sequence. */
static gboolean
look_at_headers (HdLint *lint, const HdBytes *bytes)
{
  const guint64 places[] = { HD_VHDX_HEADER_1_AT, HD_VHDX_HEADER_2_AT };
  guint8 best[HD_VHDX_HEADER_BYTES] = { 0 }, header[HD_VHDX_HEADER_BYTES];
  guint n_right = 0;
  const guint8 zeros[16] = { 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      if (!hd_bytes_read (bytes, places[i], header, sizeof header)
          || memcmp (header, "head", 4) != 0
          || hd_get_le32 (header + 4) != hd_vhdx_checksum (header, sizeof header, 4))
        continue;
      n_right++;
      if (n_right == 1 || hd_get_le64 (header + 8) > hd_get_le64 (best + 8))
        memcpy (best, header, sizeof best);
    }
  if (n_right == 0)
    {
      hd_lint_add (lint, "H6", "no header with a right checksum");
      return FALSE;
    }
  if (memcmp (best + 48, zeros, 16) != 0)
    hd_lint_add (lint, "H6", "its log is not empty: it was not closed");
  if (hd_get_le16 (best + 66) != 1 || hd_get_le16 (best + 64) != 0)
    hd_lint_add (lint, "H6", "version %u of the format", hd_get_le16 (best + 66));
  return TRUE;
}

typedef struct
{
  guint64 at;
  guint32 length;
} Region;

static gboolean
find_regions (HdLint *lint, const HdBytes *bytes, Region *table, Region *metadata)
{
  g_autofree guint8 *data = g_malloc (HD_VHDX_STRUCTURE_BYTES);
  const guint64 places[] = { HD_VHDX_REGIONS_1_AT, HD_VHDX_REGIONS_2_AT };
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      if (!hd_bytes_read (bytes, places[i], data, HD_VHDX_STRUCTURE_BYTES)
          || memcmp (data, "regi", 4) != 0
          || hd_get_le32 (data + 4) != hd_vhdx_checksum (data, HD_VHDX_STRUCTURE_BYTES, 4))
        continue;
      guint32 n = MIN (hd_get_le32 (data + 8), MAX_ITEMS);
      for (guint32 entry = 0; entry < n; entry++)
        {
          const guint8 *at = data + 16 + entry * 32;
          const Region region = { hd_get_le64 (at + 16), hd_get_le32 (at + 24) };
          if (is_guid (at, HD_VHDX_GUID_BAT))
            *table = region;
          else if (is_guid (at, HD_VHDX_GUID_METADATA))
            *metadata = region;
          else if ((hd_get_le32 (at + 28) & 1) != 0)
            hd_lint_add (lint, "H6", "it needs a region that nobody knows");
        }
      break;
    }
  const Region *both[] = { table, metadata };
  for (gsize i = 0; i < G_N_ELEMENTS (both); i++)
    if (both[i]->length == 0 || both[i]->at % MIB != 0 || both[i]->at > bytes->size_bytes
        || both[i]->length > bytes->size_bytes - both[i]->at)
      {
        hd_lint_add (lint, "H6", "no region for the table of blocks or for metadata");
        return FALSE;
      }
  return TRUE;
}

typedef struct
{
  guint64 disk_bytes;
  guint32 block_bytes;
  guint32 flags;
  guint32 sector_bytes;
} Metadata;

static gboolean
read_metadata (HdLint *lint, const HdBytes *bytes, const Region *region, Metadata *metadata)
{
  guint8 head[32], entry[32], value[8];
  if (!hd_bytes_read (bytes, region->at, head, sizeof head) || memcmp (head, "metadata", 8) != 0)
    {
      hd_lint_add (lint, "H6", "no metadata");
      return FALSE;
    }
  guint n = MIN (hd_get_le16 (head + 10), MAX_ITEMS);
  for (guint i = 0; i < n; i++)
    {
      if (!hd_bytes_read (bytes, region->at + 32 + i * 32, entry, sizeof entry))
        break;
      guint64 at = region->at + hd_get_le32 (entry + 16);
      if (is_guid (entry, HD_VHDX_GUID_FILE_PARAMETERS) && hd_bytes_read (bytes, at, value, 8))
        {
          metadata->block_bytes = hd_get_le32 (value);
          metadata->flags = hd_get_le32 (value + 4);
        }
      else if (is_guid (entry, HD_VHDX_GUID_DISK_SIZE) && hd_bytes_read (bytes, at, value, 8))
        metadata->disk_bytes = hd_get_le64 (value);
      else if (is_guid (entry, HD_VHDX_GUID_LOGICAL_SECTOR) && hd_bytes_read (bytes, at, value, 4))
        metadata->sector_bytes = hd_get_le32 (value);
    }
  guint32 block = metadata->block_bytes;
  if (block < MIB || block > 256 * MIB || (block & (block - 1)) != 0 || metadata->disk_bytes == 0
      || metadata->disk_bytes > HD_VHDX_MAX_BYTES)
    {
      hd_lint_add (lint, "H6", "a disk of %" G_GUINT64_FORMAT " bytes in blocks of %u",
                   metadata->disk_bytes, block);
      return FALSE;
    }
  return TRUE;
}

static void
look_at_blocks (HdLint *lint, const HdBytes *bytes, const Region *table, const Metadata *metadata)
{
  guint64 block = metadata->block_bytes;
  guint64 n = hd_round_up (metadata->disk_bytes, block) / block;
  guint64 ratio = ((G_GUINT64_CONSTANT (1) << 23) * metadata->sector_bytes) / block;
  if (ratio == 0 || (n + n / ratio) * 8 > table->length)
    {
      hd_lint_add (lint, "H6", "the table is too short for the disk");
      return;
    }
  for (guint64 i = 0; i < n; i++)
    {
      guint8 entry[8];
      if (!hd_bytes_read (bytes, table->at + (i + i / ratio) * 8, entry, sizeof entry))
        return;
      guint64 place = hd_get_le64 (entry) >> 20;
      guint state = hd_get_le64 (entry) & 7;
      if (state == HD_VHDX_FULLY_PRESENT
          && (place > bytes->size_bytes / MIB || block > bytes->size_bytes - place * MIB))
        {
          hd_lint_add (lint, "H6", "block %" G_GUINT64_FORMAT " is outside of the file", i);
          return;
        }
    }
}

void
hd_lint_vhdx (HdLint *lint, const HdBytes *bytes)
{
  Region table = { 0 }, region = { 0 };
  Metadata metadata = { 0 };
  lint->kind = "VHDX";
  if (!look_at_headers (lint, bytes) || !find_regions (lint, bytes, &table, &region)
      || !read_metadata (lint, bytes, &region, &metadata))
    return;
  if (metadata.disk_bytes % MIB != 0)
    hd_lint_add (lint, "D1", "the disk's %" G_GUINT64_FORMAT " bytes are no multiple of 1 MiB",
                 metadata.disk_bytes);
  if (metadata.sector_bytes != SECTOR)
    hd_lint_add (lint, "H6", "sectors of %u bytes", metadata.sector_bytes);
  if ((metadata.flags & 2) != 0)
    hd_lint_add (lint, "H6", "it has a parent: it is not whole by itself");
  look_at_blocks (lint, bytes, &table, &metadata);
}
