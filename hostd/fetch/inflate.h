/* Inflating a stream: gzip by ISA-L, zstd, or nothing, known by the first bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/err.h"

typedef struct hd_inflate hd_inflate;

/* The largest number of bytes that tell the form. */
#define HD_INFLATE_MAGIC 4

/* For a stream that begins with `size_bytes` bytes (all of it, if fewer than HD_INFLATE_MAGIC).
 * Out of memory aborts. */
hd_inflate *hd_inflate_new (const uint8_t *start, size_t size_bytes);
void hd_inflate_free (hd_inflate *inflate);

typedef struct
{
  const uint8_t *in;
  size_t in_size; /* left */
  uint8_t *out;
  size_t out_size; /* room left */
} hd_inflate_io;

/* Go on: takes from `in` and writes to `out` until one of them is used up. -EINVAL with HD_CORRUPT
 * for a stream that is broken. */
int hd_inflate_step (hd_inflate *inflate, hd_inflate_io *io, hd_err *err);
/* Whether the stream may end here: all members and frames are complete. */
bool hd_inflate_is_complete (const hd_inflate *inflate);
