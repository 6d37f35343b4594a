/* status, history, kargs without changes: from files. cancel: a word to hostd. */
#include "cli/read.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/activity.h"
#include "cli/render-status.h"
#include "client/bus.h"
#include "common/cleanup.h"
#include "common/parse.h"
#include "state/history.h"
#include "state/status.h"

#define HISTORY_LINES 20
#define COMMIT_SHOWN 10
/* To hostd, which answers from memory. */
#define JOBS_TIMEOUT_MS 5000

const char *
hd_cli_sysroot (const HdInvocation *invocation)
{
  const char *path = hd_inv_string (invocation, "sysroot");
  return path != NULL ? path : "/";
}

void
hd_cli_print_json (const hd_json *value)
{
  hd_autofree char *text = hd_json_to_text (value, true);
  puts (text);
}

int
hd_cli_status (const HdInvocation *invocation)
{
  const char *sysroot = hd_cli_sysroot (invocation);
  const HdRenderStatus how = { .booted_only = hd_inv_flag (invocation, "booted"),
                               .verbose = hd_inv_flag (invocation, "verbose"),
                               .now = time (NULL) };
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStatus) status = hd_status_read (sysroot, &error);
  if (status == NULL)
    return hd_error_report (error);

  g_autoptr (GPtrArray) jobs = g_str_equal (sysroot, "/") ? hd_activity_read () : NULL;
  if (hd_inv_flag (invocation, "json"))
    {
      hd_autojson object = hd_status_to_json (status);
      hd_json_set (object, "jobs", hd_activity_to_json (jobs));
      hd_cli_print_json (object);
      return 0;
    }
  g_autofree char *activity = hd_activity_to_text (jobs);
  hd_render_status (stdout, status, activity, &how);
  return 0;
}

/* One entry of the history as a row. */
static void
add_entry (HdTable *table, const hd_json *entry)
{
  g_autofree char *commit = g_strndup (hd_json_get_string (entry, "commit", ""), COMMIT_SHOWN);
  const char *cells[]
      = { hd_json_get_string (entry, "time", ""),    hd_json_get_string (entry, "event", ""),
          hd_json_get_string (entry, "version", ""), commit,
          hd_json_get_string (entry, "detail", ""),  NULL };
  hd_table_row (table, cells);
}

int
hd_cli_history (const HdInvocation *invocation)
{
  static const char *const header[] = { "TIME", "EVENT", "VERSION", "COMMIT", "DETAIL", NULL };
  gint64 lines = hd_inv_int (invocation, "lines", HISTORY_LINES);
  g_autoptr (GError) error = NULL;
  hd_autojson history = hd_history_load (hd_cli_sysroot (invocation), &error);
  if (lines < 0)
    return hd_inv_usage_error (invocation, "--lines=%" G_GINT64_FORMAT " is less than 0", lines);
  if (history == NULL)
    return hd_error_report (error);
  if (hd_inv_flag (invocation, "json"))
    {
      hd_cli_print_json (history);
      return 0;
    }
  g_autoptr (HdTable) table = hd_table_new (header);
  size_t n = hd_json_length (history);
  size_t shown = lines == 0 ? n : MIN (n, (size_t)lines);
  for (size_t i = n; i > n - shown; i--)
    add_entry (table, hd_json_at (history, i - 1));
  if (n == 0)
    puts ("nothing was changed yet");
  else
    hd_table_print (table, stdout);
  return 0;
}

int
hd_cli_show_kargs (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStatus) status = hd_status_read (hd_cli_sysroot (invocation), &error);
  if (status == NULL)
    return hd_error_report (error);
  const HdDeployment *next = hd_status_next (status);
  char *none[] = { NULL };
  char **kargs = next != NULL && next->kargs != NULL ? next->kargs : none;

  if (hd_inv_flag (invocation, "json"))
    {
      hd_autojson array = hd_json_new_array ();
      for (char **karg = kargs; *karg != NULL; karg++)
        hd_json_append (array, hd_json_new_string (*karg));
      hd_cli_print_json (array);
      return 0;
    }
  g_autofree char *line = g_strjoinv (" ", kargs);
  g_autofree char *clean = hd_printable (line);
  puts (clean);
  return 0;
}

/* Whether `cancel` means this job: the one that is named, or what runs, or all that is live. */
static gboolean
is_meant (const HdInvocation *invocation, const HdJobView *job)
{
  if (!hd_job_view_is_live (job))
    return FALSE;
  if (hd_inv_n_args (invocation) > 0)
    {
      g_autofree char *id = g_strdup_printf ("%u", job->id);
      return g_str_equal (hd_inv_args (invocation)[0], id);
    }
  return hd_inv_flag (invocation, "all") || g_str_equal (job->state, "running");
}

int
hd_cli_cancel (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (sd_bus) bus = hd_bus_open (&error);
  g_autoptr (GPtrArray) jobs = bus != NULL ? hd_job_view_list (bus, JOBS_TIMEOUT_MS, &error) : NULL;
  guint cancelled = 0;
  if (jobs == NULL)
    return hd_error_report (error);

  /* The newest first, so that no waiting job begins in between. */
  for (guint i = jobs->len; i > 0; i--)
    {
      const HdJobView *job = g_ptr_array_index (jobs, i - 1);
      if (!is_meant (invocation, job))
        continue;
      if (!hd_job_view_cancel (bus, job->path, &error))
        return hd_error_report (error);
      printf ("cancelling job %u (%s)\n", job->id, job->verb);
      cancelled++;
    }
  if (cancelled > 0)
    return 0;
  puts (hd_inv_n_args (invocation) > 0 ? "there is no such job" : "no change is under way");
  return hd_code_exit_status (HD_NOTHING);
}
