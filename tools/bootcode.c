/* grub-mkimage makes the images; what grub-install would patch into them is patched here.
 *
 * Offsets are those of GRUB's include/grub/i386/pc/boot.h and diskboot.S.
 */
#include "tools/bootcode.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"

#define SECTOR_BYTES 512
#define GRUB_FOLDER "/usr/lib/grub"
/* The third partition of the disk that the firmware started. */
#define PREFIX "(,gpt3)/grub"

/* In boot.img. */
#define BOOT_CODE_BYTES 440
#define BOOT_KERNEL_SECTOR 0x5c
#define BOOT_DRIVE_CHECK 0x66
/* In the first sector of the core image: where the rest of it is. */
#define CORE_LIST_START 0x1f4
#define CORE_LIST_LENGTH 0x1fc

#define COMMON_MODULES                                                                             \
  "part_gpt", "ext2", "normal", "configfile", "linux", "loadenv", "test", "echo", "serial",        \
      "terminal", "sleep", "reboot", "halt", "ls", "cat", "search", "search_label"

static gboolean
make_image (const char *const *argv, const char *package, GCancellable *cancellable, GError **error)
{
  GError *local = NULL;
  if (hd_spawn_run (argv, NULL, NULL, cancellable, &local))
    return TRUE;
  g_autofree char *hint = g_strdup_printf ("apt-get install grub-common %s", package);
  hd_error_set_hint (local, hint);
  g_propagate_prefixed_error (error, local, "making GRUB's image: ");
  return FALSE;
}

static void
store_le64 (guint8 *at, guint64 number)
{
  number = GUINT64_TO_LE (number);
  memcpy (at, &number, sizeof number);
}

static void
store_le16 (guint8 *at, guint16 number)
{
  number = GUINT16_TO_LE (number);
  memcpy (at, &number, sizeof number);
}

static gboolean
write_at (const char *image, guint64 offset, const void *data, gsize length, GError **error)
{
  hd_autofd fd = open (image, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return hd_throw_errno (error, errno, "opening %s", image);
  for (gsize done = 0; done < length;)
    {
      ssize_t n = pwrite (fd, (const char *)data + done, length - done, (off_t)(offset + done));
      if (n < 0 && errno != EINTR)
        return hd_throw_errno (error, errno, "writing boot code to %s", image);
      done += n > 0 ? (gsize)n : 0;
    }
  return TRUE;
}

gboolean
hd_bootcode_write_bios (const char *image, guint64 start_bytes, guint64 size_bytes,
                        const char *work, GCancellable *cancellable, GError **error)
{
  g_autofree char *core_path = g_build_filename (work, "core.img", NULL);
  const char *const argv[]
      = { "grub-mkimage", "-O",       "i386-pc",    "-p",           PREFIX, "-o",
          core_path,      "biosdisk", "part_msdos", COMMON_MODULES, NULL };
  g_autofree char *boot = NULL;
  g_autofree char *core = NULL;
  gsize boot_length;
  gsize core_length;
  if (!make_image (argv, "grub-pc-bin", cancellable, error)
      || !g_file_get_contents (GRUB_FOLDER "/i386-pc/boot.img", &boot, &boot_length, error)
      || !g_file_get_contents (core_path, &core, &core_length, error))
    return FALSE;
  gsize n_sectors = (core_length + SECTOR_BYTES - 1) / SECTOR_BYTES;
  if (boot_length < SECTOR_BYTES || core_length < SECTOR_BYTES
      || n_sectors * SECTOR_BYTES > size_bytes)
    return hd_throw (error, HD_BOOTLOADER, NULL,
                     "GRUB's core image of %" G_GSIZE_FORMAT " bytes does not fit its partition",
                     core_length);

  guint64 first_sector = start_bytes / SECTOR_BYTES;
  store_le64 ((guint8 *)boot + BOOT_KERNEL_SECTOR, first_sector);
  /* Two NOPs: take the drive number that the BIOS gives, as grub-install does for hard disks. */
  store_le16 ((guint8 *)boot + BOOT_DRIVE_CHECK, 0x9090);
  store_le64 ((guint8 *)core + CORE_LIST_START, first_sector + 1);
  store_le16 ((guint8 *)core + CORE_LIST_LENGTH, (guint16)(n_sectors - 1));
  return write_at (image, 0, boot, BOOT_CODE_BYTES, error)
         && write_at (image, start_bytes, core, core_length, error);
}

/* Run one of the FAT tools with the build's time as the present. */
static gboolean
run_fat (const char *const *argv, gint64 epoch, GCancellable *cancellable, GError **error)
{
  g_autofree char *now = g_strdup_printf ("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, epoch);
  const char *const env[] = { now, "TZ=UTC", "LC_ALL=C.UTF-8", NULL };
  const HdSpawn options = { .env = env };
  GError *local = NULL;
  if (hd_spawn_run (argv, &options, NULL, cancellable, &local))
    return TRUE;
  if (g_error_matches (local, HD_ERROR, HD_NOT_FOUND))
    hd_error_set_hint (local, "apt-get install dosfstools mtools");
  g_propagate_prefixed_error (error, local, "EFI system partition: ");
  return FALSE;
}

gboolean
hd_bootcode_write_efi (const char *image, guint64 start_bytes, guint64 size_bytes,
                       const char *volume_id, gint64 epoch, const char *work,
                       GCancellable *cancellable, GError **error)
{
  g_autofree char *program = g_build_filename (work, "BOOTX64.EFI", NULL);
  g_autofree char *sector = g_strdup_printf ("%" G_GUINT64_FORMAT, start_bytes / SECTOR_BYTES);
  g_autofree char *n_blocks = g_strdup_printf ("%" G_GUINT64_FORMAT, size_bytes / 1024);
  g_autofree char *volume = g_strdup_printf ("%s@@%" G_GUINT64_FORMAT, image, start_bytes);
  const char *const mkimage[] = { "grub-mkimage", "-O",  "x86_64-efi", "-p",           PREFIX, "-o",
                                  program,        "fat", "efi_gop",    COMMON_MODULES, NULL };
  /* One sector a cluster: with fewer clusters FAT32 is not FAT32. */
  const char *const mkfs[]
      = { "mkfs.vfat", "-F",  "32",       "-s",   "1",   "--invariant", "-i", volume_id,
          "-n",        "EFI", "--offset", sector, image, n_blocks,      NULL };
  const char *const mkdir[] = { "mmd", "-i", volume, "::/EFI", "::/EFI/BOOT", NULL };
  const char *const copy[] = { "mcopy", "-i", volume, program, "::/EFI/BOOT/BOOTX64.EFI", NULL };
  return make_image (mkimage, "grub-efi-amd64-bin", cancellable, error)
         && run_fat (mkfs, epoch, cancellable, error) && run_fat (mkdir, epoch, cancellable, error)
         && run_fat (copy, epoch, cancellable, error);
}
