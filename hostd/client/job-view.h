/* A job as seen over D-Bus: a copy of the properties of org.atomichost.Host1.Job.
 *
 * Reading them from a message does no I/O; the calls that list and cancel jobs do, each with a time
 * limit and without starting hostd.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

typedef struct
{
  char *path;
  guint id;
  char *verb;
  char *state; /* "queued" "running" "done" "failed" "cancelled" */
  char *phase;
  char *message;
  guint64 done;
  guint64 total;
  char *unit;
  guint percent;
  guint64 rate;
  char *code;
  char *result; /* JSON; "" until the job has ended */
} HdJobView;

HdJobView *hd_job_view_new (const char *path);
void hd_job_view_free (HdJobView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdJobView, hd_job_view_free)

/* Read an a{sv} of properties (all or some) on top of what is known. Unknown ones are skipped.
 * Returns 0 or a negative errno. */
int hd_job_view_read (HdJobView *view, sd_bus_message *message);
/* TRUE while the job is queued or running. */
gboolean hd_job_view_is_live (const HdJobView *view);

/* The jobs that hostd knows, oldest first, of HdJobView. An empty array when hostd does not run.
 * NULL and HD_NO_BUS, or an error of hostd. Blocks for `timeout_ms` at most for each call. */
GPtrArray *hd_job_view_list (sd_bus *bus, guint64 timeout_ms, GError **error);
/* Ask hostd to cancel the job at `path`; polkit may ask the user. Errors: HD_DENIED, HD_NOT_FOUND
 * (no such job, or it has ended). */
gboolean hd_job_view_cancel (sd_bus *bus, const char *path, GError **error);
