/* The host's fstab: what is mounted besides /, which the initramfs mounts.
 *
 * New file systems are named by their UUIDs, which follow from the seed; others as the file has
 * them. Pure.
 */
#pragma once

#include "kickstart/layout.h"

/* Its text; free with g_free. `layouts` are those of the volumes' disks, and `seed` that of the
 * file systems. HD_CONFIG with the place of what cannot be mounted by it yet. */
char *hd_ks_fstab_new (const GPtrArray *volumes, const GPtrArray *layouts, const char *seed,
                       GError **error);
