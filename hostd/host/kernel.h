/* The kernel of a tree, and its place in /boot. */
#pragma once

#include <gio/gio.h>

/* Release of the kernel in the tree, from usr/lib/modules/RELEASE/vmlinuz; NULL when there is none.
 * Free with g_free. */
char *hd_kernel_release (int tree_fd);
/* Copy (or link, on one file system) kernel and initramfs of the tree to
 * /boot/ostree/STATEROOT-BOOTCSUM, where libostree looks for them before it copies them itself.
 * Each file is there whole or not at all. Room is checked first.
 * Errors: HD_NO_SPACE, HD_NOT_FOUND (no kernel in the tree). Blocks until it is on the disk. */
gboolean hd_kernel_install (int tree_fd, int boot_fd, const char *stateroot,
                            const char *boot_checksum, GError **error);
