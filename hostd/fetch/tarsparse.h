/* The map of a sparse file in a tar archive, in each of the forms that GNU tar has made (its
 * manual, "Storing Sparse Files"): 0.0 and 0.1 in pax records, 1.0 before the data, the oldest in
 * header blocks of its own. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/err.h"
#include "fetch/source.h"

#define HD_TAR_MAX_SEGMENTS (1u << 18)

typedef struct
{
  uint64_t offset, size; /* of the file's content */
} hd_tar_segment;

typedef enum
{
  HD_TAR_SPARSE_NONE,
  HD_TAR_SPARSE_IN_HEADERS,
  HD_TAR_SPARSE_IN_DATA
} hd_tar_sparse_form;

typedef struct
{
  hd_tar_sparse_form form;
  uint64_t size; /* of the file */
  hd_tar_segment *segments;
  size_t n_segments, room;
  uint64_t pending_offset; /* of form 0.0, whose records come in pairs */
} hd_tar_sparse;

void hd_tar_sparse_clear (hd_tar_sparse *sparse);
/* A pax record GNU.sparse.KEY. All return 0, or -EINVAL with `err` set (HD_CORRUPT). */
int hd_tar_sparse_record (hd_tar_sparse *sparse, const char *key, const char *value, hd_err *err);
/* The map of GNU's own form: in the header `block`, and in the blocks behind it. */
int hd_tar_sparse_read_gnu (hd_tar_sparse *sparse, hd_source *source, const uint8_t *block,
                            hd_err *err);
/* The map of form 1.0, whole blocks of at most `limit` bytes; *ret_taken is how many. */
int hd_tar_sparse_read_data (hd_tar_sparse *sparse, hd_source *source, uint64_t limit,
                             uint64_t *ret_taken, hd_err *err);
/* The segments are in order, inside of the file, and as large as the data. */
int hd_tar_sparse_check (const hd_tar_sparse *sparse, uint64_t data_size, hd_err *err);
