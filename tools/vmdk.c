/* Markers, grains, tables, footer, end of stream. All offsets are in sectors from the beginning of
 * the VMDK; numbers are little-endian.
 */
#include "tools/vmdk.h"

#include "tools/format-bytes.h"
#include "tools/vmdk-layout.h"

#define GRAINS_OF_TABLE HD_VMDK_TABLE_GRAINS
#define TABLE_SECTORS (GRAINS_OF_TABLE * 4 / HD_SECTOR)

struct _HdVmdk
{
  HdFormatFile *file;
  guint64 base;
  guint64 disk_bytes;
  guint32 *directory; /* sector of each grain table, 0: all zero */
  guint64 n_tables;
  guint64 current; /* table that is being filled, or n_tables */
  guint32 table[GRAINS_OF_TABLE];
};

static guint64
sector (const HdVmdk *vmdk)
{
  return (hd_format_file_position (vmdk->file) - vmdk->base) / HD_SECTOR;
}

static gboolean
pad (HdVmdk *vmdk, GError **error)
{
  return hd_format_file_align (vmdk->file, vmdk->base, HD_SECTOR, error);
}

char *
hd_vmdk_descriptor (guint64 disk_bytes, const char *identity)
{
  guint64 sectors = disk_bytes / HD_SECTOR;
  guint64 cylinders = MIN (sectors / (255 * 63), 65535);
  /* ffffffff means "no parent", fffffffe is used by VMware for "unset". */
  char first = identity[0] == 'f' ? 'e' : identity[0];
  return g_strdup_printf ("# Disk DescriptorFile\n"
                          "version=1\n"
                          "encoding=\"UTF-8\"\n"
                          "CID=%c%.7s\n"
                          "parentCID=ffffffff\n"
                          "createType=\"streamOptimized\"\n"
                          "\n"
                          "# Extent description\n"
                          "RW %" G_GUINT64_FORMAT " SPARSE \"" HD_VMDK_EXTENT "\"\n"
                          "\n"
                          "# The Disk Data Base\n"
                          "#DDB\n"
                          "\n"
                          "ddb.adapterType = \"lsilogic\"\n"
                          "ddb.geometry.cylinders = \"%" G_GUINT64_FORMAT "\"\n"
                          "ddb.geometry.heads = \"255\"\n"
                          "ddb.geometry.sectors = \"63\"\n"
                          "ddb.longContentID = \"%.24s%c%.7s\"\n"
                          "ddb.toolsInstallType = \"4\"\n"
                          "ddb.toolsVersion = \"2147483647\"\n"
                          "ddb.virtualHWVersion = \"6\"\n",
                          first, identity + 1, sectors, MAX (cylinders, 1), identity + 8, first,
                          identity + 1);
}

static void
fill_header (const HdVmdk *vmdk, guint8 header[HD_SECTOR], guint64 directory)
{
  memset (header, 0, HD_SECTOR);
  memcpy (header, "KDMV", 4);
  hd_put_le32 (header + 4, 3);
  hd_put_le32 (header + 8, HD_VMDK_FLAGS);
  hd_put_le64 (header + 12, vmdk->disk_bytes / HD_SECTOR);
  hd_put_le64 (header + 20, HD_VMDK_GRAIN_SECTORS);
  hd_put_le64 (header + 28, 1); /* the descriptor */
  hd_put_le64 (header + 36, HD_VMDK_DESCRIPTOR_SECTORS);
  hd_put_le32 (header + 44, GRAINS_OF_TABLE);
  hd_put_le64 (header + 56, directory);
  hd_put_le64 (header + 64, HD_VMDK_GRAIN_SECTORS); /* overhead: grains begin behind it */
  memcpy (header + 73, "\n \r\n", 4);
  hd_put_le16 (header + 77, 1); /* deflate */
}

HdVmdk *
hd_vmdk_new (HdFormatFile *file, guint64 disk_bytes, const char *identity, GError **error)
{
  HdVmdk *vmdk = g_new0 (HdVmdk, 1);
  const guint64 table_bytes = (guint64)GRAINS_OF_TABLE * HD_BLOCK_BYTES;
  vmdk->file = file;
  vmdk->base = hd_format_file_position (file);
  vmdk->disk_bytes = disk_bytes;
  vmdk->n_tables = hd_round_up (disk_bytes, table_bytes) / table_bytes;
  vmdk->current = vmdk->n_tables;
  vmdk->directory = g_new0 (guint32, vmdk->n_tables);

  guint8 header[HD_SECTOR];
  g_autofree char *descriptor = hd_vmdk_descriptor (disk_bytes, identity);
  fill_header (vmdk, header, HD_VMDK_DIRECTORY_AT_END);
  if (!hd_format_file_append (file, header, sizeof header, error)
      || !hd_format_file_text (file, descriptor, error)
      || !hd_format_file_align (file, vmdk->base, HD_VMDK_GRAIN_SECTORS * HD_SECTOR, error))
    g_clear_pointer (&vmdk, hd_vmdk_free);
  return vmdk;
}

static gboolean
append_marker (HdVmdk *vmdk, guint64 n_sectors, guint32 type, GError **error)
{
  guint8 marker[HD_SECTOR] = { 0 };
  hd_put_le64 (marker, n_sectors);
  hd_put_le32 (marker + 12, type);
  return hd_format_file_append (vmdk->file, marker, sizeof marker, error);
}

/* A table or directory behind its marker; *ret_sector is its place. */
static gboolean
append_table (HdVmdk *vmdk, guint32 type, const guint32 *entries, guint64 n, guint64 *ret_sector,
              GError **error)
{
  gsize length = (gsize)hd_round_up (n * 4, HD_SECTOR);
  g_autofree guint8 *bytes = g_malloc0 (length);
  for (guint64 i = 0; i < n; i++)
    hd_put_le32 (bytes + i * 4, entries[i]);
  if (!append_marker (vmdk, length / HD_SECTOR, type, error))
    return FALSE;
  *ret_sector = sector (vmdk);
  return hd_format_file_append (vmdk->file, bytes, length, error);
}

static gboolean
flush_table (HdVmdk *vmdk, GError **error)
{
  guint64 place;
  if (vmdk->current == vmdk->n_tables)
    return TRUE;
  if (!append_table (vmdk, HD_VMDK_MARKER_TABLE, vmdk->table, GRAINS_OF_TABLE, &place, error))
    return FALSE;
  vmdk->directory[vmdk->current] = (guint32)place;
  vmdk->current = vmdk->n_tables;
  memset (vmdk->table, 0, sizeof vmdk->table);
  return TRUE;
}

/* A grain is a stream of RFC 1950: two bytes, the deflate, the checksum of what it holds. */
static gboolean
append_grain (HdVmdk *vmdk, guint64 grain, const HdPacked *packed, guint32 adler, GError **error)
{
  guint8 head[HD_VMDK_GRAIN_HEAD_BYTES + 2], tail[4];
  hd_put_le64 (head, grain * HD_VMDK_GRAIN_SECTORS);
  hd_put_le32 (head + 8, (guint32)packed->size_bytes + 6);
  head[12] = 0x78;
  head[13] = 0x9c;
  hd_put_be32 (tail, adler);
  return hd_format_file_append (vmdk->file, head, sizeof head, error)
         && hd_format_file_append (vmdk->file, packed->data, packed->size_bytes, error)
         && hd_format_file_append (vmdk->file, tail, sizeof tail, error) && pad (vmdk, error);
}

gboolean
hd_vmdk_chunk (HdVmdk *vmdk, const HdChunk *chunk, GError **error)
{
  for (guint i = 0; i < HD_CHUNK_BLOCKS; i++)
    {
      if ((chunk->used & (1u << i)) == 0)
        continue;
      guint64 grain = chunk->index * HD_CHUNK_BLOCKS + i;
      if (grain / GRAINS_OF_TABLE != vmdk->current && !flush_table (vmdk, error))
        return FALSE;
      vmdk->current = grain / GRAINS_OF_TABLE;
      vmdk->table[grain % GRAINS_OF_TABLE] = (guint32)sector (vmdk);
      if (!append_grain (vmdk, grain, &chunk->deflate[i], chunk->adler[i], error))
        return FALSE;
    }
  return TRUE;
}

gboolean
hd_vmdk_end (HdVmdk *vmdk, GError **error)
{
  guint64 directory;
  guint8 footer[HD_SECTOR];
  if (!flush_table (vmdk, error)
      || !append_table (vmdk, HD_VMDK_MARKER_DIRECTORY, vmdk->directory, vmdk->n_tables, &directory,
                        error))
    return FALSE;
  fill_header (vmdk, footer, directory);
  return append_marker (vmdk, 1, HD_VMDK_MARKER_FOOTER, error)
         && hd_format_file_append (vmdk->file, footer, sizeof footer, error)
         && append_marker (vmdk, 0, HD_VMDK_MARKER_END, error);
}

void
hd_vmdk_free (HdVmdk *vmdk)
{
  g_free (vmdk->directory);
  g_free (vmdk);
}
