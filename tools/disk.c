/* The table of partitions, and a call for the content of each. */
#include "tools/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "common/cleanup.h"
#include "tools/bootcode.h"
#include "tools/digest.h"
#include "tools/ext4.h"

#define MIB G_GUINT64_CONSTANT (1048576)
#define SECTOR_BYTES 512

/* The order on the disk. GRUB's images count on /boot being the third. */
enum
{
  PART_BIOS,
  PART_ESP,
  PART_BOOT,
  PART_ROOT,
  N_PARTS
};

/* Types: UEFI specification 5.3.3 and the Discoverable Partitions Specification. */
static const struct
{
  const char *name;
  const char *type;
} parts[N_PARTS] = {
  [PART_BIOS] = { "bios", "21686148-6449-6E6F-744E-656564454649" },
  [PART_ESP] = { "efi", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" },
  [PART_BOOT] = { "boot", "BC13C2FF-59E6-4262-A352-B275FD6F7172" },
  [PART_ROOT] = { "root", "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709" },
};

typedef struct
{
  guint64 start_bytes;
  guint64 size_bytes;
} Extent;

void
hd_disk_ids_init (HdDiskIds *ids, const char *commit)
{
  ids->disk = hd_digest_uuid (commit, "disk");
  ids->root = hd_digest_uuid (commit, "root");
  ids->boot = hd_digest_uuid (commit, "boot");
  g_autofree char *esp = hd_digest_uuid (commit, "efi");
  ids->esp_volume = g_strndup (esp, 8);
}

void
hd_disk_ids_clear (HdDiskIds *ids)
{
  g_free (ids->disk);
  g_free (ids->root);
  g_free (ids->boot);
  g_free (ids->esp_volume);
}

/* One MiB stays free at both ends for the two partition tables. */
static void
lay_out (const HdDefinition *definition, Extent extents[N_PARTS])
{
  const guint64 sizes[] = { MIB, definition->esp_bytes, definition->boot_bytes };
  guint64 start_bytes = MIB;
  for (int i = 0; i < PART_ROOT; i++)
    {
      extents[i] = (Extent){ start_bytes, sizes[i] };
      start_bytes += sizes[i];
    }
  extents[PART_ROOT] = (Extent){ start_bytes, definition->disk_bytes - MIB - start_bytes };
}

char *
hd_disk_sfdisk_script (const HdDefinition *definition, const HdDiskIds *ids)
{
  Extent extents[N_PARTS];
  lay_out (definition, extents);
  GString *script = g_string_new ("label: gpt\nunit: sectors\n");
  g_string_append_printf (script, "label-id: %s\n", ids->disk);
  for (int i = 0; i < N_PARTS; i++)
    {
      g_autofree char *uuid = hd_digest_uuid (ids->disk, parts[i].name);
      g_string_append_printf (
          script,
          "start=%" G_GUINT64_FORMAT ", size=%" G_GUINT64_FORMAT ", type=%s, uuid=%s, name=%s\n",
          extents[i].start_bytes / SECTOR_BYTES, extents[i].size_bytes / SECTOR_BYTES,
          parts[i].type, uuid, parts[i].name);
    }
  return g_string_free (script, FALSE);
}

static gboolean
make_file (const char *path, guint64 size_bytes, GError **error)
{
  g_unlink (path);
  hd_autofd fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0 || ftruncate (fd, (off_t)size_bytes) < 0)
    return hd_throw_errno (error, errno, "making the disk %s", path);
  return TRUE;
}

static gboolean
make_partitions (const HdDefinition *definition, const HdDiskIds *ids, const char *path,
                 GCancellable *cancellable, GError **error)
{
  g_autofree char *script = hd_disk_sfdisk_script (definition, ids);
  const char *const argv[] = { "sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", path, NULL };
  const HdSpawn options = { .stdin_text = script };
  GError *local = NULL;
  if (hd_spawn_run (argv, &options, NULL, cancellable, &local))
    return TRUE;
  if (g_error_matches (local, HD_ERROR, HD_NOT_FOUND))
    hd_error_set_hint (local, "apt-get install fdisk");
  g_propagate_prefixed_error (error, local, "partitions of %s: ", path);
  return FALSE;
}

/* Put the static configuration beside the boot sets. */
static gboolean
add_grub_config (const HdDefinition *definition, const char *boot, GError **error)
{
  g_autofree char *folder = g_build_filename (boot, "grub", NULL);
  g_autofree char *target = g_build_filename (folder, "grub.cfg", NULL);
  g_autofree char *text = NULL;
  gsize length;
  if (g_mkdir_with_parents (folder, 0755) < 0)
    return hd_throw_errno (error, errno, "making the folder %s", folder);
  return g_file_get_contents (definition->grub_config, &text, &length, error)
         && g_file_set_contents (target, text, (gssize)length, error);
}

/* Take boot/ out of the sysroot: it becomes a file system of its own. */
static gboolean
split_boot (const HdDefinition *definition, const char *sysroot, const char *boot, GError **error)
{
  g_autofree char *inside = g_build_filename (sysroot, "boot", NULL);
  if (g_rename (inside, boot) < 0 || g_mkdir (inside, 0755) < 0)
    return hd_throw_errno (error, errno, "taking %s out of the sysroot", inside);
  return add_grub_config (definition, boot, error);
}

gboolean
hd_disk_write (const HdDefinition *definition, const HdDiskIds *ids, const char *sysroot,
               const char *work, const char *output, gint64 epoch, GCancellable *cancellable,
               GError **error)
{
  Extent extents[N_PARTS];
  lay_out (definition, extents);
  g_autofree char *boot_folder = g_build_filename (work, "boot", NULL);
  const HdExt4 boot = {
    .image = output,
    .offset_bytes = extents[PART_BOOT].start_bytes,
    .size_bytes = extents[PART_BOOT].size_bytes,
    .label = "atomic-boot",
    .uuid = ids->boot,
    /* What GRUB's driver cannot read (2.06 and 2.12). */
    .features = "^metadata_csum_seed,^orphan_file",
    .folder = boot_folder,
    .epoch = epoch,
  };
  const HdExt4 root = {
    .image = output,
    .offset_bytes = extents[PART_ROOT].start_bytes,
    .size_bytes = extents[PART_ROOT].size_bytes,
    .label = "atomic-root",
    .uuid = ids->root,
    .features = "verity,^metadata_csum_seed,^orphan_file",
    .folder = sysroot,
    .epoch = epoch,
  };
  return make_file (output, definition->disk_bytes, error)
         && make_partitions (definition, ids, output, cancellable, error)
         && split_boot (definition, sysroot, boot_folder, error)
         && hd_ext4_make (&boot, cancellable, error) && hd_ext4_make (&root, cancellable, error)
         && hd_bootcode_write_efi (output, extents[PART_ESP].start_bytes,
                                   extents[PART_ESP].size_bytes, ids->esp_volume, epoch, work,
                                   cancellable, error)
         && hd_bootcode_write_bios (output, extents[PART_BIOS].start_bytes,
                                    extents[PART_BIOS].size_bytes, work, cancellable, error);
}
