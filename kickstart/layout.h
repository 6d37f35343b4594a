/* Where the partitions of a kickstart stand on the disks of a machine.
 *
 * Pure: disks are values (disk.h), nothing is written. What is not promised by zerombr or clearpart
 * stays: a disk with something on it that nobody understands is an error before anything changes.
 */
#pragma once

#include <stdio.h>

#include "kickstart/disk.h"
#include "kickstart/storage.h"

typedef struct
{
  guint number; /* from 1 */
  guint64 start_bytes, size_bytes;
  const char *type; /* GUID; static */
  char *name;
  char *uuid;
  const HdKsVolume *volume;
} HdKsSlot;

typedef struct
{
  const HdKsDisk *disk;
  gboolean new_table;
  char *id;         /* of a new table */
  GArray *removed;  /* of guint: numbers of partitions */
  GPtrArray *slots; /* of HdKsSlot: partitions that are made, by their numbers */
} HdKsDiskLayout;

typedef struct
{
  const char *seed;      /* identifiers follow from it */
  guint64 memory_mib;    /* of the machine, for the size of swap */
  const char *root_type; /* GUID of a root partition; NULL: that of x86-64 */
} HdKsLayoutOptions;

/* The layouts of the disks that change, an array of HdKsDiskLayout; free with g_ptr_array_unref.
 * The disks and the volumes have to live as long. Errors, each with the place of the line:
 * HD_NOT_FOUND (a disk or a partition that is named), HD_NO_SPACE (too small), HD_CONFIG (what is
 * on a disk is not to be removed). */
GPtrArray *hd_ks_layout_new (const HdKickstart *kickstart, const GPtrArray *volumes,
                             const GPtrArray *disks, const HdKsLayoutOptions *options,
                             GError **error);

/* Print it: a line a disk, a line a partition. */
void hd_ks_layout_print (const GPtrArray *layouts, FILE *out);

/* Size of a swap by the memory, as RHEL's documentation has it: twice the memory below 2 GiB, the
 * memory up to 8 GiB, half of it up to 64 GiB, then 4 GiB; for hibernation one memory more up to
 * 64 GiB. Without hibernation a tenth of the disks at most. */
gint64 hd_ks_swap_mib (guint64 memory_mib, gboolean hibernation, guint64 disks_mib);
