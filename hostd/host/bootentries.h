/* libostree's record of the deployments: a generation of boot entries, and the links that they go
 * through.
 *
 * There are two generations, 0 and 1 ("bootversion"); /boot/loader names the one that counts. What
 * is written is what ostree_sysroot_write_deployments() writes, so that libostree reads it; that
 * function is not used because it reads kernel and initramfs of every deployment to the end to
 * compute a checksum that is known, and synchronises in its own order, all of it at shutdown.
 * Source of the format: libostree's ostree-sysroot-deploy.c (install_deployment_kernel,
 * create_new_bootlinks), and the Boot Loader Specification, type 1 (UAPI group).
 */
#pragma once

#include "host/sysroot.h"

/* The generation that /boot/loader does not name; 1 on a new disk.
 * Errors: HD_BOOTLOADER (the link is none of libostree's). */
gboolean hd_bootentries_other_set (HdSysroot *sysroot, int *ret_set, GError **error);

/* Write `deployments` (OstreeDeployment, boot order) as generation `set`, which must not be the
 * one in use: /boot/loader.N/entries and /ostree/boot.N. Gives each deployment its index and boot
 * serial, and its entry title, version, kernel, initramfs, and the arguments ostree= and
 * atomic.deployment=. A kernel that is not in /boot yet is copied there. Nothing is synchronised.
 * Errors: HD_NO_SPACE, HD_NOT_FOUND (no kernel in the tree), HD_FAILED. */
gboolean hd_bootentries_write (HdSysroot *sysroot, int set, GPtrArray *deployments,
                               GCancellable *cancellable, GError **error);

/* Make /boot/loader name generation `set`, whose entries must be on the disk. Blocks until the
 * link is. Errors: HD_NO_SPACE, HD_FAILED. */
gboolean hd_bootentries_switch (HdSysroot *sysroot, int set, GError **error);
