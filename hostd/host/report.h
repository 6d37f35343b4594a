/* Where a change tells how far it is.
 *
 * The library prints nothing: the worker turns these calls into JSON lines, the image tool into its
 * own progress. Every member may be NULL, and so may the pointer to the whole.
 */
#pragma once

#include <glib.h>

typedef struct
{
  /* A phase begins: recover resolve pull verify stage merge commit prune. */
  void (*phase) (const char *phase, gpointer data);
  /* So far `done` of `total` (0: unknown) `unit`s, "bytes" or "objects". */
  void (*progress) (guint64 done, guint64 total, const char *unit, gpointer data);
  /* One sentence for the user, without a full stop. */
  void (*message) (const char *text, gpointer data);
  gpointer data;
} HdReport;

void hd_report_phase (const HdReport *report, const char *phase);
void hd_report_progress (const HdReport *report, guint64 done, guint64 total, const char *unit);
void hd_report_message (const HdReport *report, const char *format, ...) G_GNUC_PRINTF (2, 3);
