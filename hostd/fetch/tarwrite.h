/* Writing the entries of a tar archive: ustar, and pax records for what does not fit into it. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "common/err.h"
#include "fetch/sink.h"

/* Texts are the caller's. */
typedef struct
{
  const char *path; /* a folder's ends with a slash */
  const char *link; /* or NULL */
  char type;        /* as in tarhead.h */
  uint32_t mode;
  uint64_t uid, gid, size;
  int64_t mtime;
  uint32_t major, minor;
  char *records; /* pax records that were added; hd_tar_writer_clear */
  size_t records_size;
} hd_tar_writer;

void hd_tar_add_xattr (hd_tar_writer *head, const char *name, const void *value, size_t size);
void hd_tar_writer_clear (hd_tar_writer *head);
/* Write the headers. The content and hd_tar_write_padding follow. 0 or -errno with `err` set. */
int hd_tar_write_head (hd_tar_writer *head, hd_sink *sink, hd_err *err);
int hd_tar_write_padding (uint64_t size, hd_sink *sink, hd_err *err);
/* The end of the archive: two blocks of zeros. */
int hd_tar_write_end (hd_sink *sink, hd_err *err);
