/* File systems and swaps in partitions, by the programs that make them.
 *
 * In a partition of a device the program works itself. In one of a file it works on a sparse file
 * beside, of which what is not a hole is then copied into its place: no loop device and no
 * privilege is needed, whatever the type.
 */
#pragma once

#include "kickstart/layout.h"

typedef struct
{
  const char *seed; /* UUIDs follow from it and from the partition's name */
  gint64 epoch;     /* the time of the file systems, seconds since 1970 */
  const char *work; /* folder for the files beside; its own is made and removed there */
} HdKsFormatOptions;

/* Whether the volume gets a file system or a swap in its partition. */
gboolean hd_ks_filesystem_wanted (const HdKsVolume *volume);

/* How fstab names the file system that is made: "UUID=...". Free with g_free. Pure. */
char *hd_ks_filesystem_source (const HdKsSlot *slot, const char *seed);

/* The words of the program that makes it, for `target`; NULL-terminated, free with g_strfreev.
 * Pure. HD_CONFIG with the place when the type is unknown or --mkfsoptions is malformed. */
char **hd_ks_filesystem_argv (const HdKsSlot *slot, const char *seed, const char *target,
                              GError **error);

/* Make it. Errors: HD_NOT_FOUND (the program; the hint names its package), HD_NO_SPACE, HD_FAILED,
 * HD_CONFIG. Blocks. */
gboolean hd_ks_filesystem_make (const HdKsDisk *disk, const HdKsSlot *slot,
                                const HdKsFormatOptions *options, GCancellable *cancellable,
                                GError **error);
