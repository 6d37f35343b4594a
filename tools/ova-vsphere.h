/* The OVA for VMware vSphere: OVF 1.1 description, manifest, optional certificate, streamOptimized
 * disk (DMTF DSP0243 1.1; rules O1 to O15 of docs/formats.md). */
#pragma once

#include "tools/format-machine.h"

gpointer hd_ova_vsphere_begin (const HdFormatJob *job, GError **error);
gboolean hd_ova_vsphere_chunk (gpointer ova, const HdChunk *chunk, GError **error);
gboolean hd_ova_vsphere_end (gpointer ova, GError **error);
void hd_ova_vsphere_free (gpointer ova);

/* The description, free with g_free. Pure. */
char *hd_ova_vsphere_description (const HdFormatMachine *machine, guint64 disk_bytes,
                                  guint64 vmdk_bytes);
/* The manifest of two members, free with g_free. Pure; its length depends on algorithm ("SHA256" or
 * "SHA1") and names alone. */
char *hd_ova_manifest (const char *algorithm, const char *ovf_name, const char *ovf_digest,
                       const char *disk_name, const char *disk_digest);
