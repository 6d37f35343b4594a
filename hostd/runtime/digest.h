/* SHA-256 (FIPS 180-4), for the names of kept filters.  A library for it would cost more to load
 * than it takes to compute. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct
{
  uint32_t state[8];
  uint64_t length_bytes;
  uint8_t block[64];
} rt_digest;

#define RT_DIGEST_HEX_BYTES 65

void rt_digest_begin (rt_digest *digest);
void rt_digest_add (rt_digest *digest, const void *data, size_t length_bytes);
/* Add a string behind its length, so that no two rows of strings look the same; NULL differs from
 * "".  Of a list, add the count first. */
void rt_digest_add_string (rt_digest *digest, const char *text);
/* Finish and write 64 lower-case hexadecimal digits and a NUL. */
void rt_digest_end (rt_digest *digest, char hex[RT_DIGEST_HEX_BYTES]);
