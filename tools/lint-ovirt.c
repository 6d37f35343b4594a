/* The rules of OVAs for RHEV and oVirt. */
#include <string.h>

#include "tools/lint-ova.h"

#define PAYLOAD_ALIGNMENT 4096u

static gboolean
is_skipped (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);
  return g_str_has_suffix (lower, "ovf") || g_str_has_suffix (lower, "dat")
         || g_str_equal (name, "pad");
}

static void
look_at_payload (HdLint *lint, const HdTarMember *member, const HdOvf *ovf)
{
  const HdOvfFile *file = NULL;
  const HdOvfDisk *disk = NULL;
  for (guint i = 0; i < ovf->files->len; i++)
    if (g_strcmp0 (((HdOvfFile *)g_ptr_array_index (ovf->files, i))->href, member->name) == 0)
      file = g_ptr_array_index (ovf->files, i);
  for (guint i = 0; i < ovf->disks->len; i++)
    if (g_strcmp0 (((HdOvfDisk *)g_ptr_array_index (ovf->disks, i))->file, member->name) == 0)
      disk = g_ptr_array_index (ovf->disks, i);
  if (file == NULL && disk == NULL)
    {
      hd_lint_add (lint, "E3", "the member %s is neither description, pad nor disk", member->name);
      return;
    }
  if (file == NULL || disk == NULL || g_strcmp0 (file->id, member->name) != 0
      || g_strcmp0 (disk->id, member->name) != 0 || !g_uuid_string_is_valid (member->name))
    hd_lint_add (lint, "E4", "member, href, id, fileRef and diskId of %s are not one GUID",
                 member->name);
  char magic[4];
  if (!hd_bytes_read (&member->bytes, 0, magic, sizeof magic)
      || memcmp (magic, "QFI\xfb", sizeof magic) != 0)
    hd_lint_add (lint, "E5", "%s is no qcow2", member->name);
  else
    hd_lint_qcow2 (lint, &member->bytes);
  if ((member->header_at + 512) % PAYLOAD_ALIGNMENT != 0)
    hd_lint_add (lint, "E6", "%s starts at %" G_GUINT64_FORMAT, member->name,
                 member->header_at + 512);
}

static void
look_at_ovirt_disks (HdLint *lint, const HdOvf *ovf)
{
  static const char *const interfaces[] = { "VirtIO_SCSI", "VirtIO", "SATA", "IDE", NULL };
  for (guint i = 0; i < ovf->disks->len; i++)
    {
      const HdOvfDisk *disk = g_ptr_array_index (ovf->disks, i);
      guint64 capacity;
      gboolean attached = FALSE;
      if (!hd_ova_capacity_bytes (disk, &capacity) || disk->units == NULL)
        hd_lint_add (lint, "E7", "capacity %s in %s", hd_ova_shown (disk->capacity),
                     hd_ova_shown (disk->units));
      if (g_strcmp0 (disk->volume_format, "COW") != 0
          || g_strcmp0 (disk->volume_type, "Sparse") != 0
          || !hd_ova_one_of (disk->interface, interfaces))
        hd_lint_add (lint, "E8", "the disk is %s, %s, on %s", hd_ova_shown (disk->volume_format),
                     hd_ova_shown (disk->volume_type), hd_ova_shown (disk->interface));
      for (guint n = 0; n < ovf->items->len; n++)
        {
          const HdOvfItem *item = g_ptr_array_index (ovf->items, n);
          if (item->host_resource == NULL || g_strcmp0 (item->type, "17") != 0)
            continue;
          const char *last = strrchr (item->host_resource, '/');
          const char *wanted = disk->description != NULL ? disk->description : disk->id;
          attached
              = attached || g_strcmp0 (last != NULL ? last + 1 : item->host_resource, wanted) == 0;
        }
      if (!attached)
        hd_lint_add (lint, "E9", "no drive has the disk %s", hd_ova_shown (disk->id));
    }
}

static void
look_at_ovirt_items (HdLint *lint, const HdOvf *ovf)
{
  static const char *const bios[] = { "0", "1", "2", "3", NULL };
  if (!hd_ova_one_of (ovf->bios_type, bios))
    hd_lint_add (lint, "E10", "BiosType is %s", hd_ova_shown (ovf->bios_type));
  for (guint i = 0; i < ovf->items->len; i++)
    {
      const HdOvfItem *item = g_ptr_array_index (ovf->items, i);
      if (g_strcmp0 (item->type, "3") == 0 && (item->sockets == NULL || item->cores == NULL))
        hd_lint_add (lint, "E11", "the processor has no num_of_sockets or cpu_per_socket");
      if (g_strcmp0 (item->type, "4") == 0 && g_strcmp0 (item->units, "MegaBytes") != 0)
        hd_lint_add (lint, "E11", "memory is counted in %s", hd_ova_shown (item->units));
      if (g_strcmp0 (item->type, "17") == 0
          && (item->caption == NULL || !g_str_has_prefix (item->caption, "Drive ")))
        hd_lint_add (lint, "E11", "a drive's caption is %s", hd_ova_shown (item->caption));
    }
  if (ovf->ovirt_os_id == NULL)
    hd_lint_add (lint, "E12", "no ovirt:id of a system");
}

void
hd_lint_ovirt (HdLint *lint, const HdTar *tar, const HdOvf *ovf)
{
  const HdTarMember *description = hd_tar_find (tar, ".ovf");
  guint n_disks = 0;
  if (!g_str_equal (description->name, "vm.ovf") || description->header_at != 0)
    hd_lint_add (lint, "E1", "the description is called %s, or is not the first",
                 description->name);
  hd_ova_look_at_tar (lint, tar, "E2", FALSE);
  for (guint i = 0; i < tar->members->len; i++)
    {
      const HdTarMember *member = g_ptr_array_index (tar->members, i);
      if (is_skipped (member->name))
        continue;
      look_at_payload (lint, member, ovf);
      n_disks++;
    }
  if (n_disks == 0)
    hd_lint_add (lint, "E3", "no member is a disk");
  look_at_ovirt_disks (lint, ovf);
  look_at_ovirt_items (lint, ovf);
  lint->kind = "OVA for RHEV and oVirt";
}
