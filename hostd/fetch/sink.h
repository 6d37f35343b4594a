/* An archive on its way out: hashed, compressed by gzip and hashed again, in one pass. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/err.h"
#include "fetch/source.h"

typedef struct hd_sink hd_sink;

/* Write to `fd`; `compress`: as gzip, the same bytes for the same content. Out of memory aborts. */
hd_sink *hd_sink_new (int fd, bool compress);
void hd_sink_free (hd_sink *sink);
/* 0, or -errno with `err` set (HD_NO_SPACE). */
int hd_sink_write (hd_sink *sink, const void *data, size_t size_bytes, hd_err *err);
/* Write what is left, and say what it was: input is what was written to the sink. */
int hd_sink_finish (hd_sink *sink, hd_source_result *ret, hd_err *err);
