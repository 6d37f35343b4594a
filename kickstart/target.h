/* The disks that a command line names: "PATH" or "NAME=PATH". */
#pragma once

#include "kickstart/disk.h"

/* Read each of the disks, an array of HdKsDisk; free with g_ptr_array_unref. NAME is what a
 * kickstart calls it; a device without one has its own, and a file without one answers to every
 * name, so that it has to be the only disk. Errors: HD_USAGE, and those of hd_ks_disk_read. Blocks.
 */
GPtrArray *hd_ks_target_read (const char *const *words, GError **error);
