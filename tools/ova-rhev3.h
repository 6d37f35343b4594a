/* The archive for RHEV and oVirt 3.x: what an export domain holds, as a tar in gzip, in the OVF 0.9
 * dialect (the layout that engine-image-uploader takes; docs/formats.md, dialect B). */
#pragma once

#include "tools/format-machine.h"
#include "tools/ova-ovirt.h"

gpointer hd_ova_rhev3_begin (const HdFormatJob *job, GError **error);
gboolean hd_ova_rhev3_chunk (gpointer ova, const HdChunk *chunk, GError **error);
gboolean hd_ova_rhev3_end (gpointer ova, GError **error);
void hd_ova_rhev3_free (gpointer ova);

/* Pure; free with g_free. */
char *hd_ova_rhev3_description (const HdFormatMachine *machine, const HdOvirtIds *ids,
                                guint64 disk_bytes, guint64 qcow2_bytes);
char *hd_ova_rhev3_meta (const HdFormatMachine *machine, const HdOvirtIds *ids, guint64 disk_bytes);
