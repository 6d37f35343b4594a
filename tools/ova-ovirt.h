/* The OVA for RHEV and oVirt 4.1 and newer, in the dialect that their engine reads without
 * virt-v2v: vm.ovf, a pad, a qcow2; no manifest, since every member that it does not know is a disk
 * to it (rules E1 to E13 of docs/formats.md). */
#pragma once

#include "tools/format-machine.h"

gpointer hd_ova_ovirt_begin (const HdFormatJob *job, GError **error);
gboolean hd_ova_ovirt_chunk (gpointer ova, const HdChunk *chunk, GError **error);
gboolean hd_ova_ovirt_end (gpointer ova, GError **error);
void hd_ova_ovirt_free (gpointer ova);

/* Identifiers of the machine and its disk. */
typedef struct
{
  char *vm;
  char *disk;
  char *image; /* the 3.x dialect has a folder around the disk */
  char *snapshot;
} HdOvirtIds;
void hd_ovirt_ids_init (HdOvirtIds *ids, const char *identity);
void hd_ovirt_ids_clear (HdOvirtIds *ids);

/* The items of processors and memory, the same in both dialects. */
void hd_ovirt_add_machine (GString *text, const HdFormatMachine *machine);

/* The description, free with g_free. Pure. */
char *hd_ova_ovirt_description (const HdFormatMachine *machine, const HdOvirtIds *ids,
                                guint64 disk_bytes, guint64 qcow2_bytes);
