/* The commit of a change: from a list of deployments to "the boot loader starts the first of them".
 *
 * What is written: a generation of boot entries (bootentries.h), /boot/atomic/set-N.cfg, then the
 * boot environment /boot/atomic/env (see docs/ARCHITECTURE.md, "The boot sets"). grub.cfg is not
 * written here.
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

/* Write `deployments` (OstreeDeployment, boot order; each of them is a whole tree in its place) as
 * the generation that is not in use, deleting nothing, make /boot/loader name it, and commit it as
 * above: everything is brought to the disk once, before the link changes. The sysroot is loaded
 * again. Errors: those above, HD_NOT_FOUND (no kernel in a tree); the old deployments stand. */
gboolean hd_bootloader_write (HdSysroot *sysroot, GPtrArray *deployments, GCancellable *cancellable,
                              GError **error);

/* End the counting of tries of the active set: one sector is written. */
gboolean hd_bootloader_stop_counting (HdSysroot *sysroot, GError **error);
