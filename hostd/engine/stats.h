/* `stats`: what a container uses. */
#pragma once

#include "engine/container.h"

typedef struct
{
  gint64 time_ns;       /* of the reading, monotonic */
  guint64 cpu_ns;       /* used since its start */
  guint64 memory_bytes; /* without the page cache that can be given back at once */
  guint64 memory_limit_bytes;
  guint64 net_in_bytes;
  guint64 net_out_bytes;
  guint64 block_read_bytes;
  guint64 block_written_bytes;
  guint64 processes;
} HdStats;

/* Read what it has used so far. HD_FAILED when it does not run. */
gboolean hd_stats_read (HdStore *store, const HdContainer *container, HdStats *ret, GError **error);
/* A row of Docker's columns from two readings; free with hd_json_free. */
hd_json *hd_stats_row (const HdContainer *container, const HdStats *before, const HdStats *now,
                       gboolean truncate);
/* "1.5kB", powers of 1000, or "1.5KiB", of 1024, with four digits as Docker has them. */
char *hd_stats_size (guint64 bytes, gboolean binary);
