/* Calls of a report that may have holes. */
#include "host/report.h"

void
hd_report_phase (const HdReport *report, const char *phase)
{
  if (report != NULL && report->phase != NULL)
    report->phase (phase, report->data);
}

void
hd_report_progress (const HdReport *report, guint64 done, guint64 total, const char *unit)
{
  if (report != NULL && report->progress != NULL)
    report->progress (done, total, unit, report->data);
}

void
hd_report_message (const HdReport *report, const char *format, ...)
{
  if (report == NULL || report->message == NULL)
    return;
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  report->message (text, report->data);
}
