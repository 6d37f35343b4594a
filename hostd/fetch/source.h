/* A compressed archive as it comes: hashed, kept as a blob, inflated and hashed again, in one pass.
 *
 * Knows nothing of tar. The form is known by its first bytes: gzip (RFC 1952, also of several
 * members), zstd (RFC 8878), anything else is taken as it is. A thread of its own reads, hashes,
 * keeps and inflates while the caller takes the bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/err.h"

/* SHA-256 as 64 digits and a NUL. */
#define HD_SHA256_TEXT 65

typedef struct hd_source hd_source;

typedef struct
{
  int input_fd;              /* read to its end; a pipe, a socket or a file */
  int blob_fd;               /* what was read is written there; -1: nowhere */
  uint64_t max_input_bytes;  /* of the compressed form */
  uint64_t max_output_bytes; /* of the inflated one */
  unsigned max_ratio;        /* of the two, once HD_SOURCE_RATIO_FROM bytes came out; 0: any */
} hd_source_options;

/* Small archives of zeros are common and harmless. */
#define HD_SOURCE_RATIO_FROM (1ull << 30)

typedef struct
{
  char input_sha256[HD_SHA256_TEXT];
  char output_sha256[HD_SHA256_TEXT];
  uint64_t input_bytes;
  uint64_t output_bytes;
} hd_source_result;

/* NULL with `err` set when there is no memory. */
hd_source *hd_source_new (const hd_source_options *options, hd_err *err);
/* A source of bytes in memory, taken as they are and not hashed; for tests of what reads from one.
 */
hd_source *hd_source_new_memory (const void *data, size_t size_bytes);
void hd_source_free (hd_source *source);

/* The bytes that come next: *ret_data stays valid until hd_source_skip; *ret_size is 0 at the end
 * only. Blocks until there are some. Returns 0 or a negative errno with `err` set: HD_CORRUPT
 * (broken compression), HD_NO_SPACE (of the blob's file), HD_FAILED (a limit). */
int hd_source_peek (hd_source *source, const uint8_t **ret_data, size_t *ret_size, hd_err *err);
/* Take `size_bytes` of what hd_source_peek showed. */
void hd_source_skip (hd_source *source, size_t size_bytes);
/* Exactly `size_bytes` into `data`. HD_CORRUPT when the source ends before. */
int hd_source_read (hd_source *source, void *data, size_t size_bytes, hd_err *err);
/* Pass over the next `size_bytes`. */
int hd_source_pass (hd_source *source, uint64_t size_bytes, hd_err *err);
/* Take the rest, to the end, and say what it all was. */
int hd_source_finish (hd_source *source, hd_source_result *ret, hd_err *err);
