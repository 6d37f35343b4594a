/* A walk over a streamOptimized VMDK, marker by marker, then by its tables. */
#include <libdeflate.h>
#include <string.h>

#include "tools/format-bytes.h"
#include "tools/lint.h"
#include "tools/vmdk-layout.h"
#include "tools/vmdk-read.h"

#define MAX_CAPACITY ((G_GUINT64_CONSTANT (64) << 40) / HD_SECTOR)
#define MAX_DESCRIPTOR_BYTES 65536u
#define GRAIN_BYTES (HD_VMDK_GRAIN_SECTORS * HD_SECTOR)
/* What a compressor may make of a grain at worst, and more. */
#define MAX_PACKED_BYTES (2 * GRAIN_BYTES)

gboolean
hd_vmdk_head_read (const HdBytes *bytes, guint64 at, HdVmdkHead *head)
{
  guint8 data[HD_SECTOR];
  if (!hd_bytes_read (bytes, at, data, sizeof data) || memcmp (data, "KDMV", 4) != 0)
    return FALSE;
  *head = (HdVmdkHead){
    .version = hd_get_le32 (data + 4),
    .flags = hd_get_le32 (data + 8),
    .capacity = hd_get_le64 (data + 12),
    .grain = hd_get_le64 (data + 20),
    .descriptor_at = hd_get_le64 (data + 28),
    .descriptor_size = hd_get_le64 (data + 36),
    .table_grains = hd_get_le32 (data + 44),
    .directory = hd_get_le64 (data + 56),
    .overhead = hd_get_le64 (data + 64),
    .algorithm = hd_get_le16 (data + 77),
  };
  return TRUE;
}

char *
hd_vmdk_descriptor_read (const HdBytes *bytes, const HdVmdkHead *head)
{
  guint64 length = head->descriptor_size;
  if (length == 0 || length > MAX_DESCRIPTOR_BYTES / HD_SECTOR
      || head->descriptor_at > bytes->size_bytes / HD_SECTOR)
    return NULL;
  g_autofree char *text = g_malloc0 (length * HD_SECTOR + 1);
  if (!hd_bytes_read (bytes, head->descriptor_at * HD_SECTOR, text, length * HD_SECTOR))
    return NULL;
  return g_steal_pointer (&text);
}

char *
hd_vmdk_value (const char *descriptor, const char *key)
{
  gsize length = strlen (key);
  g_auto (GStrv) lines = g_strsplit (descriptor, "\n", 1000);
  for (char **line = lines; *line != NULL; line++)
    {
      char *text = g_strstrip (*line);
      if (strncmp (text, key, length) != 0)
        continue;
      text = g_strchug (text + length);
      if (*text != '=')
        continue;
      text = g_strchug (text + 1);
      gsize end = strlen (text);
      if (end >= 2 && text[0] == '"' && text[end - 1] == '"')
        return g_strndup (text + 1, end - 2);
      return g_strdup (text);
    }
  return NULL;
}

static void
look_at_head (HdLint *lint, const HdVmdkHead *head)
{
  if (head->version != 3)
    hd_lint_add (lint, "V1", "version %u, not 3", head->version);
  if ((head->flags & 0x30000) != 0x30000 || (head->flags & 1) == 0)
    hd_lint_add (lint, "V1", "flags %#x, not 0x30001", head->flags);
  if (head->algorithm != 1)
    hd_lint_add (lint, "V1", "compression %u, not deflate", head->algorithm);
  if (head->grain != HD_VMDK_GRAIN_SECTORS || head->table_grains != HD_VMDK_TABLE_GRAINS)
    hd_lint_add (lint, "V2", "grains of %" G_GUINT64_FORMAT " sectors, tables of %u grains",
                 head->grain, head->table_grains);
  if (head->capacity % 2048 != 0)
    hd_lint_add (lint, "D1", "the disk's %" G_GUINT64_FORMAT " sectors are no multiple of 1 MiB",
                 head->capacity);
}

static void
look_at_descriptor (HdLint *lint, const char *text, guint64 capacity)
{
  static const struct
  {
    const char *key;
    const char *wanted[3];
  } wanted[] = {
    { "createType", { "streamOptimized" } },  { "parentCID", { "ffffffff" } },
    { "ddb.adapterType", { "lsilogic" } },    { "ddb.virtualHWVersion", { "4", "6" } },
    { "ddb.geometry.heads", { "255" } },      { "ddb.geometry.sectors", { "63" } },
    { "ddb.toolsVersion", { "2147483647" } }, { "ddb.toolsInstallType", { "4" } },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_autofree char *value = hd_vmdk_value (text, wanted[i].key);
      if (value == NULL
          || (g_strcmp0 (value, wanted[i].wanted[0]) != 0
              && g_strcmp0 (value, wanted[i].wanted[1]) != 0))
        hd_lint_add (lint, i == 0 ? "O15" : "V6", "%s is %s, not %s", wanted[i].key,
                     value != NULL ? value : "not there", wanted[i].wanted[0]);
    }
  g_autofree char *expected
      = g_strdup_printf ("RW %" G_GUINT64_FORMAT " SPARSE \"" HD_VMDK_EXTENT_NAME "\"", capacity);
  if (strstr (text, expected) == NULL)
    hd_lint_add (lint, "V6", "the extent is not %s", expected);
  g_autofree char *identity = hd_vmdk_value (text, "ddb.longContentID");
  if (identity == NULL)
    hd_lint_add (lint, "V6", "no ddb.longContentID, so the CID was made by chance");
}

/* A grain: its place, its order, and that it unpacks. */
static void
look_at_grain (HdLint *lint, HdVmdkWalk *walk, const HdBytes *bytes, const HdVmdkHead *head,
               guint64 at, guint64 lba, guint32 length)
{
  gsize unpacked = 0;
  if (lba % HD_VMDK_GRAIN_SECTORS != 0 || lba >= head->capacity)
    hd_lint_add (lint, "V7", "a grain for sector %" G_GUINT64_FORMAT, lba);
  if (walk->n_grains++ > 0 && lba <= walk->last_lba)
    hd_lint_add (lint, "V3",
                 "the grain of sector %" G_GUINT64_FORMAT " follows that of %" G_GUINT64_FORMAT,
                 lba, walk->last_lba);
  walk->last_lba = lba;
  if (!hd_bytes_read (bytes, at + HD_VMDK_GRAIN_HEAD_BYTES, walk->packed, length)
      || libdeflate_zlib_decompress (walk->unpacker, walk->packed, length, walk->grain, GRAIN_BYTES,
                                     &unpacked)
             != LIBDEFLATE_SUCCESS)
    hd_lint_add (lint, "V7", "the grain of sector %" G_GUINT64_FORMAT " does not unpack", lba);
  else if (unpacked == GRAIN_BYTES && walk->grain[0] == 0
           && memcmp (walk->grain, walk->grain + 1, GRAIN_BYTES - 1) == 0)
    hd_lint_add (lint, "V3", "the grain of sector %" G_GUINT64_FORMAT " is all zero", lba);
}

HdVmdkWalk *
hd_vmdk_walk_new (void)
{
  HdVmdkWalk *walk = g_new0 (HdVmdkWalk, 1);
  walk->unpacker = libdeflate_alloc_decompressor ();
  walk->packed = g_malloc (MAX_PACKED_BYTES);
  walk->grain = g_malloc (GRAIN_BYTES);
  return walk;
}

void
hd_vmdk_walk_free (HdVmdkWalk *walk)
{
  libdeflate_free_decompressor (walk->unpacker);
  g_free (walk->packed);
  g_free (walk->grain);
  g_free (walk);
}

void
hd_vmdk_walk_run (HdVmdkWalk *walk, HdLint *lint, const HdBytes *bytes, const HdVmdkHead *head)
{
  guint64 at = head->overhead;
  if (at > bytes->size_bytes / HD_SECTOR || at == 0)
    {
      hd_lint_add (lint, "V7", "grains begin behind the file's end");
      return;
    }
  at *= HD_SECTOR;
  /* Each turn moves on by a sector at least, so the file's size bounds them. */
  for (;;)
    {
      guint8 marker[16];
      if (!hd_bytes_read (bytes, at, marker, sizeof marker))
        {
          hd_lint_add (lint, "V5", "no end of stream");
          return;
        }
      guint64 value = hd_get_le64 (marker);
      guint32 length = hd_get_le32 (marker + 8), type = hd_get_le32 (marker + 12);
      if (length > MAX_PACKED_BYTES)
        {
          hd_lint_add (lint, "V7", "a grain of %u packed bytes", length);
          return;
        }
      if (length > 0)
        {
          look_at_grain (lint, walk, bytes, head, at, value, length);
          at += hd_round_up (HD_VMDK_GRAIN_HEAD_BYTES + (guint64)length, HD_SECTOR);
          continue;
        }
      if (type == HD_VMDK_MARKER_END && value == 0)
        break;
      if (type == HD_VMDK_MARKER_END || type > HD_VMDK_MARKER_FOOTER
          || value > bytes->size_bytes / HD_SECTOR)
        {
          hd_lint_add (lint, "V7", "a marker of type %u with %" G_GUINT64_FORMAT " sectors", type,
                       value);
          return;
        }
      if (type == HD_VMDK_MARKER_FOOTER)
        walk->footer_at = at + HD_SECTOR;
      at += HD_SECTOR + value * HD_SECTOR;
    }
  walk->end_at = at;
  walk->ended = TRUE;
}

/* Tables and grains point to each other. */
static void
look_at_tables (HdLint *lint, const HdBytes *bytes, const HdVmdkHead *head, const HdVmdkWalk *walk)
{
  const guint64 table_sectors = (guint64)HD_VMDK_TABLE_GRAINS * HD_VMDK_GRAIN_SECTORS;
  guint64 n_tables = hd_round_up (head->capacity, table_sectors) / table_sectors, n_found = 0;
  for (guint64 i = 0; i < n_tables; i++)
    {
      guint8 entry[4], table[HD_VMDK_TABLE_GRAINS * 4];
      if (!hd_bytes_read (bytes, head->directory * HD_SECTOR + i * 4, entry, sizeof entry))
        {
          hd_lint_add (lint, "V7", "the directory of tables ends early");
          return;
        }
      guint64 place = hd_get_le32 (entry);
      if (place == 0)
        continue;
      if (!hd_bytes_read (bytes, place * HD_SECTOR, table, sizeof table))
        {
          hd_lint_add (lint, "V7", "a table is outside of the file");
          return;
        }
      for (guint grain = 0; grain < HD_VMDK_TABLE_GRAINS; grain++)
        {
          guint8 lba[8];
          guint64 at = hd_get_le32 (table + grain * 4);
          guint64 wanted = (i * HD_VMDK_TABLE_GRAINS + grain) * HD_VMDK_GRAIN_SECTORS;
          if (at == 0)
            continue;
          n_found++;
          if (!hd_bytes_read (bytes, at * HD_SECTOR, lba, sizeof lba)
              || hd_get_le64 (lba) != wanted)
            {
              hd_lint_add (lint, "V7",
                           "the table's grain of sector %" G_GUINT64_FORMAT " is another one's",
                           wanted);
              return;
            }
        }
    }
  if (n_found != walk->n_grains)
    hd_lint_add (lint, "V7",
                 "%" G_GUINT64_FORMAT " grains are in tables, %" G_GUINT64_FORMAT
                 " are in the file",
                 n_found, walk->n_grains);
}

static void
look_behind (HdLint *lint, const HdBytes *bytes, const HdVmdkWalk *walk)
{
  guint64 behind = bytes->size_bytes - walk->end_at - HD_SECTOR;
  if (bytes->size_bytes < walk->end_at + HD_SECTOR)
    hd_lint_add (lint, "V5", "the end of stream is cut");
  else if (behind > 0)
    hd_lint_add (lint, "V4", "%" G_GUINT64_FORMAT " bytes follow the end of stream", behind);
}

void
hd_lint_vmdk (HdLint *lint, const HdBytes *bytes)
{
  HdVmdkHead head, footer;
  lint->kind = "VMDK";
  if (!hd_vmdk_head_read (bytes, 0, &head))
    {
      hd_lint_add (lint, "O15", "a descriptor alone, or no sparse extent");
      return;
    }
  look_at_head (lint, &head);
  g_autofree char *descriptor = hd_vmdk_descriptor_read (bytes, &head);
  if (descriptor == NULL)
    hd_lint_add (lint, "V7", "no descriptor");
  else
    look_at_descriptor (lint, descriptor, head.capacity);
  if (head.capacity == 0 || head.capacity > MAX_CAPACITY)
    {
      hd_lint_add (lint, "V7", "a disk of %" G_GUINT64_FORMAT " sectors", head.capacity);
      return;
    }
  if (hd_lint_has (lint, "V1") || hd_lint_has (lint, "V2"))
    return; /* another kind of VMDK */
  g_autoptr (HdVmdkWalk) walk = hd_vmdk_walk_new ();
  hd_vmdk_walk_run (walk, lint, bytes, &head);
  if (!walk->ended)
    return;
  look_behind (lint, bytes, walk);
  /* Only a directory at the end needs the footer; qemu-img has it before the grains. */
  footer = head;
  if (head.directory == HD_VMDK_DIRECTORY_AT_END
      && (walk->footer_at == 0 || !hd_vmdk_head_read (bytes, walk->footer_at, &footer)))
    footer.capacity = 0;
  if (footer.capacity != head.capacity || footer.directory > bytes->size_bytes / HD_SECTOR)
    hd_lint_add (lint, "V7", "no footer, or not that of this disk");
  else
    look_at_tables (lint, bytes, &footer, walk);
}
