/* The boot environment: the one sector that says which boot set counts.
 *
 * A GRUB environment block ("# GRUB Environment Block\n", NAME=VALUE lines, filled with '#'; see
 * grub-core/lib/envblk.c) of exactly 512 bytes, so that a disk writes it whole or not at all.
 */
#pragma once

#include <glib.h>

#define HD_BOOTENV_SIZE 512
/* How often a new deployment is tried before the fallback is started. */
#define HD_BOOTENV_TRIES 3
#define HD_BOOTENV_NOT_COUNTING (-1)

typedef struct
{
  int set;   /* 0 or 1 */
  int tries; /* 3 to 0, or HD_BOOTENV_NOT_COUNTING */
} HdBootEnv;

/* Parse a block. Names that are not ours are ignored; any length of at least the signature's is
 * accepted. Errors: HD_BOOTLOADER (no signature, no or a malformed atomic_set or atomic_tries). */
gboolean hd_bootenv_parse (const char *data, gsize length_bytes, HdBootEnv *ret, GError **error);
/* Fill exactly HD_BOOTENV_SIZE bytes. */
void hd_bootenv_format (const HdBootEnv *env, char ret[HD_BOOTENV_SIZE]);

/* Read atomic/env below `boot_fd`. Errors: HD_NOT_FOUND, HD_BOOTLOADER. */
gboolean hd_bootenv_read (int boot_fd, HdBootEnv *ret, GError **error);
/* Write it: one pwrite of the whole block into the file that is there, and fdatasync, so that its
 * place on the disk never changes. A file that is not there or has another size is made anew and
 * put in place by rename. Blocks until the block is on the disk. */
gboolean hd_bootenv_write (int boot_fd, const HdBootEnv *env, GError **error);
