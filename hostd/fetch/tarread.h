/* The entries of a tar archive, one after another, from a source.
 *
 * Takes ustar, GNU and pax archives (POSIX.1-2017 pax, "pax Interchange Format"; GNU tar's manual,
 * "Storing Sparse Files"). Global pax headers are passed over, as by the other container engines.
 * What a name means, and whether it is allowed, is for the caller.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "common/err.h"
#include "fetch/source.h"
#include "fetch/tarsparse.h"

/* Of one pax header or long name, in bytes. */
#define HD_TAR_MAX_META (1u << 20)
/* Linux takes no longer path. */
#define HD_TAR_MAX_PATH 4095
#define HD_TAR_MAX_XATTRS 128

typedef enum
{
  HD_TAR_FILE = '0',
  HD_TAR_HARDLINK = '1',
  HD_TAR_SYMLINK = '2',
  HD_TAR_CHARDEV = '3',
  HD_TAR_BLOCKDEV = '4',
  HD_TAR_FOLDER = '5',
  HD_TAR_FIFO = '6'
} hd_tar_type;

typedef struct
{
  const char *name; /* "user.mime" */
  const char *value;
  size_t size;
} hd_tar_xattr;

/* Everything belongs to the reader, until it is asked for the next entry. */
typedef struct
{
  hd_tar_type type;
  const char *path; /* as it stands there: may be absolute, or have ".." */
  const char *link; /* of both kinds of links */
  mode_t mode;      /* 12 bits */
  uint32_t uid, gid;
  int64_t mtime;
  uint32_t mtime_ns;
  uint32_t major, minor;
  uint64_t size;      /* of the file */
  uint64_t data_size; /* of what of it is in the archive */
  const hd_tar_xattr *xattrs;
  size_t n_xattrs;
  bool sparse;
  const hd_tar_segment *segments; /* where the data belong, in order, when it is sparse */
  size_t n_segments;
} hd_tar_entry;

typedef struct hd_tar_reader hd_tar_reader;

/* `source` must outlive the reader. Out of memory aborts. */
hd_tar_reader *hd_tar_reader_new (hd_source *source);
void hd_tar_reader_free (hd_tar_reader *reader);
/* 1 with the next entry, 0 at the end of the archive, -EINVAL with `err` set (HD_CORRUPT, or that
 * of the source). What was not taken of the last entry's data is passed over. */
int hd_tar_next (hd_tar_reader *reader, const hd_tar_entry **ret, hd_err *err);
/* The entry's data that come next, and how many bytes; 0 at their end. They stay valid until
 * hd_tar_data_skip. */
int hd_tar_data (hd_tar_reader *reader, const uint8_t **ret_data, size_t *ret_size, hd_err *err);
void hd_tar_data_skip (hd_tar_reader *reader, size_t size_bytes);
