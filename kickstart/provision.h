/* Making what a kickstart asks of disks: partitions first, then the file systems in them.
 *
 * Everything is refused before anything is written. Logical volumes, arrays, btrfs volumes and
 * encryption need devices of the kernel, and are not made here.
 */
#pragma once

#include "kickstart/filesystem.h"

/* Whether all of it can be made: HD_CONFIG with the place of the first line that is not read yet,
 * or, with `file_systems`, of one that wants more than a file system in a new partition. */
gboolean hd_ks_provision_check (const HdKickstart *kickstart, const GPtrArray *volumes,
                                gboolean file_systems, GError **error);

/* Write the partition tables, and, unless `options` is NULL, make the file systems. Errors: those
 * of partition.h and filesystem.h. Blocks. */
gboolean hd_ks_provision (const GPtrArray *layouts, const HdKsFormatOptions *options,
                          GCancellable *cancellable, GError **error);
