/* The members before the disk have lengths that are known at once, and are filled in when the disk
 * is written. */
#include "tools/ova-vsphere.h"

#include <string.h>

#include "tools/ova-sign.h"
#include "tools/ova.h"
#include "tools/vmdk.h"

typedef struct
{
  HdFormatFile *file;
  const HdFormatMachine *machine;
  guint64 disk_bytes;
  char *ovf_name;
  char *mf_name;
  char *cert_name;
  HdOvaSigner *signer; /* or NULL */
  gsize ovf_bytes;
  gsize mf_bytes;
  gsize cert_bytes;
  guint64 ovf_at;
  guint64 mf_at;
  guint64 cert_at;
  guint64 vmdk_at; /* of its header */
  HdVmdk *vmdk;
} Ova;

/* What cloud-init's data sources OVF and VMware read. */
static const struct
{
  const char *key;
  const char *label;
  gboolean secret;
} properties[] = {
  { "instance-id", "Instance id: a new one lets cloud-init run again", FALSE },
  { "hostname", "Host name", FALSE },
  { "seedfrom", "URL of a seed", FALSE },
  { "public-keys", "SSH public keys", FALSE },
  { "user-data", "User data, base64", FALSE },
  { "password", "Password of the default user", TRUE },
  { "guestinfo.userdata", "User data for the VMware data source", FALSE },
  { "guestinfo.userdata.encoding", "Its encoding: base64 or gzip+base64", FALSE },
  { "guestinfo.metadata", "Metadata for the VMware data source", FALSE },
  { "guestinfo.metadata.encoding", "Its encoding: base64 or gzip+base64", FALSE },
};

static void
add_item (GString *text, guint id, const char *caption, guint type, const char *subtype,
          const char *before, const char *after)
{
  /* The order of the elements is that of the schema: alphabetical. */
  g_string_append (text, "      <Item>\n");
  g_string_append (text, before);
  hd_ova_xml (text, "        <rasd:ElementName>%s</rasd:ElementName>\n", caption);
  if (type == 17)
    g_string_append (text, "        <rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource>\n");
  g_string_append_printf (text, "        <rasd:InstanceID>%u</rasd:InstanceID>\n", id);
  if (type == 17)
    g_string_append (text, "        <rasd:Parent>3</rasd:Parent>\n");
  if (subtype != NULL)
    hd_ova_xml (text, "        <rasd:ResourceSubType>%s</rasd:ResourceSubType>\n", subtype);
  g_string_append_printf (text, "        <rasd:ResourceType>%u</rasd:ResourceType>\n", type);
  g_string_append (text, after);
  g_string_append (text, "      </Item>\n");
}

static void
add_hardware (GString *text, const HdFormatMachine *machine)
{
  g_autofree char *processors = g_strdup_printf (
      "        <rasd:VirtualQuantity>%u</rasd:VirtualQuantity>\n", machine->n_processors);
  g_autofree char *memory = g_strdup_printf (
      "        <rasd:VirtualQuantity>%u</rasd:VirtualQuantity>\n", machine->memory_mib);
  g_autofree char *cpu_name = g_strdup_printf ("%u virtual CPUs", machine->n_processors);
  g_autofree char *memory_name = g_strdup_printf ("%u MB of memory", machine->memory_mib);
  hd_ova_xml (text,
              "    <VirtualHardwareSection ovf:transport=\"iso com.vmware.guestInfo\">\n"
              "      <Info>Virtual hardware requirements</Info>\n"
              "      <System>\n"
              "        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>\n"
              "        <vssd:InstanceID>0</vssd:InstanceID>\n"
              "        <vssd:VirtualSystemIdentifier>%s</vssd:VirtualSystemIdentifier>\n"
              "        <vssd:VirtualSystemType>vmx-%u</vssd:VirtualSystemType>\n"
              "      </System>\n",
              machine->name, machine->hardware);
  add_item (text, 1, cpu_name, 3, NULL,
            "        <rasd:AllocationUnits>hertz * 10^6</rasd:AllocationUnits>\n"
            "        <rasd:Description>Number of virtual CPUs</rasd:Description>\n",
            processors);
  add_item (text, 2, memory_name, 4, NULL,
            "        <rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>\n"
            "        <rasd:Description>Memory size</rasd:Description>\n",
            memory);
  add_item (text, 3, "SCSI controller 0", 6, "VirtualSCSI",
            "        <rasd:Address>0</rasd:Address>\n"
            "        <rasd:Description>SCSI controller</rasd:Description>\n",
            "");
  add_item (text, 4, "Hard disk 1", 17, NULL,
            "        <rasd:AddressOnParent>0</rasd:AddressOnParent>\n", "");
  add_item (text, 5, "Network adapter 1", 10, "VmxNet3",
            "        <rasd:AddressOnParent>7</rasd:AddressOnParent>\n"
            "        <rasd:AutomaticAllocation>true</rasd:AutomaticAllocation>\n"
            "        <rasd:Connection>VM Network</rasd:Connection>\n"
            "        <rasd:Description>VmxNet3 adapter on \"VM Network\"</rasd:Description>\n",
            "");
  hd_ova_xml (
      text,
      "      <vmw:Config ovf:required=\"false\" vmw:key=\"firmware\" vmw:value=\"%s\"/>\n"
      "      <vmw:Config ovf:required=\"false\" vmw:key=\"bootOptions.efiSecureBootEnabled\" "
      "vmw:value=\"false\"/>\n"
      "      <vmw:Config ovf:required=\"false\" vmw:key=\"tools.syncTimeWithHost\" "
      "vmw:value=\"false\"/>\n"
      "    </VirtualHardwareSection>\n",
      machine->bios ? "bios" : "efi");
}

static void
add_product (GString *text, const HdFormatMachine *machine)
{
  hd_ova_xml (text,
              "    <ProductSection>\n"
              "      <Info>What the machine is told when it starts</Info>\n"
              "      <Product>%s</Product>\n"
              "      <Version>%s</Version>\n",
              machine->title, machine->version);
  for (gsize i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      g_string_append (text, "      <Property");
      hd_ova_xml (text, " ovf:key=\"%s\" ", properties[i].key);
      if (properties[i].secret)
        g_string_append (text, "ovf:password=\"true\" ");
      hd_ova_xml (text,
                  "ovf:type=\"string\" ovf:userConfigurable=\"true\" ovf:value=\"%s\">\n"
                  "        <Label>%s</Label>\n"
                  "      </Property>\n",
                  g_str_equal (properties[i].key, "instance-id") ? "id-ovf" : "",
                  properties[i].label);
    }
  g_string_append (text, "    </ProductSection>\n");
}

char *
hd_ova_vsphere_description (const HdFormatMachine *machine, guint64 disk_bytes, guint64 vmdk_bytes)
{
  GString *text = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                "<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\" "
                                "xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\" "
                                "xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
                                "CIM_ResourceAllocationSettingData\" "
                                "xmlns:vmw=\"http://www.vmware.com/schema/ovf\" "
                                "xmlns:vssd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
                                "CIM_VirtualSystemSettingData\" "
                                "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n");
  hd_ova_xml (text,
              "  <References>\n"
              "    <File ovf:href=\"" HD_VMDK_EXTENT "\" ovf:id=\"file1\" "
              "ovf:size=\"%" G_GUINT64_FORMAT "\"/>\n"
              "  </References>\n"
              "  <DiskSection>\n"
              "    <Info>Virtual disk information</Info>\n"
              "    <Disk ovf:capacity=\"%" G_GUINT64_FORMAT
              "\" ovf:capacityAllocationUnits=\"byte\" "
              "ovf:diskId=\"vmdisk1\" ovf:fileRef=\"file1\" "
              "ovf:format=\"http://www.vmware.com/interfaces/specifications/vmdk.html"
              "#streamOptimized\"/>\n"
              "  </DiskSection>\n"
              "  <NetworkSection>\n"
              "    <Info>The list of logical networks</Info>\n"
              "    <Network ovf:name=\"VM Network\">\n"
              "      <Description>The VM Network network</Description>\n"
              "    </Network>\n"
              "  </NetworkSection>\n"
              "  <VirtualSystem ovf:id=\"%s\">\n"
              "    <Info>A virtual machine</Info>\n"
              "    <Name>%s</Name>\n"
              "    <OperatingSystemSection ovf:id=\"96\" vmw:osType=\"%s\">\n"
              "      <Info>The operating system installed</Info>\n"
              "      <Description>Debian GNU/Linux (64-bit)</Description>\n"
              "    </OperatingSystemSection>\n",
              vmdk_bytes, disk_bytes, machine->name, machine->name, machine->os_type);
  add_hardware (text, machine);
  add_product (text, machine);
  g_string_append (text, "  </VirtualSystem>\n</Envelope>\n");
  return g_string_free (text, FALSE);
}

char *
hd_ova_manifest (const char *algorithm, const char *ovf_name, const char *ovf_digest,
                 const char *disk_name, const char *disk_digest)
{
  return g_strdup_printf ("%s(%s)= %s\n%s(%s)= %s\n", algorithm, ovf_name, ovf_digest, algorithm,
                          disk_name, disk_digest);
}

static char *
manifest_of (const Ova *ova, const char *ovf_digest, const char *disk_digest)
{
  return hd_ova_manifest (ova->machine->sha1 ? "SHA1" : "SHA256", ova->ovf_name, ovf_digest,
                          HD_VMDK_EXTENT, disk_digest);
}

/* Room for the members before the disk. */
static gboolean
reserve (Ova *ova, GError **error)
{
  /* As long as a digest is. */
  g_autofree char *zeros = g_strnfill (ova->machine->sha1 ? 40 : 64, '0');
  g_autofree char *ovf
      = hd_ova_vsphere_description (ova->machine, ova->disk_bytes, HD_TAR_MAX_BYTES);
  g_autofree char *mf = manifest_of (ova, zeros, zeros);
  ova->ovf_bytes = strlen (ovf);
  ova->mf_bytes = strlen (mf);
  if (!hd_tar_reserve (ova->file, ova->ovf_bytes, &ova->ovf_at, error)
      || !hd_tar_reserve (ova->file, ova->mf_bytes, &ova->mf_at, error))
    return FALSE;
  if (ova->signer != NULL)
    {
      ova->cert_bytes = hd_ova_signer_length (ova->signer, ova->mf_name);
      if (!hd_tar_reserve (ova->file, ova->cert_bytes, &ova->cert_at, error))
        return FALSE;
    }
  return hd_tar_reserve (ova->file, 0, &ova->vmdk_at, error);
}

gpointer
hd_ova_vsphere_begin (const HdFormatJob *job, GError **error)
{
  Ova *ova = g_new0 (Ova, 1);
  const HdFormatMachine *machine = job->machine;
  ova->file = job->file;
  ova->machine = machine;
  ova->disk_bytes = hd_format_source_size (job->source);
  ova->ovf_name = g_strconcat (machine->name, ".ovf", NULL);
  ova->mf_name = g_strconcat (machine->name, ".mf", NULL);
  ova->cert_name = g_strconcat (machine->name, ".cert", NULL);
  gboolean ok = TRUE;
  if (machine->sign_key != NULL)
    {
      ova->signer = hd_ova_signer_new (machine->sign_key, machine->sign_certificate, error);
      ok = ova->signer != NULL;
    }
  if (ok && reserve (ova, error))
    ova->vmdk
        = hd_vmdk_new (ova->file, ova->disk_bytes, hd_format_source_identity (job->source), error);
  if (ova->vmdk == NULL)
    g_clear_pointer (&ova, hd_ova_vsphere_free);
  return ova;
}

gboolean
hd_ova_vsphere_chunk (gpointer data, const HdChunk *chunk, GError **error)
{
  Ova *ova = data;
  guint8 header[HD_TAR_BLOCK];
  guint64 so_far = hd_format_file_position (ova->file) - ova->vmdk_at;
  /* Early: before hours of writing what nobody can import. */
  return hd_tar_header (header, HD_VMDK_EXTENT, so_far, 0, error)
         && hd_vmdk_chunk (ova->vmdk, chunk, error);
}

static gboolean
fill (Ova *ova, guint64 vmdk_bytes, GError **error)
{
  const gint64 epoch = ova->machine->epoch;
  guint8 header[HD_TAR_BLOCK];
  g_autofree char *vmdk_sum = hd_format_file_digest (ova->file, ova->vmdk_at + HD_TAR_BLOCK,
                                                     vmdk_bytes, ova->machine->sha1, error);
  if (vmdk_sum == NULL || !hd_tar_header (header, HD_VMDK_EXTENT, vmdk_bytes, epoch, error)
      || !hd_format_file_patch (ova->file, ova->vmdk_at, header, sizeof header, error))
    return FALSE;
  g_autofree char *ovf = hd_ova_pad_text (
      hd_ova_vsphere_description (ova->machine, ova->disk_bytes, vmdk_bytes), ova->ovf_bytes);
  g_autofree char *ovf_sum
      = g_compute_checksum_for_data (ova->machine->sha1 ? G_CHECKSUM_SHA1 : G_CHECKSUM_SHA256,
                                     (const guchar *)ovf, ova->ovf_bytes);
  g_autofree char *mf = manifest_of (ova, ovf_sum, vmdk_sum);
  if (!hd_tar_fill (ova->file, ova->ovf_at, ova->ovf_name, ovf, ova->ovf_bytes, epoch, error)
      || !hd_tar_fill (ova->file, ova->mf_at, ova->mf_name, mf, ova->mf_bytes, epoch, error))
    return FALSE;
  if (ova->signer == NULL)
    return TRUE;
  g_autofree char *cert = hd_ova_signer_sign (ova->signer, ova->mf_name, mf, ova->mf_bytes, error);
  return cert != NULL
         && hd_tar_fill (ova->file, ova->cert_at, ova->cert_name, cert, ova->cert_bytes, epoch,
                         error);
}

gboolean
hd_ova_vsphere_end (gpointer data, GError **error)
{
  Ova *ova = data;
  if (!hd_vmdk_end (ova->vmdk, error))
    return FALSE;
  guint64 vmdk_bytes = hd_format_file_position (ova->file) - ova->vmdk_at - HD_TAR_BLOCK;
  return hd_tar_end (ova->file, error) && fill (ova, vmdk_bytes, error);
}

void
hd_ova_vsphere_free (gpointer data)
{
  Ova *ova = data;
  g_clear_pointer (&ova->vmdk, hd_vmdk_free);
  g_clear_pointer (&ova->signer, hd_ova_signer_free);
  g_free (ova->ovf_name);
  g_free (ova->mf_name);
  g_free (ova->cert_name);
  g_free (ova);
}
