/* Log lines for services: to the journal with fields where standard error is the journal, as plain
 * lines with a <N> prefix or none elsewhere. */
#pragma once

#include <glib.h>
#include <syslog.h>

/* `priority` as in syslog(3). Never fails, never blocks for long. */
void hd_log (int priority, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The same with an error: its message, and HD_ERROR_CODE= and HD_HINT= as fields. */
void hd_log_error (int priority, const GError *error);
