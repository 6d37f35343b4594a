/* GRUB's boot code, put into a disk image without a loop device or a mount.
 *
 * BIOS: the boot sector, whose first 440 bytes are code, loads the core image from the BIOS boot
 * partition by its sector number. UEFI: one program, in the place that firmware tries by itself.
 * Both read /grub/grub.cfg of the third partition of the disk that they were started from.
 */
#pragma once

#include <gio/gio.h>

/* Write the boot sector's code and the core image. `start_bytes` and `size_bytes` are those of the
 * BIOS boot partition. `work` is a folder for what is made on the way.
 * Errors: HD_NOT_FOUND with the package's name as hint, HD_BOOTLOADER (the core does not fit). */
gboolean hd_bootcode_write_bios (const char *image, guint64 start_bytes, guint64 size_bytes,
                                 const char *work, GCancellable *cancellable, GError **error);

/* Make the EFI system partition with the boot program in it. `volume_id` are eight hexadecimal
 * digits; the times in it are `epoch`. */
gboolean hd_bootcode_write_efi (const char *image, guint64 start_bytes, guint64 size_bytes,
                                const char *volume_id, gint64 epoch, const char *work,
                                GCancellable *cancellable, GError **error);
