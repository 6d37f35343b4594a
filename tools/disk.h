/* A sysroot folder becomes a disk that boots under BIOS and under UEFI, in one sparse file.
 *
 * GPT: BIOS boot, EFI system, /boot (ext4), and last the root (ext4), so that it can grow. All
 * identifiers follow from the commit. No loop device, mount or privilege is needed; for the right
 * owners of files the caller has to see them (as root, or in a user namespace).
 */
#pragma once

#include "tools/definition.h"

/* UUIDs of a disk, hexadecimal with dashes. */
typedef struct
{
  char *disk;
  char *root;
  char *boot;
  char *esp_volume; /* eight hexadecimal digits */
} HdDiskIds;

/* The identifiers of the disk of `commit`; free with hd_disk_ids_clear. */
void hd_disk_ids_init (HdDiskIds *ids, const char *commit);
void hd_disk_ids_clear (HdDiskIds *ids);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HdDiskIds, hd_disk_ids_clear)

/* The script for sfdisk that makes the partitions. Pure; free with g_free. */
char *hd_disk_sfdisk_script (const HdDefinition *definition, const HdDiskIds *ids);

/* Write the disk to `output` (made anew). `sysroot` is a folder with ostree/ and boot/ in it, and
 * is emptied of its boot/ on the way; `work` is a folder for intermediate files.
 * Errors: HD_NO_SPACE, HD_NOT_FOUND (a tool is missing; the hint names its package), HD_BOOTLOADER,
 * HD_FAILED. Blocks. */
gboolean hd_disk_write (const HdDefinition *definition, const HdDiskIds *ids, const char *sysroot,
                        const char *work, const char *output, gint64 epoch,
                        GCancellable *cancellable, GError **error);
