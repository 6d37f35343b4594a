/* The disk is compressed already, so the gzip around the tar stores it as it is. It is gathered in
 * a file of its own first: a gzip has no place that can be filled in later. */
#include "tools/ova-rhev3.h"

#include <libdeflate.h>
#include <string.h>

#include "base/error.h"
#include "tools/format-bytes.h"
#include "tools/format-qcow2.h"
#include "tools/ova.h"

#define GIB (G_GUINT64_CONSTANT (1) << 30)
#define STORED_BYTES 65535u /* the most of one stored block, RFC 1951 */
#define COPY_BYTES 262144u

typedef struct
{
  HdFormatFile *file;
  HdFormatFile *disk; /* never committed: goes away with its object */
  const HdFormatMachine *machine;
  guint64 disk_bytes;
  HdOvirtIds ids;
  HdQcow2 *qcow2;
  guint32 crc;
  guint32 total; /* modulo 2^32, as gzip has it */
} Ova;

char *
hd_ova_rhev3_meta (const HdFormatMachine *machine, const HdOvirtIds *ids, guint64 disk_bytes)
{
  return g_strdup_printf ("DOMAIN=00000000-0000-0000-0000-000000000000\n"
                          "VOLTYPE=LEAF\n"
                          "CTIME=%" G_GINT64_FORMAT "\n"
                          "MTIME=%" G_GINT64_FORMAT "\n"
                          "FORMAT=COW\n"
                          "IMAGE=%s\n"
                          "DISKTYPE=1\n"
                          "PUUID=00000000-0000-0000-0000-000000000000\n"
                          "LEGALITY=LEGAL\n"
                          "POOL_UUID=\n"
                          "SIZE=%" G_GUINT64_FORMAT "\n"
                          "TYPE=SPARSE\n"
                          "DESCRIPTION=%s\n"
                          "EOF\n",
                          machine->epoch, machine->epoch, ids->image, disk_bytes / 512,
                          machine->name);
}

char *
hd_ova_rhev3_description (const HdFormatMachine *machine, const HdOvirtIds *ids, guint64 disk_bytes,
                          guint64 qcow2_bytes)
{
  guint64 size_gib = hd_round_up (disk_bytes, GIB) / GIB;
  guint64 actual_gib = hd_round_up (qcow2_bytes, GIB) / GIB;
  g_autofree char *time = hd_ova_time (machine->epoch);
  GString *text = g_string_new (
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<ovf:Envelope "
      "xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
      "CIM_ResourceAllocationSettingData\" "
      "xmlns:vssd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
      "CIM_VirtualSystemSettingData\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
      "xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1/\" ovf:version=\"0.9\">\n");
  hd_ova_xml (text,
              "  <References>\n"
              "    <File ovf:href=\"%s/%s\" ovf:id=\"%s\" ovf:size=\"%" G_GUINT64_FORMAT
              "\" ovf:description=\"%s\"/>\n"
              "  </References>\n"
              "  <Section xsi:type=\"ovf:NetworkSection_Type\">\n"
              "    <Info>List of networks</Info>\n"
              "    <Network ovf:name=\"rhevm\"/>\n"
              "  </Section>\n"
              "  <Section xsi:type=\"ovf:DiskSection_Type\">\n"
              "    <Info>List of Virtual Disks</Info>\n"
              "    <Disk ovf:diskId=\"%s\" ovf:size=\"%" G_GUINT64_FORMAT
              "\" ovf:actual_size=\"%" G_GUINT64_FORMAT "\" ovf:vm_snapshot_id=\"%s\" "
              "ovf:parentRef=\"\" ovf:fileRef=\"%s/%s\" "
              "ovf:format=\"http://www.gnome.org/~markmc/qcow-image-format.html\" "
              "ovf:volume-type=\"Sparse\" ovf:volume-format=\"COW\" "
              "ovf:disk-interface=\"VirtIO\" ovf:boot=\"True\" ovf:disk-type=\"System\" "
              "ovf:wipe-after-delete=\"False\"/>\n"
              "  </Section>\n",
              ids->image, ids->disk, ids->disk, disk_bytes, machine->name, ids->disk, size_gib,
              actual_gib, ids->snapshot, ids->image, ids->disk);
  hd_ova_xml (text,
              "  <Content ovf:id=\"out\" xsi:type=\"ovf:VirtualSystem_Type\">\n"
              "    <Name>%s</Name>\n"
              "    <TemplateId>00000000-0000-0000-0000-000000000000</TemplateId>\n"
              "    <TemplateName>Blank</TemplateName>\n"
              "    <Description>%s %s</Description>\n"
              "    <Domain/>\n"
              "    <CreationDate>%s</CreationDate>\n"
              "    <IsInitilized>True</IsInitilized>\n" /* spelt so by the engine */
              "    <IsAutoSuspend>False</IsAutoSuspend>\n"
              "    <TimeZone/>\n"
              "    <IsStateless>False</IsStateless>\n"
              "    <Origin>0</Origin>\n"
              "    <VmType>1</VmType>\n"
              "    <DefaultDisplayType>1</DefaultDisplayType>\n"
              "    <Section ovf:id=\"%s\" ovf:required=\"false\" "
              "xsi:type=\"ovf:OperatingSystemSection_Type\">\n"
              "      <Info>Guest Operating System</Info>\n"
              "      <Description>OtherLinux</Description>\n"
              "    </Section>\n",
              machine->name, machine->title, machine->version, time, ids->vm);
  hd_ova_xml (text,
              "    <Section xsi:type=\"ovf:VirtualHardwareSection_Type\">\n"
              "      <Info>%u CPU, %u Memory</Info>\n"
              "      <System>\n"
              "        <vssd:VirtualSystemType>RHEVM 4.6.0.163</vssd:VirtualSystemType>\n"
              "      </System>\n",
              machine->n_processors, machine->memory_mib);
  hd_ovirt_add_machine (text, machine);
  hd_ova_xml (text,
              "      <Item>\n"
              "        <rasd:Caption>Drive 1</rasd:Caption>\n"
              "        <rasd:InstanceId>%s</rasd:InstanceId>\n"
              "        <rasd:ResourceType>17</rasd:ResourceType>\n"
              "        <rasd:HostResource>%s/%s</rasd:HostResource>\n"
              "        <rasd:Parent>00000000-0000-0000-0000-000000000000</rasd:Parent>\n"
              "        <rasd:Template>00000000-0000-0000-0000-000000000000</rasd:Template>\n"
              "        <rasd:ApplicationList/>\n"
              "        <rasd:StorageId>00000000-0000-0000-0000-000000000000</rasd:StorageId>\n"
              "        <rasd:StoragePoolId>00000000-0000-0000-0000-000000000000"
              "</rasd:StoragePoolId>\n"
              "        <rasd:CreationDate>%s</rasd:CreationDate>\n"
              "        <rasd:LastModified>%s</rasd:LastModified>\n"
              "      </Item>\n"
              "      <Item>\n"
              "        <rasd:Caption>Ethernet adapter on rhevm</rasd:Caption>\n"
              "        <rasd:InstanceId>3</rasd:InstanceId>\n"
              "        <rasd:ResourceType>10</rasd:ResourceType>\n"
              "        <rasd:ResourceSubType>3</rasd:ResourceSubType>\n"
              "        <rasd:Connection>rhevm</rasd:Connection>\n"
              "        <rasd:Name>nic1</rasd:Name>\n"
              "      </Item>\n"
              "    </Section>\n"
              "  </Content>\n"
              "</ovf:Envelope>\n",
              ids->disk, ids->image, ids->disk, time, time);
  return g_string_free (text, FALSE);
}

gpointer
hd_ova_rhev3_begin (const HdFormatJob *job, GError **error)
{
  Ova *ova = g_new0 (Ova, 1);
  ova->file = job->file;
  ova->machine = job->machine;
  ova->disk_bytes = hd_format_source_size (job->source);
  hd_ovirt_ids_init (&ova->ids, hd_format_source_identity (job->source));
  g_autofree char *path = g_strconcat (hd_format_file_path (job->file), ".disk", NULL);
  ova->disk = hd_format_file_new (path, error);
  if (ova->disk != NULL)
    ova->qcow2 = hd_qcow2_new (ova->disk, ova->disk_bytes, 2, FALSE, error);
  if (ova->qcow2 == NULL)
    g_clear_pointer (&ova, hd_ova_rhev3_free);
  return ova;
}

gboolean
hd_ova_rhev3_chunk (gpointer data, const HdChunk *chunk, GError **error)
{
  return hd_qcow2_chunk (((Ova *)data)->qcow2, chunk, error);
}

/* Append bytes of the tar as stored blocks. */
static gboolean
store (Ova *ova, const void *data, gsize size_bytes, GError **error)
{
  const guint8 *from = data;
  ova->crc = libdeflate_crc32 (ova->crc, data, size_bytes);
  ova->total += (guint32)size_bytes;
  for (gsize done = 0; done < size_bytes;)
    {
      guint16 length = (guint16)MIN (STORED_BYTES, size_bytes - done);
      guint8 head[5] = { 0 };
      hd_put_le16 (head + 1, length);
      hd_put_le16 (head + 3, (guint16)~length);
      if (!hd_format_file_append (ova->file, head, sizeof head, error)
          || !hd_format_file_append (ova->file, from + done, length, error))
        return FALSE;
      done += length;
    }
  return TRUE;
}

/* The zeros behind a member. */
static gboolean
store_pad (Ova *ova, guint64 size_bytes, GError **error)
{
  const guint8 zeros[HD_TAR_BLOCK] = { 0 };
  guint64 over = size_bytes % HD_TAR_BLOCK;
  return over == 0 || store (ova, zeros, HD_TAR_BLOCK - over, error);
}

static gboolean
store_header (Ova *ova, const char *name, guint64 size_bytes, GError **error)
{
  guint8 header[HD_TAR_BLOCK];
  return hd_tar_header (header, name, size_bytes, ova->machine->epoch, error)
         && store (ova, header, sizeof header, error);
}

static gboolean
store_text (Ova *ova, const char *name, const char *text, GError **error)
{
  gsize length = strlen (text);
  return store_header (ova, name, length, error) && store (ova, text, length, error)
         && store_pad (ova, length, error);
}

static gboolean
store_disk (Ova *ova, const char *name, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (COPY_BYTES);
  guint64 size_bytes = hd_format_file_position (ova->disk);
  if (!store_header (ova, name, size_bytes, error))
    return FALSE;
  for (guint64 done = 0; done < size_bytes;)
    {
      gsize length = (gsize)MIN (COPY_BYTES, size_bytes - done);
      if (!hd_format_file_read (ova->disk, done, buffer, length, error)
          || !store (ova, buffer, length, error))
        return FALSE;
      done += length;
    }
  return store_pad (ova, size_bytes, error);
}

static gboolean
store_all (Ova *ova, GError **error)
{
  static const guint8 head[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255 };
  const guint8 zeros[2 * HD_TAR_BLOCK] = { 0 };
  const HdOvirtIds *ids = &ova->ids;
  g_autofree char *disk = g_strdup_printf ("images/%s/%s", ids->image, ids->disk);
  g_autofree char *meta = g_strconcat (disk, ".meta", NULL);
  g_autofree char *ovf = g_strdup_printf ("master/vms/%s/%s.ovf", ids->vm, ids->vm);
  g_autofree char *meta_text = hd_ova_rhev3_meta (ova->machine, ids, ova->disk_bytes);
  g_autofree char *ovf_text = hd_ova_rhev3_description (ova->machine, ids, ova->disk_bytes,
                                                        hd_format_file_position (ova->disk));
  return hd_format_file_append (ova->file, head, sizeof head, error)
         && store_disk (ova, disk, error) && store_text (ova, meta, meta_text, error)
         && store_text (ova, ovf, ovf_text, error) && store (ova, zeros, sizeof zeros, error);
}

gboolean
hd_ova_rhev3_end (gpointer data, GError **error)
{
  Ova *ova = data;
  /* An empty last block, then the checks of RFC 1952. */
  guint8 tail[13] = { 1, 0, 0, 0xff, 0xff };
  if (!hd_qcow2_end (ova->qcow2, error) || !store_all (ova, error))
    return FALSE;
  hd_put_le32 (tail + 5, ova->crc);
  hd_put_le32 (tail + 9, ova->total);
  return hd_format_file_append (ova->file, tail, sizeof tail, error);
}

void
hd_ova_rhev3_free (gpointer data)
{
  Ova *ova = data;
  g_clear_pointer (&ova->qcow2, hd_qcow2_free);
  g_clear_pointer (&ova->disk, hd_format_file_free);
  hd_ovirt_ids_clear (&ova->ids);
  g_free (ova);
}
