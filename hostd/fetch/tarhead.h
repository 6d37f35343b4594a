/* One header block of a tar archive: 512 bytes to values and back. Pure.
 *
 * Format: POSIX.1-2017 pax, "ustar Interchange Format", with GNU tar's numbers in base 256 and its
 * types (gnu.org/software/tar/manual, "Basic Tar Format").
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/err.h"

#define HD_TAR_BLOCK 512

typedef struct
{
  char type;      /* '0' '1' ... 'x' 'L' 'S'; an old '\0' is '0' */
  char name[257]; /* prefix "/" name; empty allowed */
  char link[101];
  uint32_t mode; /* the low 12 bits */
  uint64_t uid, gid;
  uint64_t size;
  int64_t mtime;
  uint32_t major, minor;
  bool gnu; /* magic of GNU tar: no prefix */
} hd_tar_head;

/* 0; 1 for a block of zeros; a negative errno with `err` set (HD_CORRUPT) for a wrong checksum or a
 * number that is none. */
int hd_tar_head_parse (const uint8_t block[HD_TAR_BLOCK], hd_tar_head *ret, hd_err *err);
/* Write a ustar header. False when a value does not fit, and a pax record has to say it: then the
 * field holds as much of it as it can. */
bool hd_tar_head_write (const hd_tar_head *head, uint8_t block[HD_TAR_BLOCK]);

/* A number field of `size` bytes: octal digits between spaces, or base 256. Negative numbers are
 * taken where `ret` can hold them. 0 or -EINVAL. */
int hd_tar_number (const uint8_t *field, size_t size, int64_t *ret);
