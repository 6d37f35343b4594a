/* Reading what the monitor keeps of a container's output (json-file). */
#pragma once

#include "engine/container.h"

typedef struct
{
  gint64 tail;     /* last lines only; -1: all */
  gint64 since_ns; /* 0: from the beginning */
  gint64 until_ns; /* 0: to the end */
  gboolean follow; /* go on until the container ends */
  gboolean timestamps;
  gboolean details;
} HdLogsOptions;

/* Print to standard output and standard error as the container did. Blocks with `follow`. Errors:
 * HD_USAGE for a log driver that cannot be read here. */
gboolean hd_logs_print (HdStore *store, const HdContainer *container, const HdLogsOptions *options,
                        GError **error);
/* RFC 3339, seconds since 1970 (with a fraction), or a duration before now ("10m", "1h30m"). */
gboolean hd_logs_parse_time (const char *text, gint64 now_ns, gint64 *ret_ns);
