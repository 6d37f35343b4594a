/* The text of a boot set: what GRUB sources as /boot/atomic/set-N.cfg. Pure. */
#pragma once

#include <glib.h>

/* One `menuentry` for each of `entries` (HdBlsEntry, boot order) with the ids atomic-0, atomic-1
 * ...: kernel, arguments, initramfs, quoted for GRUB (GRUB manual, "Quoting"). Before them
 * `atomic_kernel` is set to the kernel of the first.
 *
 * GRUB hands a word with a space in it to the kernel as "word", so a karg's own double quotes are
 * taken off; it puts a backslash before each backslash and quote, which no quoting prevents.
 * Errors: HD_BOOTLOADER (no entries; a kernel argument that GRUB cannot hand over unchanged).
 * Free with g_free. */
char *hd_bootset_format (int set, GPtrArray *entries, GError **error);

/* Whether GRUB can hand this argument to the kernel unchanged: no backslash, no single quote, no
 * control character, double quotes in pairs. */
gboolean hd_bootset_karg_is_safe (const char *karg);
