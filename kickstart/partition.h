/* Partitions on a disk, as a layout says. */
#pragma once

#include "kickstart/layout.h"

/* Change the partition table of one disk: remove, make a new table, add. The table is written in
 * one go at the end, and synchronised; signatures of old file systems at the begin of new
 * partitions are wiped. Works on a file without privileges. Errors: HD_DENIED, HD_BUSY (a partition
 * is mounted), HD_NO_SPACE, HD_FAILED. Blocks. */
gboolean hd_ks_partition_write (const HdKsDiskLayout *layout, GError **error);
