/* The engine reads 512-byte tar headers itself and attaches the disk at its offset, which has to be
 * a multiple of 4,096. */
#include "tools/ova-ovirt.h"

#include <string.h>

#include "tools/digest.h"
#include "tools/format-qcow2.h"
#include "tools/ova.h"

#define GIB (G_GUINT64_CONSTANT (1) << 30)

typedef struct
{
  HdFormatFile *file;
  const HdFormatMachine *machine;
  guint64 disk_bytes;
  HdOvirtIds ids;
  gsize ovf_bytes;
  guint64 ovf_at;
  guint64 disk_at; /* of its header */
  HdQcow2 *qcow2;
} Ova;

void
hd_ovirt_ids_init (HdOvirtIds *ids, const char *identity)
{
  ids->vm = hd_digest_uuid (identity, "ovirt-vm");
  ids->disk = hd_digest_uuid (identity, "ovirt-disk");
  ids->image = hd_digest_uuid (identity, "ovirt-image");
  ids->snapshot = hd_digest_uuid (identity, "ovirt-snapshot");
}

void
hd_ovirt_ids_clear (HdOvirtIds *ids)
{
  g_free (ids->vm);
  g_free (ids->disk);
  g_free (ids->image);
  g_free (ids->snapshot);
}

void
hd_ovirt_add_machine (GString *text, const HdFormatMachine *machine)
{
  hd_ova_xml (text,
              "      <Item>\n"
              "        <rasd:Caption>%u virtual cpu</rasd:Caption>\n"
              "        <rasd:Description>Number of virtual CPU</rasd:Description>\n"
              "        <rasd:InstanceId>1</rasd:InstanceId>\n"
              "        <rasd:ResourceType>3</rasd:ResourceType>\n"
              "        <rasd:num_of_sockets>%u</rasd:num_of_sockets>\n"
              "        <rasd:cpu_per_socket>1</rasd:cpu_per_socket>\n"
              "      </Item>\n"
              "      <Item>\n"
              "        <rasd:Caption>%u MB of memory</rasd:Caption>\n"
              "        <rasd:Description>Memory Size</rasd:Description>\n"
              "        <rasd:InstanceId>2</rasd:InstanceId>\n"
              "        <rasd:ResourceType>4</rasd:ResourceType>\n"
              "        <rasd:AllocationUnits>MegaBytes</rasd:AllocationUnits>\n"
              "        <rasd:VirtualQuantity>%u</rasd:VirtualQuantity>\n"
              "      </Item>\n",
              machine->n_processors, machine->n_processors, machine->memory_mib,
              machine->memory_mib);
}

static void
add_items (GString *text, const HdFormatMachine *machine, const HdOvirtIds *ids)
{
  hd_ova_xml (text,
              "    <VirtualHardwareSection>\n"
              "      <Info>%u CPU, %u Memory</Info>\n"
              "      <System>\n"
              "        <vssd:VirtualSystemType>ENGINE 4.1.0.0</vssd:VirtualSystemType>\n"
              "      </System>\n",
              machine->n_processors, machine->memory_mib);
  hd_ovirt_add_machine (text, machine);
  hd_ova_xml (text,
              "      <Item>\n"
              "        <rasd:Caption>Drive 1</rasd:Caption>\n"
              "        <rasd:InstanceId>%s</rasd:InstanceId>\n"
              "        <rasd:ResourceType>17</rasd:ResourceType>\n"
              "        <Type>disk</Type>\n"
              "        <Device>disk</Device>\n"
              "        <rasd:HostResource>%s</rasd:HostResource>\n"
              "        <BootOrder>1</BootOrder>\n"
              "        <IsPlugged>true</IsPlugged>\n"
              "        <IsReadOnly>false</IsReadOnly>\n"
              "      </Item>\n"
              "      <Item>\n"
              "        <rasd:Caption>Ethernet adapter on ovirtmgmt</rasd:Caption>\n"
              "        <rasd:InstanceId>3</rasd:InstanceId>\n"
              "        <rasd:ResourceType>10</rasd:ResourceType>\n"
              "        <rasd:ResourceSubType>3</rasd:ResourceSubType>\n"
              "        <rasd:Connection>ovirtmgmt</rasd:Connection>\n"
              "        <rasd:Linked>true</rasd:Linked>\n"
              "        <rasd:Name>nic1</rasd:Name>\n"
              "        <rasd:ElementName>nic1</rasd:ElementName>\n"
              "        <Type>interface</Type>\n"
              "        <Device>bridge</Device>\n"
              "      </Item>\n"
              "    </VirtualHardwareSection>\n",
              ids->disk, ids->disk);
}

char *
hd_ova_ovirt_description (const HdFormatMachine *machine, const HdOvirtIds *ids, guint64 disk_bytes,
                          guint64 qcow2_bytes)
{
  gboolean whole = disk_bytes % GIB == 0;
  g_autofree char *time = hd_ova_time (machine->epoch);
  GString *text = g_string_new (
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<ovf:Envelope xmlns:ovirt=\"http://www.ovirt.org/ovf\" "
      "xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1/\" "
      "xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
      "CIM_ResourceAllocationSettingData\" "
      "xmlns:vssd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
      "CIM_VirtualSystemSettingData\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ovf:version=\"4.1.0.0\">\n");
  hd_ova_xml (text,
              "  <References>\n"
              "    <File ovf:href=\"%s\" ovf:id=\"%s\" ovf:size=\"%" G_GUINT64_FORMAT "\"/>\n"
              "  </References>\n"
              "  <NetworkSection>\n"
              "    <Info>List of networks</Info>\n"
              "    <Network ovf:name=\"ovirtmgmt\"/>\n"
              "  </NetworkSection>\n"
              "  <DiskSection>\n"
              "    <Info>List of Virtual Disks</Info>\n"
              "    <Disk ovf:diskId=\"%s\" ovf:capacity=\"%" G_GUINT64_FORMAT "\" "
              "ovf:capacityAllocationUnits=\"byte * 2^%d\" ovf:populatedSize=\"%" G_GUINT64_FORMAT
              "\" ovf:parentRef=\"\" ovf:fileRef=\"%s\" "
              "ovf:format=\"http://www.gnome.org/~markmc/qcow-image-format.html\" "
              "ovf:volume-format=\"COW\" ovf:volume-type=\"Sparse\" "
              "ovf:disk-interface=\"VirtIO_SCSI\" ovf:disk-type=\"System\" ovf:boot=\"true\" "
              "ovf:pass-discard=\"false\" ovf:disk-alias=\"%s\" ovf:wipe-after-delete=\"false\"/>\n"
              "  </DiskSection>\n",
              ids->disk, ids->disk, qcow2_bytes, ids->disk,
              whole ? disk_bytes / GIB : disk_bytes >> 20, whole ? 30 : 20, qcow2_bytes, ids->disk,
              machine->name);
  hd_ova_xml (text,
              "  <VirtualSystem ovf:id=\"%s\">\n"
              "    <Name>%s</Name>\n"
              "    <Description>%s %s</Description>\n"
              "    <Comment/>\n"
              "    <CreationDate>%s</CreationDate>\n"
              "    <ExportDate>%s</ExportDate>\n"
              "    <DeleteProtected>false</DeleteProtected>\n"
              "    <IsStateless>false</IsStateless>\n"
              "    <VmType>1</VmType>\n"
              "    <DefaultDisplayType>1</DefaultDisplayType>\n"
              "    <BiosType>%d</BiosType>\n"
              "    <MinAllocatedMem>%u</MinAllocatedMem>\n"
              "    <Origin>3</Origin>\n"
              "    <VmInit ovf:hostname=\"\"/>\n"
              "    <OperatingSystemSection ovf:id=\"36\" ovirt:id=\"33\" ovf:required=\"false\">\n"
              "      <Info>Guest Operating System</Info>\n"
              "      <Description>other_linux_kernel_4</Description>\n"
              "    </OperatingSystemSection>\n",
              ids->vm, machine->name, machine->title, machine->version, time, time,
              machine->bios ? 1 : 2, machine->memory_mib);
  add_items (text, machine, ids);
  g_string_append (text, "  </VirtualSystem>\n</ovf:Envelope>\n");
  return g_string_free (text, FALSE);
}

gpointer
hd_ova_ovirt_begin (const HdFormatJob *job, GError **error)
{
  Ova *ova = g_new0 (Ova, 1);
  ova->file = job->file;
  ova->machine = job->machine;
  ova->disk_bytes = hd_format_source_size (job->source);
  hd_ovirt_ids_init (&ova->ids, hd_format_source_identity (job->source));
  g_autofree char *longest
      = hd_ova_ovirt_description (ova->machine, &ova->ids, ova->disk_bytes, HD_TAR_MAX_BYTES);
  ova->ovf_bytes = strlen (longest);
  if (hd_tar_reserve (ova->file, ova->ovf_bytes, &ova->ovf_at, error)
      && hd_tar_pad (ova->file, ova->machine->epoch, error)
      && hd_tar_reserve (ova->file, 0, &ova->disk_at, error))
    ova->qcow2 = hd_qcow2_new (ova->file, ova->disk_bytes, 3, FALSE, error);
  if (ova->qcow2 == NULL)
    g_clear_pointer (&ova, hd_ova_ovirt_free);
  return ova;
}

gboolean
hd_ova_ovirt_chunk (gpointer data, const HdChunk *chunk, GError **error)
{
  return hd_qcow2_chunk (((Ova *)data)->qcow2, chunk, error);
}

gboolean
hd_ova_ovirt_end (gpointer data, GError **error)
{
  Ova *ova = data;
  guint8 header[HD_TAR_BLOCK];
  if (!hd_qcow2_end (ova->qcow2, error))
    return FALSE;
  guint64 size_bytes = hd_format_file_position (ova->file) - ova->disk_at - HD_TAR_BLOCK;
  if (!hd_tar_header (header, ova->ids.disk, size_bytes, ova->machine->epoch, error))
    return FALSE;
  g_autofree char *text = hd_ova_pad_text (
      hd_ova_ovirt_description (ova->machine, &ova->ids, ova->disk_bytes, size_bytes),
      ova->ovf_bytes);
  return hd_tar_end (ova->file, error)
         && hd_format_file_patch (ova->file, ova->disk_at, header, sizeof header, error)
         && hd_tar_fill (ova->file, ova->ovf_at, "vm.ovf", text, ova->ovf_bytes,
                         ova->machine->epoch, error);
}

void
hd_ova_ovirt_free (gpointer data)
{
  Ova *ova = data;
  g_clear_pointer (&ova->qcow2, hd_qcow2_free);
  hd_ovirt_ids_clear (&ova->ids);
  g_free (ova);
}
