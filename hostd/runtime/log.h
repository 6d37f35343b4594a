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

/* Open `file` (NULL: standard error), made with mode 0644 and appended to.  "syslog:NAME" and
 * "journald:NAME" are the machine's own log, and standard error where there is none.  `format` is
 * "text" or "json", `level` the name of the last level that is written; NULL for text and
 * "warning".  Errors: HD_USAGE for an unknown word, or that of open. */
int rt_log_open (const char *file, const char *format, const char *level, hd_err *err);
/* Is a message of this level written at all? */
bool rt_log_wants (rt_log_level level);
/* A warning is held back, as callers take the first text, or the whole log, for the reason of a
 * failure: rt_log_error drops it, rt_log_settle and rt_log_close write it.  With --log-level=debug
 * all come at once. */
void rt_log (rt_log_level level, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* End the holding: write the warnings, or drop them. */
void rt_log_settle (bool write);
/* Do messages go to a file, and not to standard error? */
bool rt_log_is_file (void);
/* An error with its hint; to the log, and to standard error as well when the log is a file. */
void rt_log_error (const hd_err *err);
void rt_log_close (void);
