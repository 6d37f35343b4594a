/* OVAs: which dialect it is, then its rules. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "common/parse.h"
#include "tools/format-bytes.h"
#include "tools/lint-manifest.h"
#include "tools/lint-ova.h"
#include "tools/lint-ovf.h"
#include "tools/lint-tar.h"

#define PAYLOAD_ALIGNMENT 4096u
#define MAX_ARCHIVE_MEMBERS 1000u

static gboolean
one_of (const char *value, const char *const *words)
{
  for (; value != NULL && *words != NULL; words++)
    if (g_str_equal (value, *words))
      return TRUE;
  return FALSE;
}

static const char *
shown (const char *value)
{
  return value != NULL ? value : "(nothing)";
}

const HdTarMember *
hd_ova_member (const HdTar *tar, const char *name)
{
  for (guint i = 0; name != NULL && i < tar->members->len; i++)
    {
      const HdTarMember *member = g_ptr_array_index (tar->members, i);
      if (g_str_equal (member->name, name))
        return member;
    }
  return NULL;
}

/* "byte" or "byte * 2^N" times a number. */
static gboolean
capacity_bytes (const HdOvfDisk *disk, guint64 *ret)
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

static void
look_at_tar (HdLint *lint, const HdTar *tar, const char *rule)
{
  for (guint i = 0; i < tar->members->len; i++)
    {
      const HdTarMember *member = g_ptr_array_index (tar->members, i);
      if (!member->plain)
        hd_lint_add (lint, rule, "member %s is not plain (type '%c')", member->name,
                     g_ascii_isprint (member->type) ? member->type : '?');
    }
  if (tar->broken)
    hd_lint_add (lint, rule, "a header is damaged, or the file was cut");
  else if (!tar->ended)
    hd_lint_add (lint, rule, "the archive does not end with two blocks of zeros");
}

/* vSphere ------------------------------------------------------------------------------------- */

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
      const HdTarMember *member = hd_ova_member (tar, file->href);
      if (member == NULL)
        hd_lint_add (lint, "O2", "the file %s is not in the archive", shown (file->href));
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
      const HdTarMember *member = hd_ova_member (tar, file->href);
      guint64 size_bytes;
      if (member == NULL)
        continue;
      if (file->size == NULL || hd_parse_uint64 (file->size, &size_bytes) < 0
          || size_bytes != member->bytes.size_bytes)
        hd_lint_add (lint, "O5", "%s has %" G_GUINT64_FORMAT " bytes, the description says %s",
                     member->name, member->bytes.size_bytes, shown (file->size));
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

static void
look_at_vmdk_disks (HdLint *lint, const HdTar *tar, const HdOvf *ovf)
{
  for (guint i = 0; i < ovf->disks->len; i++)
    {
      const HdOvfDisk *disk = g_ptr_array_index (ovf->disks, i);
      const HdOvfFile *file = file_of (ovf, disk);
      const HdTarMember *member = file != NULL ? hd_ova_member (tar, file->href) : NULL;
      guint8 head[20];
      guint64 said;
      if (disk->format == NULL || !g_str_has_suffix (disk->format, "#streamOptimized"))
        hd_lint_add (lint, "O15", "the disk's format is %s", shown (disk->format));
      if (member == NULL)
        {
          hd_lint_add (lint, "O2", "the disk %s has no file", shown (disk->id));
          continue;
        }
      hd_lint_vmdk (lint, &member->bytes);
      if (!capacity_bytes (disk, &said))
        hd_lint_add (lint, "O5", "capacity %s in %s", shown (disk->capacity), shown (disk->units));
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

static void
look_at_disk_item (HdLint *lint, const HdOvf *ovf, const HdOvfItem *item)
{
  const HdOvfItem *parent = item_with_id (ovf, item->parent);
  if (item->host_resource == NULL || !g_str_has_prefix (item->host_resource, "ovf:/disk/"))
    hd_lint_add (lint, "O9", "the disk's HostResource is %s", shown (item->host_resource));
  if (parent == NULL || (g_strcmp0 (parent->type, "6") != 0 && g_strcmp0 (parent->type, "5") != 0))
    hd_lint_add (lint, "O9", "the disk's parent %s is no SCSI or IDE controller",
                 shown (item->parent));
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
                     shown (item->id));
      if (item->name == NULL || item->type == NULL)
        hd_lint_add (lint, "O6", "item %s has no ElementName or ResourceType", shown (item->id));
      if (item_with_id (ovf, item->id) != item)
        hd_lint_add (lint, "O6", "the InstanceID %s is there twice, or missing", shown (item->id));
      if (g_strcmp0 (item->type, "6") == 0 && !one_of (item->subtype, controllers))
        hd_lint_add (lint, "O9", "the SCSI controller is a %s", shown (item->subtype));
      if (g_strcmp0 (item->type, "20") == 0)
        hd_lint_add (lint, "O9", "a SATA controller: ESXi 5.5 and older know none");
      if (g_strcmp0 (item->type, "10") == 0)
        {
          gboolean known = FALSE;
          if (!one_of (item->subtype, cards))
            hd_lint_add (lint, "O9", "the network card is a %s", shown (item->subtype));
          for (guint n = 0; n < ovf->networks->len; n++)
            known
                = known || g_strcmp0 (g_ptr_array_index (ovf->networks, n), item->connection) == 0;
          if (!known)
            hd_lint_add (lint, "O12", "the network %s is not declared", shown (item->connection));
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

static void
look_at_system (HdLint *lint, const HdOvf *ovf)
{
  guint64 version = 0;
  const char *family = ovf->system_type;
  if (family != NULL && g_str_has_prefix (family, "virtualbox"))
    hd_lint_add (lint, "O14", "VirtualSystemType is %s", family);
  else if (family == NULL || !g_str_has_prefix (family, "vmx-")
           || hd_parse_uint64 (family + (family[4] == '0' ? 5 : 4), &version) < 0 || version < 4
           || version > 22)
    hd_lint_add (lint, "O7", "VirtualSystemType is %s", shown (family));
  if (ovf->os_type == NULL || !g_str_has_suffix (ovf->os_type, "Guest"))
    hd_lint_add (lint, "O8", "vmw:osType is %s", shown (ovf->os_type));
  for (guint i = 0; i < ovf->configs->len; i++)
    {
      const HdOvfConfig *config = g_ptr_array_index (ovf->configs, i);
      if (g_strcmp0 (config->required, "false") != 0)
        hd_lint_add (lint, "O10", "%s is required", shown (config->key));
      if (g_strcmp0 (config->key, "firmware") == 0 && g_strcmp0 (config->value, "bios") != 0
          && g_strcmp0 (config->value, "efi") != 0)
        hd_lint_add (lint, "O10", "the firmware is %s", shown (config->value));
    }
  if (ovf->transport == NULL && ovf->properties->len > 0)
    hd_lint_add (lint, "O11", "properties without a transport");
}

static void
look_at_vsphere (HdLint *lint, const HdTar *tar, const HdOvf *ovf)
{
  lint->kind = "OVA for vSphere";
  look_at_tar (lint, tar, "O1");
  look_at_order (lint, tar, ovf);
  hd_lint_manifest (lint, tar);
  look_at_files (lint, tar, ovf);
  if (g_strcmp0 (ovf->root_namespace, "http://schemas.dmtf.org/ovf/envelope/1") != 0)
    hd_lint_add (lint, "O6", "the envelope's namespace is %s", shown (ovf->root_namespace));
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

/* oVirt --------------------------------------------------------------------------------------- */

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
      if (!capacity_bytes (disk, &capacity) || disk->units == NULL)
        hd_lint_add (lint, "E7", "capacity %s in %s", shown (disk->capacity), shown (disk->units));
      if (g_strcmp0 (disk->volume_format, "COW") != 0
          || g_strcmp0 (disk->volume_type, "Sparse") != 0 || !one_of (disk->interface, interfaces))
        hd_lint_add (lint, "E8", "the disk is %s, %s, on %s", shown (disk->volume_format),
                     shown (disk->volume_type), shown (disk->interface));
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
        hd_lint_add (lint, "E9", "no drive has the disk %s", shown (disk->id));
    }
}

static void
look_at_ovirt_items (HdLint *lint, const HdOvf *ovf)
{
  static const char *const bios[] = { "0", "1", "2", "3", NULL };
  if (!one_of (ovf->bios_type, bios))
    hd_lint_add (lint, "E10", "BiosType is %s", shown (ovf->bios_type));
  for (guint i = 0; i < ovf->items->len; i++)
    {
      const HdOvfItem *item = g_ptr_array_index (ovf->items, i);
      if (g_strcmp0 (item->type, "3") == 0 && (item->sockets == NULL || item->cores == NULL))
        hd_lint_add (lint, "E11", "the processor has no num_of_sockets or cpu_per_socket");
      if (g_strcmp0 (item->type, "4") == 0 && g_strcmp0 (item->units, "MegaBytes") != 0)
        hd_lint_add (lint, "E11", "memory is counted in %s", shown (item->units));
      if (g_strcmp0 (item->type, "17") == 0
          && (item->caption == NULL || !g_str_has_prefix (item->caption, "Drive ")))
        hd_lint_add (lint, "E11", "a drive's caption is %s", shown (item->caption));
    }
  if (ovf->ovirt_os_id == NULL)
    hd_lint_add (lint, "E12", "no ovirt:id of a system");
}

static void
look_at_ovirt (HdLint *lint, const HdTar *tar, const HdOvf *ovf)
{
  const HdTarMember *description = hd_tar_find (tar, ".ovf");
  guint n_disks = 0;
  if (!g_str_equal (description->name, "vm.ovf") || description->header_at != 0)
    hd_lint_add (lint, "E1", "the description is called %s, or is not the first",
                 description->name);
  look_at_tar (lint, tar, "E2");
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

void
hd_lint_ova (HdLint *lint, const HdBytes *bytes)
{
  lint->kind = "OVA";
  g_autoptr (HdTar) tar = hd_tar_read (bytes);
  const HdTarMember *description = hd_tar_find (tar, ".ovf");
  if (description == NULL)
    {
      look_at_tar (lint, tar, "O1");
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
    look_at_ovirt (lint, tar, ovf);
  else
    look_at_vsphere (lint, tar, ovf);
}

/* RHEV 3.x: names and the shape of the two texts, by libarchive ----------------------------------
 */

typedef struct
{
  const HdBytes *bytes;
  guint64 at;
  guint8 buffer[65536];
} Feed;

static la_ssize_t
feed (struct archive *archive, void *data, const void **ret_buffer)
{
  Feed *from = data;
  gsize length = (gsize)MIN (sizeof from->buffer, from->bytes->size_bytes - from->at);
  if (!hd_bytes_read (from->bytes, from->at, from->buffer, length))
    return -1;
  from->at += length;
  *ret_buffer = from->buffer;
  return (la_ssize_t)length;
}

/* The text of the present entry, up to 64 KiB. */
static char *
entry_text (struct archive *archive)
{
  char *text = g_malloc0 (65537);
  la_ssize_t length = archive_read_data (archive, text, 65536);
  if (length < 0)
    text[0] = '\0';
  return text;
}

static void
look_at_meta (HdLint *lint, const char *name, const char *text)
{
  static const char *const keys[] = {
    "DOMAIN=", "VOLTYPE=LEAF",   "CTIME=",     "MTIME=", "FORMAT=", "IMAGE=",       "DISKTYPE=",
    "PUUID=",  "LEGALITY=LEGAL", "POOL_UUID=", "SIZE=",  "TYPE=",   "DESCRIPTION=", "EOF"
  };
  g_auto (GStrv) lines = g_strsplit (text, "\n", 100);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      gboolean found = FALSE;
      for (char **line = lines; *line != NULL; line++)
        found = found || g_str_has_prefix (*line, keys[i]);
      if (!found)
        hd_lint_add (lint, "B", "%s has no line %s", name, keys[i]);
    }
}

static void
look_at_old_ovf (HdLint *lint, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdOvf) ovf
      = g_utf8_validate (text, -1, NULL) ? hd_ovf_parse (text, strlen (text), &error) : NULL;
  if (ovf == NULL)
    hd_lint_add (lint, "B", "%s: %s", name, error != NULL ? error->message : "no UTF-8");
  else if (!ovf->old
           || g_strcmp0 (ovf->root_namespace, "http://schemas.dmtf.org/ovf/envelope/1/") != 0)
    hd_lint_add (lint, "B", "%s is not in the dialect of OVF 0.9", name);
}

static void
look_at_members (HdLint *lint, struct archive *archive)
{
  struct archive_entry *entry;
  guint n_disks = 0, n_metas = 0, n_ovfs = 0, n = 0;
  while (n++ < MAX_ARCHIVE_MEMBERS && archive_read_next_header (archive, &entry) == ARCHIVE_OK)
    {
      const char *path = archive_entry_pathname (entry);
      if (path == NULL || archive_entry_filetype (entry) != AE_IFREG)
        continue;
      const char *name = g_str_has_prefix (path, "./") ? path + 2 : path;
      gboolean in_images = g_str_has_prefix (name, "images/");
      g_autofree char *shown_name = g_strdup (name);
      if (in_images && g_str_has_suffix (name, ".meta"))
        {
          g_autofree char *text = entry_text (archive);
          look_at_meta (lint, shown_name, text);
          n_metas++;
        }
      else if (in_images)
        n_disks++;
      else if (g_str_has_prefix (name, "master/vms/") && g_str_has_suffix (name, ".ovf"))
        {
          g_autofree char *text = entry_text (archive);
          look_at_old_ovf (lint, shown_name, text);
          n_ovfs++;
        }
      else
        hd_lint_add (lint, "B", "%s belongs to no export domain", shown_name);
    }
  if (n_disks == 0 || n_metas != n_disks || n_ovfs != 1)
    hd_lint_add (lint, "B", "%u disks, %u .meta files, %u descriptions", n_disks, n_metas, n_ovfs);
}

void
hd_lint_rhev3 (HdLint *lint, const HdBytes *bytes)
{
  g_autofree Feed *from = g_new0 (Feed, 1);
  from->bytes = bytes;
  lint->kind = "archive of RHEV 3.x";
  struct archive *archive = archive_read_new ();
  archive_read_support_filter_gzip (archive);
  archive_read_support_format_tar (archive);
  if (archive_read_open (archive, from, NULL, feed, NULL) == ARCHIVE_OK)
    look_at_members (lint, archive);
  else
    {
      lint->kind = "compressed file";
      hd_lint_add (lint, "X", "unpack it, and look at what is inside");
    }
  archive_read_free (archive);
}
