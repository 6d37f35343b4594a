/* A job's state machine. */
#include "daemon/job.h"

#define RATE_WINDOW_US G_USEC_PER_SEC

HdJob *
hd_job_new (guint id, HdRequest *request, uid_t owner)
{
  HdJob *job = g_new0 (HdJob, 1);
  job->id = id;
  job->request = request;
  job->owner = owner;
  job->phase = g_strdup ("");
  job->message = g_strdup ("");
  job->unit = g_strdup ("");
  return job;
}

void
hd_job_free (HdJob *job)
{
  if (job == NULL)
    return;
  hd_runner_free (job->runner);
  sd_event_source_disable_unref (job->expiry);
  hd_request_free (job->request);
  hd_result_free (job->result);
  g_free (job->phase);
  g_free (job->message);
  g_free (job->unit);
  g_free (job);
}

const char *
hd_job_state_name (HdJobState state)
{
  static const char *const names[] = {
    [HD_JOB_QUEUED] = "queued", [HD_JOB_RUNNING] = "running",     [HD_JOB_DONE] = "done",
    [HD_JOB_FAILED] = "failed", [HD_JOB_CANCELLED] = "cancelled",
  };
  return names[state];
}

gboolean
hd_job_is_over (const HdJob *job)
{
  return job->state > HD_JOB_RUNNING;
}

guint
hd_job_percent (const HdJob *job)
{
  if (job->state == HD_JOB_DONE)
    return 100;
  if (job->total == 0)
    return 0;
  return (guint)((double)MIN (job->done, job->total) * 100 / (double)job->total);
}

static void
replace (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
reset_counts (HdJob *job)
{
  job->done = job->total = job->rate = 0;
  job->rate_since_us = 0;
  replace (&job->unit, "");
}

/* The mean of the last rate and that of the last second or more. */
static void
measure_rate (HdJob *job, guint64 now_us)
{
  if (job->rate_since_us == 0 || job->done < job->rate_done)
    job->rate = 0;
  else if (now_us - job->rate_since_us < RATE_WINDOW_US)
    return;
  else
    {
      double seconds = (double)(now_us - job->rate_since_us) / G_USEC_PER_SEC;
      guint64 rate = (guint64)((double)(job->done - job->rate_done) / seconds);
      job->rate = job->rate == 0 ? rate : (job->rate + rate) / 2;
    }
  job->rate_since_us = now_us;
  job->rate_done = job->done;
}

guint
hd_job_apply (HdJob *job, const HdEvent *event, guint64 now_us)
{
  switch (event->type)
    {
    case HD_EVENT_PHASE:
      replace (&job->phase, event->text);
      reset_counts (job);
      return HD_JOB_CHANGED_PHASE | HD_JOB_CHANGED_COUNTS;
    case HD_EVENT_MESSAGE:
      replace (&job->message, event->text);
      return HD_JOB_CHANGED_MESSAGE;
    case HD_EVENT_PROGRESS:
      job->done = event->done;
      job->total = event->total;
      replace (&job->unit, event->unit);
      measure_rate (job, now_us);
      return HD_JOB_CHANGED_COUNTS;
    default:
      return 0;
    }
}

guint
hd_job_end (HdJob *job, HdResult *result)
{
  job->result = result;
  if (result->code == HD_OK || result->code == HD_NOTHING)
    job->state = HD_JOB_DONE;
  else
    job->state = result->code == HD_CANCELLED ? HD_JOB_CANCELLED : HD_JOB_FAILED;
  return HD_JOB_CHANGED_STATE | HD_JOB_CHANGED_COUNTS | HD_JOB_CHANGED_RESULT;
}
