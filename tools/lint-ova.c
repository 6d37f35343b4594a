/* OVAs: which dialect it is, and the rules of vSphere's. */
#include <string.h>

#include "common/parse.h"
#include "tools/format-bytes.h"
#include "tools/lint-manifest.h"
#include "tools/lint-ova.h"
#include "tools/lint-ovf.h"
#include "tools/lint-tar.h"

/* SCSI controllers of a machine hold 4 times 64. */
#define MAX_DISKS 256u

gboolean
hd_ova_one_of (const char *value, const char *const *words)
{
  for (; value != NULL && *words != NULL; words++)
    if (g_str_equal (value, *words))
      return TRUE;
  return FALSE;
}

const char *
hd_ova_shown (const char *value)
{
  return value != NULL ? value : "(nothing)";
}

/* "byte" or "byte * 2^N" times a number. */
gboolean
hd_ova_capacity_bytes (const HdOvfDisk *disk, guint64 *ret)
{
  guint64 number, power = 0;
  if (disk->capacity == NULL || hd_parse_uint64 (disk->capacity, &number) < 0)
    return FALSE;
  if (disk->units != NULL && !g_str_equal (disk->units, "byte")
      && (!g_str_has_prefix (disk->units, "byte * 2^")
          || hd_parse_uint64 (disk->units + strlen ("byte * 2^"), &power) < 0 || power > 50))
    return FALSE;
  if (number > (guint64)G_MAXINT64 >> power)
    return FALSE;
  *ret = number << power;
  return TRUE;
}

void
hd_ova_look_at_tar (HdLint *lint, const HdTar *tar, const char *rule, gboolean plain)
{
  for (guint i = 0; i < tar->members->len; i++)
    {
      const HdTarMember *member = g_ptr_array_index (tar->members, i);
      if (plain ? !member->plain : !member->readable)
        hd_lint_add (lint, rule, "member %s is not plain (type '%c')", member->name,
                     g_ascii_isprint (member->type) ? member->type : '?');
    }
  if (tar->broken)
    hd_lint_add (lint, rule, "a header is damaged, or the file was cut");
  else if (!tar->ended)
    hd_lint_add (lint, rule, "the archive does not end with two blocks of zeros");
}

static void
look_at_order (HdLint *lint, const HdTar *tar, const HdOvf *ovf)
{
  const HdTarMember *first = g_ptr_array_index (tar->members, 0);
  guint64 last = 0;
  if (!g_str_has_suffix (first->name, ".ovf"))
    hd_lint_add (lint, "O2", "%s comes first, not the description", first->name);
  for (guint i = 0; i < ovf->files->len; i++)
    {
      const HdOvfFile *file = g_ptr_array_index (ovf->files, i);
      const HdTarMember *member = hd_tar_member (tar, file->href);
      if (member == NULL)
        hd_lint_add (lint, "O2", "the file %s is not in the archive", hd_ova_shown (file->href));
      else if (member->header_at < last)
        hd_lint_add (lint, "O2", "%s comes before what is listed before it", member->name);
      else
        last = member->header_at;
    }
}

static void
look_at_files (HdLint *lint, const HdTar *tar, const HdOvf *ovf)
{
  for (guint i = 0; i < ovf->files->len; i++)
    {
      const HdOvfFile *file = g_ptr_array_index (ovf->files, i);
      const HdTarMember *member = hd_tar_member (tar, file->href);
      guint64 size_bytes;
      if (member == NULL || file->size == NULL)
        continue; /* it may be left out */
      if (hd_parse_uint64 (file->size, &size_bytes) < 0 || size_bytes != member->bytes.size_bytes)
        hd_lint_add (lint, "O5", "%s has %" G_GUINT64_FORMAT " bytes, the description says %s",
                     member->name, member->bytes.size_bytes, hd_ova_shown (file->size));
    }
}

static const HdOvfFile *
file_of (const HdOvf *ovf, const HdOvfDisk *disk)
{
  for (guint i = 0; disk->file != NULL && i < ovf->files->len; i++)
    {
      const HdOvfFile *file = g_ptr_array_index (ovf->files, i);
      if (g_strcmp0 (file->id, disk->file) == 0)
        return file;
    }
  return NULL;
}

/* Whether an earlier disk has the same file: it was looked at, and is looked at once. */
static gboolean
is_repeated (const HdOvf *ovf, guint disk)
{
  const HdOvfDisk *this = g_ptr_array_index (ovf->disks, disk);
  for (guint i = 0; i < disk; i++)
    if (g_strcmp0 (((const HdOvfDisk *)g_ptr_array_index (ovf->disks, i))->file, this->file) == 0)
      return TRUE;
  return FALSE;
}

static void
look_at_vmdk_disks (HdLint *lint, const HdTar *tar, const HdOvf *ovf)
{
  if (ovf->disks->len > MAX_DISKS)
    {
      hd_lint_add (lint, "O6", "%u disks: no machine has so many", ovf->disks->len);
      return;
    }
  for (guint i = 0; i < ovf->disks->len; i++)
    {
      const HdOvfDisk *disk = g_ptr_array_index (ovf->disks, i);
      const HdOvfFile *file = file_of (ovf, disk);
      const HdTarMember *member = file != NULL ? hd_tar_member (tar, file->href) : NULL;
      guint8 head[20];
      guint64 said;
      if (disk->file == NULL)
        continue; /* an empty disk, made at the import */
      if (is_repeated (ovf, i))
        {
          hd_lint_add (lint, "O2", "two disks have the file %s", disk->file);
          continue;
        }
      if (disk->format == NULL || !g_str_has_suffix (disk->format, "#streamOptimized"))
        hd_lint_add (lint, "O15", "the disk's format is %s", hd_ova_shown (disk->format));
      if (member == NULL)
        {
          hd_lint_add (lint, "O2", "the disk %s has no file", hd_ova_shown (disk->id));
          continue;
        }
      hd_lint_vmdk (lint, &member->bytes);
      if (!hd_ova_capacity_bytes (disk, &said))
        hd_lint_add (lint, "O5", "capacity %s in %s", hd_ova_shown (disk->capacity),
                     hd_ova_shown (disk->units));
      else if (hd_bytes_read (&member->bytes, 0, head, sizeof head) && memcmp (head, "KDMV", 4) == 0
               && hd_get_le64 (head + 12) != said / 512)
        hd_lint_add (lint, "O5", "the capacity is not that of %s", member->name);
    }
}

static const HdOvfItem *
item_with_id (const HdOvf *ovf, const char *id)
{
  for (guint i = 0; id != NULL && i < ovf->items->len; i++)
    {
      const HdOvfItem *item = g_ptr_array_index (ovf->items, i);
      if (g_strcmp0 (item->id, id) == 0)
        return item;
    }
  return NULL;
}

/* "ovf:/disk/ID", or as older exports have it without "ovf:". */
static gboolean
names_a_disk (const HdOvf *ovf, const char *resource)
{
  if (resource != NULL && g_str_has_prefix (resource, "ovf:"))
    resource += strlen ("ovf:");
  if (resource == NULL || !g_str_has_prefix (resource, "/disk/"))
    return FALSE;
  for (guint i = 0; i < ovf->disks->len; i++)
    if (g_strcmp0 (((const HdOvfDisk *)g_ptr_array_index (ovf->disks, i))->id,
                   resource + strlen ("/disk/"))
        == 0)
      return TRUE;
  return FALSE;
}

static void
look_at_disk_item (HdLint *lint, const HdOvf *ovf, const HdOvfItem *item)
{
  const HdOvfItem *parent = item_with_id (ovf, item->parent);
  if (!names_a_disk (ovf, item->host_resource))
    hd_lint_add (lint, "O9", "the disk's HostResource is %s", hd_ova_shown (item->host_resource));
  if (parent == NULL || (g_strcmp0 (parent->type, "6") != 0 && g_strcmp0 (parent->type, "5") != 0))
    hd_lint_add (lint, "O9", "the disk's parent %s is no SCSI or IDE controller",
                 hd_ova_shown (item->parent));
}

static void
look_at_devices (HdLint *lint, const HdOvf *ovf)
{
  static const char *const controllers[] = { "VirtualSCSI", "lsilogic", "lsilogicsas", NULL };
  static const char *const cards[] = { "VmxNet3", "VMXNET3", "E1000", "E1000e", NULL };
  for (guint i = 0; i < ovf->items->len; i++)
    {
      const HdOvfItem *item = g_ptr_array_index (ovf->items, i);
      if (!item->ordered)
        hd_lint_add (lint, "O6", "the elements of item %s are not in the schema's order",
                     hd_ova_shown (item->id));
      if (item->name == NULL || item->type == NULL)
        hd_lint_add (lint, "O6", "item %s has no ElementName or ResourceType",
                     hd_ova_shown (item->id));
      if (item_with_id (ovf, item->id) != item)
        hd_lint_add (lint, "O6", "the InstanceID %s is there twice, or missing",
                     hd_ova_shown (item->id));
      if (g_strcmp0 (item->type, "6") == 0 && !hd_ova_one_of (item->subtype, controllers))
        hd_lint_add (lint, "O9", "the SCSI controller is a %s", hd_ova_shown (item->subtype));
      if (g_strcmp0 (item->type, "20") == 0)
        hd_lint_add (lint, "O9", "a SATA controller: ESXi 5.5 and older know none");
      if (g_strcmp0 (item->type, "10") == 0)
        {
          gboolean known = FALSE;
          if (!hd_ova_one_of (item->subtype, cards))
            hd_lint_add (lint, "O9", "the network card is a %s", hd_ova_shown (item->subtype));
          for (guint n = 0; n < ovf->networks->len; n++)
            known
                = known || g_strcmp0 (g_ptr_array_index (ovf->networks, n), item->connection) == 0;
          if (!known)
            hd_lint_add (lint, "O12", "the network %s is not declared",
                         hd_ova_shown (item->connection));
        }
      if (g_strcmp0 (item->type, "17") == 0)
        look_at_disk_item (lint, ovf, item);
    }
  for (guint i = 0; i < ovf->networks->len; i++)
    for (guint n = 0; n < i; n++)
      if (g_strcmp0 (g_ptr_array_index (ovf->networks, n), g_ptr_array_index (ovf->networks, i))
          == 0)
        hd_lint_add (lint, "O12", "the network %s is declared twice",
                     (const char *)g_ptr_array_index (ovf->networks, i));
}

/* One or more of "vmx-07" to "vmx-22". */
static gboolean
is_vmx (const char *family)
{
  g_auto (GStrv) words = g_strsplit_set (family != NULL ? family : "", " ,", -1);
  gboolean ok = family != NULL && *family != '\0';
  for (char **word = words; ok && *word != NULL; word++)
    {
      guint64 version = 0;
      const char *number = g_str_has_prefix (*word, "vmx-") ? *word + strlen ("vmx-") : "";
      ok = hd_parse_uint64 (*number == '0' ? number + 1 : number, &version) == 0 && version >= 4
           && version <= 22;
    }
  return ok;
}

static void
look_at_system (HdLint *lint, const HdOvf *ovf)
{
  const char *family = ovf->system_type;
  if (family != NULL && g_str_has_prefix (family, "virtualbox"))
    hd_lint_add (lint, "O14", "VirtualSystemType is %s", family);
  else if (!is_vmx (family))
    hd_lint_add (lint, "O7", "VirtualSystemType is %s", hd_ova_shown (family));
  if (ovf->os_type == NULL || !g_str_has_suffix (ovf->os_type, "Guest"))
    hd_lint_add (lint, "O8", "vmw:osType is %s", hd_ova_shown (ovf->os_type));
  for (guint i = 0; i < ovf->configs->len; i++)
    {
      const HdOvfConfig *config = g_ptr_array_index (ovf->configs, i);
      if (g_strcmp0 (config->required, "false") != 0)
        hd_lint_add (lint, "O10", "%s is required", hd_ova_shown (config->key));
      if (g_strcmp0 (config->key, "firmware") == 0 && g_strcmp0 (config->value, "bios") != 0
          && g_strcmp0 (config->value, "efi") != 0)
        hd_lint_add (lint, "O10", "the firmware is %s", hd_ova_shown (config->value));
    }
  if (ovf->transport == NULL && ovf->properties->len > 0)
    hd_lint_add (lint, "O11", "properties without a transport");
}

static void
look_at_vsphere (HdLint *lint, const HdTar *tar, const HdOvf *ovf)
{
  lint->kind = "OVA for vSphere";
  hd_ova_look_at_tar (lint, tar, "O1", TRUE);
  look_at_order (lint, tar, ovf);
  hd_lint_manifest (lint, tar);
  look_at_files (lint, tar, ovf);
  if (g_strcmp0 (ovf->root_namespace, "http://schemas.dmtf.org/ovf/envelope/1") != 0)
    hd_lint_add (lint, "O6", "the envelope's namespace is %s", hd_ova_shown (ovf->root_namespace));
  if (ovf->first_problem != NULL)
    hd_lint_add (lint, "O6", "%s", ovf->first_problem);
  for (guint i = 0; i < ovf->foreign->len; i++)
    hd_lint_add (lint, "O6", "the element %s of another namespace is not marked as not required",
                 (const char *)g_ptr_array_index (ovf->foreign, i));
  look_at_system (lint, ovf);
  look_at_devices (lint, ovf);
  look_at_vmdk_disks (lint, tar, ovf);
  lint->kind = "OVA for vSphere";
}

void
hd_lint_ova (HdLint *lint, const HdBytes *bytes)
{
  lint->kind = "OVA";
  g_autoptr (HdTar) tar = hd_tar_read (bytes);
  const HdTarMember *description = hd_tar_find (tar, ".ovf");
  if (description == NULL)
    {
      hd_ova_look_at_tar (lint, tar, "O1", TRUE);
      hd_lint_add (lint, "O2", "there is no description (.ovf)");
      return;
    }
  g_autofree char *text = hd_tar_text (description);
  g_autoptr (GError) error = NULL;
  g_autoptr (HdOvf) ovf = text != NULL ? hd_ovf_parse (text, strlen (text), &error) : NULL;
  if (ovf == NULL || !ovf->is_envelope)
    hd_lint_add (lint, "O6", "%s: %s", description->name,
                 error != NULL ? error->message : "no envelope, or no UTF-8, or above 1 MiB");
  else if (ovf->ovirt)
    hd_lint_ovirt (lint, tar, ovf);
  else
    look_at_vsphere (lint, tar, ovf);
}
