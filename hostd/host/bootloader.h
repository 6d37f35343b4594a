/* The commit of a change: from "libostree has written a new generation of boot entries" to "the
 * boot loader uses it".
 *
 * What is written: /boot/atomic/set-N.cfg, then the boot environment /boot/atomic/env (see
 * docs/ARCHITECTURE.md, "The boot sets"). grub.cfg is not written here.
 */
#pragma once

#include "host/sysroot.h"

/* Make the generation that /boot/loader names the one that GRUB uses: write set-N.cfg (N is
 * libostree's bootversion) from /boot/loader.N/entries, bring both file systems to the disk, flip
 * the boot environment, and only then make the other set file a copy, so that whichever number is
 * read leads to a whole set. The default deployment is armed with three tries when its boot-state
 * is "new" and there is a fallback; tries that are already running for this very set are kept.
 * Idempotent: nothing is written when all stands already, so it is also the recovery. Creates
 * /boot/atomic and the environment when they are not there (a new disk).
 * Errors: HD_BOOTLOADER (an entry is malformed, or its kernel is not in /boot), HD_NO_SPACE.
 * Blocks for the time of the syncs. */
gboolean hd_bootloader_commit (HdSysroot *sysroot, GError **error);

/* Write `deployments` (OstreeDeployment, boot order) as libostree's other generation, deleting
 * nothing, and commit it as above. Every deployment's karg atomic.deployment= is set here. */
gboolean hd_bootloader_write (HdSysroot *sysroot, GPtrArray *deployments, GCancellable *cancellable,
                              GError **error);

/* End the counting of tries of the active set: one sector is written. */
gboolean hd_bootloader_stop_counting (HdSysroot *sysroot, GError **error);
