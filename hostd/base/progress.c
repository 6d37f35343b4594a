/* Progress for a person at a terminal, or for a log.
 *
 * Counts come in, lines of standard error go out.  On a terminal the last line is redrawn in place;
 * elsewhere a line is written for each phase and each tenth of its work, so that a log stays short.
 * Knows neither jobs nor D-Bus. */
#include "base/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/output.h"

#define REDRAW_US (G_USEC_PER_SEC / 10)
#define BAR_COLUMNS 24

struct _HdProgress
{
  gboolean quiet;
  gboolean bar;   /* a line is redrawn in place */
  gboolean drawn; /* that line stands on the terminal now */
  char *title;    /* of the phase; NULL before the first */
  char *unit;
  guint64 done;
  guint64 total;
  guint64 first_done; /* when counting began: what was there before is no download */
  gint64 first_us;    /* 0: nothing was counted in this phase */
  gint64 phase_us;
  gint64 drawn_us;
  guint tenths; /* that were told by lines */
};

HdProgress *
hd_progress_new (gboolean quiet)
{
  HdProgress *progress = g_new0 (HdProgress, 1);
  const char *terminal = g_getenv ("TERM");

  progress->quiet = quiet;
  progress->bar = !quiet && isatty (STDERR_FILENO) && g_strcmp0 (terminal, "dumb") != 0;
  return progress;
}

/* "12.3 MB of 45.6 MB", "12 of 45 objects"; free with g_free. */
static char *
format_count (const HdProgress *progress)
{
  g_autofree char *done = NULL;
  g_autofree char *total = NULL;

  if (strcmp (progress->unit, "bytes") == 0)
    {
      done = hd_format_size (progress->done);
      total = hd_format_size (progress->total);
      return progress->total > 0 ? g_strdup_printf ("%s of %s", done, total)
                                 : g_steal_pointer (&done);
    }
  if (progress->total > 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " %s", progress->done,
                            progress->total, progress->unit);
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %s", progress->done, progress->unit);
}

/* Hundredths of the total that are done, 0 to 100. */
static guint
percent_done (const HdProgress *progress)
{
  if (progress->total == 0)
    return 0;
  return (guint)((double)MIN (progress->done, progress->total) * 100 / (double)progress->total);
}

/* "  3.2 MB/s  0:42 left" from the mean rate of this phase, "" while it says nothing. */
static char *
format_rate (const HdProgress *progress, gint64 now_us)
{
  double seconds = (double)(now_us - progress->first_us) / G_USEC_PER_SEC;
  guint64 counted = progress->done - MIN (progress->first_done, progress->done);
  g_autofree char *rate_text = NULL;
  double rate, left;

  if (seconds < 0.5 || counted == 0 || strcmp (progress->unit, "bytes") != 0)
    return g_strdup ("");
  rate = (double)counted / seconds;
  rate_text = hd_format_size ((guint64)rate);
  if (progress->total <= progress->done)
    return g_strdup_printf ("  %s/s", rate_text);
  left = (double)(progress->total - progress->done) / rate;
  if (left >= 360000)
    return g_strdup_printf ("  %s/s", rate_text);
  return g_strdup_printf ("  %s/s  %d:%02d left", rate_text, (int)left / 60, (int)left % 60);
}

/* The line as it should stand now, without escapes. */
static char *
format_line (const HdProgress *progress, gint64 now_us)
{
  g_autoptr (GString) line = g_string_new (progress->title);
  g_autofree char *count = NULL;
  g_autofree char *rate = NULL;
  guint percent = percent_done (progress);

  if (progress->first_us == 0)
    return g_strconcat (progress->title, " ...", NULL);
  if (progress->total > 0)
    {
      g_string_append (line, "  [");
      for (guint i = 0; i < BAR_COLUMNS; i++)
        g_string_append_c (line, i * 100 < percent * BAR_COLUMNS ? '#' : '.');
      g_string_append_printf (line, "] %3u%%", percent);
    }
  count = format_count (progress);
  rate = format_rate (progress, now_us);
  g_string_append_printf (line, "  %s%s", count, rate);
  return g_strdup (line->str);
}

static guint
terminal_columns (void)
{
  struct winsize size;

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
    return 80;
  return size.ws_col;
}

static void
draw (HdProgress *progress)
{
  gint64 now_us = g_get_monotonic_time ();
  g_autofree char *line = format_line (progress, now_us);
  glong columns = (glong)terminal_columns () - 1;

  /* A line that wraps could not be redrawn: cut it. */
  if (g_utf8_strlen (line, -1) > columns)
    *g_utf8_offset_to_pointer (line, columns) = '\0';
  fprintf (stderr, "\r%s\033[K", line);
  fflush (stderr);
  progress->drawn = TRUE;
  progress->drawn_us = now_us;
}

static void
erase (HdProgress *progress)
{
  if (progress->drawn)
    fputs ("\r\033[K", stderr);
  progress->drawn = FALSE;
}

/* Say how the phase ended. */
static void
end_phase (HdProgress *progress)
{
  g_autofree char *count = NULL;
  double seconds;

  if (progress->title == NULL || progress->quiet)
    return;
  if (progress->first_us != 0)
    count = format_count (progress);
  if (progress->bar)
    {
      draw (progress);
      fputc ('\n', stderr);
      progress->drawn = FALSE;
      return;
    }
  seconds = (double)(g_get_monotonic_time () - progress->phase_us) / G_USEC_PER_SEC;
  fprintf (stderr, "%s: done in %.1f s%s%s\n", progress->title, seconds, count != NULL ? ", " : "",
           count != NULL ? count : "");
}

void
hd_progress_free (HdProgress *progress)
{
  end_phase (progress);
  g_free (progress->title);
  g_free (progress->unit);
  g_free (progress);
}

void
hd_progress_phase (HdProgress *progress, const char *title)
{
  if (g_strcmp0 (progress->title, title) == 0)
    return;
  end_phase (progress);
  g_free (progress->title);
  progress->title = hd_printable (title);
  progress->done = progress->total = 0;
  progress->first_us = 0;
  progress->tenths = 0;
  progress->phase_us = g_get_monotonic_time ();
  if (progress->bar)
    draw (progress);
  else if (!progress->quiet)
    fprintf (stderr, "%s ...\n", progress->title);
}

/* Lines: one for each tenth that was passed. */
static void
tell_tenths (HdProgress *progress)
{
  guint tenths = percent_done (progress) / 10;
  g_autofree char *count = NULL;

  if (tenths <= progress->tenths)
    return;
  progress->tenths = tenths;
  count = format_count (progress);
  fprintf (stderr, "%s: %u%% (%s)\n", progress->title, tenths * 10, count);
}

void
hd_progress_update (HdProgress *progress, guint64 done, guint64 total, const char *unit)
{
  gint64 now_us = g_get_monotonic_time ();

  g_return_if_fail (progress->title != NULL);
  if (progress->first_us == 0 || g_strcmp0 (progress->unit, unit) != 0)
    {
      g_free (progress->unit);
      progress->unit = hd_printable (unit);
      progress->first_us = now_us;
      progress->first_done = done;
    }
  progress->done = done;
  progress->total = total;
  if (progress->quiet)
    return;
  if (!progress->bar)
    tell_tenths (progress);
  else if (now_us - progress->drawn_us >= REDRAW_US)
    draw (progress);
}

void
hd_progress_message (HdProgress *progress, const char *text)
{
  g_autofree char *clean = NULL;

  if (progress->quiet)
    return;
  clean = hd_printable (text);
  erase (progress);
  fprintf (stderr, "%s\n", clean);
  if (progress->bar && progress->title != NULL)
    draw (progress);
}
