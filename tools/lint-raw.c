/* A raw disk, and the head of a qcow2. */
#include <string.h>

#include "tools/format-bytes.h"
#include "tools/format-identity.h"
#include "tools/lint.h"

#define MIB 1048576u
#define SECTOR 512u
#define MAX_ENTRIES 1024u
#define N_HEADER_BYTES 112u

/* Partition types of the UEFI and the Discoverable Partitions Specifications. */
static const struct
{
  const char *guid;
  const char *name;
} types[] = {
  { "21686148-6449-6E6F-744E-656564454649", "BIOS boot" },
  { "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "EFI system" },
  { "BC13C2FF-59E6-4262-A352-B275FD6F7172", "extended boot" },
  { "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "root of x86-64" },
  { "B921B045-1DF0-41C3-AF44-4C6F280D3FAE", "root of arm64" },
};
enum
{
  TYPE_BIOS,
  TYPE_ESP,
  TYPE_XBOOTLDR,
  TYPE_ROOT,
  TYPE_ROOT_ARM
};

static void
look_at_entries (HdLint *lint, const HdBytes *bytes, guint64 at, guint32 n, guint32 size)
{
  gboolean found[G_N_ELEMENTS (types)] = { FALSE };
  guint64 root_start = 0, last_start = 0;
  for (guint32 i = 0; i < n; i++)
    {
      guint8 entry[128], guid[16], zeros[16] = { 0 };
      if (!hd_bytes_read (bytes, at + (guint64)i * size, entry, sizeof entry))
        {
          hd_lint_add (lint, "D2", "the table of partitions ends early");
          return;
        }
      if (memcmp (entry, zeros, 16) == 0)
        continue;
      guint64 start = hd_get_le64 (entry + 32);
      last_start = MAX (last_start, start);
      if (start % (MIB / SECTOR) != 0)
        hd_lint_add (lint, "D1",
                     "partition %u starts at sector %" G_GUINT64_FORMAT ", no multiple of 1 MiB",
                     i + 1, start);
      for (gsize t = 0; t < G_N_ELEMENTS (types); t++)
        {
          hd_identity_parse_guid (types[t].guid, guid);
          if (memcmp (entry, guid, 16) != 0)
            continue;
          found[t] = TRUE;
          if (t == TYPE_ROOT || t == TYPE_ROOT_ARM)
            root_start = start;
        }
    }
  if (!found[TYPE_BIOS])
    hd_lint_add (lint, "D2", "no BIOS boot partition: it starts under UEFI only");
  if (!found[TYPE_ESP])
    hd_lint_add (lint, "D2", "no EFI system partition: it starts under BIOS only");
  if (!found[TYPE_ROOT] && !found[TYPE_ROOT_ARM])
    hd_lint_add (lint, "D2", "no partition has the type of a root");
  else if (root_start != last_start)
    hd_lint_add (lint, "D3", "the root is not the last partition");
}

void
hd_lint_raw (HdLint *lint, const HdBytes *bytes)
{
  guint8 boot[SECTOR], header[92];
  lint->kind = "raw disk";
  if (!hd_bytes_read (bytes, 0, boot, sizeof boot)
      || !hd_bytes_read (bytes, SECTOR, header, sizeof header))
    {
      hd_lint_add (lint, "X", "%" G_GUINT64_FORMAT " bytes are no disk", bytes->size_bytes);
      return;
    }
  if (bytes->size_bytes % MIB != 0)
    hd_lint_add (lint, "D1", "%" G_GUINT64_FORMAT " bytes are no multiple of 1 MiB",
                 bytes->size_bytes);
  if (boot[510] != 0x55 || boot[511] != 0xaa || boot[450] != 0xee)
    hd_lint_add (lint, "D2", "no protective MBR");
  guint32 n = hd_get_le32 (header + 80), size = hd_get_le32 (header + 84);
  guint64 at = hd_get_le64 (header + 72);
  if (memcmp (header, "EFI PART", 8) != 0)
    hd_lint_add (lint, "D2", "no GPT");
  else if (n > MAX_ENTRIES || size < 128 || size > 4096 || at > bytes->size_bytes / SECTOR)
    hd_lint_add (lint, "D2", "the GPT's header cannot be right");
  else
    look_at_entries (lint, bytes, at * SECTOR, n, size);
}

void
hd_lint_qcow2 (HdLint *lint, const HdBytes *bytes)
{
  guint8 header[N_HEADER_BYTES] = { 0 };
  lint->kind = "qcow2";
  if (!hd_bytes_read (bytes, 0, header, 72)
      || (hd_get_be32 (header + 4) >= 3 && !hd_bytes_read (bytes, 0, header, 104)))
    {
      hd_lint_add (lint, "Q4", "the header ends early");
      return;
    }
  guint32 version = hd_get_be32 (header + 4), bits = hd_get_be32 (header + 20);
  guint64 size_bytes = hd_get_be64 (header + 24);
  if (version != 2 && version != 3)
    {
      hd_lint_add (lint, "Q4", "version %u is unknown", version);
      return;
    }
  if (version == 2)
    hd_lint_add (lint, "Q7", "version 2 (compat 0.10)");
  if (size_bytes % MIB != 0)
    hd_lint_add (lint, "D1", "the disk's %" G_GUINT64_FORMAT " bytes are no multiple of 1 MiB",
                 size_bytes);
  if (bits < 9 || bits > 21)
    hd_lint_add (lint, "Q4", "clusters of 2^%u bytes", bits);
  else if (bits != 16)
    hd_lint_add (lint, "Q2", "clusters of 2^%u bytes, where 64 KiB are usual", bits);
  if (hd_get_be64 (header + 8) != 0)
    hd_lint_add (lint, "Q1", "it has a backing file");
  if (hd_get_be32 (header + 32) != 0)
    hd_lint_add (lint, "Q1", "it is encrypted");
  if (hd_get_be32 (header + 60) != 0)
    hd_lint_add (lint, "Q1", "it has snapshots");
  guint64 features = version >= 3 ? hd_get_be64 (header + 72) : 0;
  if ((features & 3) != 0)
    hd_lint_add (lint, "Q4", "it was not closed, or is marked as corrupt: qemu-img check -r all");
  if ((features & 4) != 0)
    hd_lint_add (lint, "Q1", "its data is in another file");
  if ((features & ~G_GUINT64_CONSTANT (15)) != 0)
    hd_lint_add (lint, "Q2", "it uses features that only new versions of QEMU know");
  if (version >= 3 && (hd_get_be64 (header + 80) & 1) != 0)
    hd_lint_add (lint, "Q1", "reference counts are lazy");
  if (version >= 3 && hd_get_be32 (header + 96) != 4)
    hd_lint_add (lint, "Q1", "reference counts have 2^%u bits, not 16", hd_get_be32 (header + 96));
  if ((features & 8) != 0)
    hd_lint_add (lint, "Q2", "clusters are packed by zstd");
  const guint64 places[] = { hd_get_be64 (header + 40), hd_get_be64 (header + 48) };
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    if (places[i] == 0 || places[i] >= bytes->size_bytes || (places[i] & 511) != 0)
      hd_lint_add (lint, "Q4", "a table is outside of the file: the file was cut");
}
