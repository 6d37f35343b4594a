/* Messages to people and callers: standard error, or the file of --log, as text or JSON lines.
 *
 * Only verbs and main print; what is below them fills an hd_err.
 */
#pragma once

#include <stdbool.h>

#include "common/err.h"

typedef enum
{
  RT_LOG_ERROR,
  RT_LOG_WARNING,
  RT_LOG_INFO,
  RT_LOG_DEBUG
} rt_log_level;

/* Open `file` (NULL: standard error), made with mode 0644 and appended to.  "syslog:..." and
 * "journald:..." of crun are not files and go to standard error. */
int rt_log_open (const char *file, bool json, bool debug, hd_err *err);
void rt_log (rt_log_level level, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* An error with its hint; to the log, and to standard error as well when the log is a file. */
void rt_log_error (const hd_err *err);
void rt_log_close (void);
