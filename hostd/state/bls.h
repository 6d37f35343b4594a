/* Boot entries as libostree writes them: /boot/loader.N/entries/ostree-V-OS.conf.
 *
 * Source of the format: the Boot Loader Specification, type 1 (UAPI group). Read only.
 */
#pragma once

#include <glib.h>

typedef struct
{
  char *title;       /* or NULL */
  int version;       /* the higher, the earlier in boot order */
  char *kernel;      /* path below /boot: "/ostree/OS-CHECKSUM/vmlinuz-RELEASE" */
  GPtrArray *initrd; /* of char *, paths below /boot, in order; may be empty */
  char **options;    /* kernel arguments */
} HdBlsEntry;

void hd_bls_entry_free (HdBlsEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdBlsEntry, hd_bls_entry_free)

/* Parse one entry; `name` is for messages. Unknown keys are ignored.
 * Errors: HD_BOOTLOADER (no kernel, no options, malformed version). */
HdBlsEntry *hd_bls_parse (const char *name, const char *text, GError **error);
/* All entries of loader.`set` below `boot_fd`, in boot order (GPtrArray of HdBlsEntry).
 * Errors: HD_NOT_FOUND (no such folder), HD_BOOTLOADER. */
GPtrArray *hd_bls_read_set (int boot_fd, int set, GError **error);
/* The set that the link /boot/loader names: 0 or 1. Errors: HD_NOT_FOUND, HD_BOOTLOADER. */
gboolean hd_bls_current_set (int boot_fd, int *ret_set, GError **error);
/* RELEASE of "…/vmlinuz-RELEASE", or NULL; belongs to the entry. */
const char *hd_bls_kernel_release (const HdBlsEntry *entry);
