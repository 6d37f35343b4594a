/* Progress on a terminal (a bar with bytes, rate and remaining time) or as lines elsewhere.
 *
 * Knows nothing of jobs or D-Bus: it is fed with phases and counts. Writes to standard error. */
#pragma once

#include <glib.h>

typedef struct _HdProgress HdProgress;

/* `quiet` prints nothing. A bar is drawn when standard error is a terminal and TERM is not dumb. */
HdProgress *hd_progress_new (gboolean quiet);
/* Ends the current line. */
void hd_progress_free (HdProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdProgress, hd_progress_free)

/* A new phase begins: "Downloading"; the last one's time is printed where lines are printed. */
void hd_progress_phase (HdProgress *progress, const char *title);
/* Bytes (or, with unit "objects", counts) done so far; total 0: unknown. Redraws ten times a second
 * at most; lines are written at each tenth of the total. */
void hd_progress_update (HdProgress *progress, guint64 done, guint64 total, const char *unit);
/* A line of text above the bar. */
void hd_progress_message (HdProgress *progress, const char *text);
