/* The queue. A deferred source starts the next job, so that callers are answered first. */
#include "daemon/queue.h"

#include <time.h>

#include "base/error.h"
#include "base/log.h"

struct _HdQueue
{
  sd_event *event;
  const HdQueueConfig *config;
  const HdQueueObserver *observer;
  gpointer data;
  GPtrArray *jobs;
  HdJob *running; /* or NULL */
  guint last_id;
  sd_event_source *starter; /* enabled when a job may be started */
  sd_event_source *teller;  /* enabled when counts wait to be told */
};

/* A job with its queue, for callbacks of one job's timer. */
typedef struct
{
  HdQueue *queue;
  HdJob *job;
} Expiry;

static guint64
now_us (HdQueue *queue)
{
  uint64_t now = 0;
  sd_event_now (queue->event, CLOCK_MONOTONIC, &now);
  return now;
}

static void
tell (HdQueue *queue, HdJob *job)
{
  guint changes = job->untold;
  job->untold = 0;
  if (changes != 0)
    queue->observer->changed (job, changes, queue->data);
}

static int
handle_tell (sd_event_source *source, uint64_t usec, void *data)
{
  HdQueue *queue = data;
  if (queue->running != NULL)
    tell (queue, queue->running);
  return 0;
}

/* Counts alone wait for the teller; anything else takes them along. */
static void
note_changes (HdQueue *queue, HdJob *job, guint changes)
{
  int enabled = SD_EVENT_OFF;
  job->untold |= changes;
  if (changes & ~HD_JOB_CHANGED_COUNTS)
    {
      tell (queue, job);
      return;
    }
  sd_event_source_get_enabled (queue->teller, &enabled);
  if (enabled == SD_EVENT_OFF)
    {
      sd_event_source_set_time_relative (queue->teller, queue->config->tell_ms * 1000);
      sd_event_source_set_enabled (queue->teller, SD_EVENT_ONESHOT);
    }
}

static int
handle_expiry (sd_event_source *source, uint64_t usec, void *data)
{
  Expiry *expiry = data;
  HdQueue *queue = expiry->queue;
  HdJob *job = expiry->job;

  queue->observer->removed (job, queue->data);
  g_ptr_array_remove (queue->jobs, job);
  return 0;
}

/* Keep an ended job for those who look a little late. */
static void
start_expiry (HdQueue *queue, HdJob *job)
{
  Expiry *expiry = g_new (Expiry, 1);
  *expiry = (Expiry){ queue, job };
  int r = sd_event_add_time_relative (queue->event, &job->expiry, CLOCK_MONOTONIC,
                                      queue->config->keep_ms * 1000, 0, handle_expiry, expiry);
  if (r >= 0)
    sd_event_source_set_destroy_callback (job->expiry, g_free);
  else
    {
      g_free (expiry);
      hd_log (LOG_WARNING, "job %u will be kept: %s", job->id, g_strerror (-r));
    }
}

static void
end_job (HdQueue *queue, HdJob *job, HdResult *result)
{
  hd_log (LOG_INFO, "job %u (%s) ended: %s%s%s", job->id, job->request->change->verb,
          hd_code_name (result->code), *result->message != '\0' ? ": " : "", result->message);
  if (queue->running == job)
    queue->running = NULL;
  note_changes (queue, job, hd_job_end (job, result));
  queue->observer->ended (job, queue->data);
  start_expiry (queue, job);
  sd_event_source_set_enabled (queue->starter, SD_EVENT_ONESHOT);
}

static void
hear_event (const HdEvent *event, gpointer data)
{
  HdQueue *queue = data;
  note_changes (queue, queue->running, hd_job_apply (queue->running, event, now_us (queue)));
}

static void
hear_done (HdResult *result, gpointer data)
{
  HdQueue *queue = data;
  HdJob *job = queue->running;

  g_clear_pointer (&job->runner, hd_runner_free);
  end_job (queue, job, result);
}

static HdJob *
next_waiting (HdQueue *queue)
{
  for (guint i = 0; i < queue->jobs->len; i++)
    {
      HdJob *job = g_ptr_array_index (queue->jobs, i);
      if (job->state == HD_JOB_QUEUED)
        return job;
    }
  return NULL;
}

static int
handle_start (sd_event_source *source, void *data)
{
  HdQueue *queue = data;
  HdJob *job = queue->running == NULL ? next_waiting (queue) : NULL;
  g_autoptr (GError) error = NULL;
  if (job == NULL)
    return 0;

  hd_log (LOG_INFO, "job %u: %s for user %u", job->id, job->request->change->verb, job->owner);
  queue->running = job;
  job->state = HD_JOB_RUNNING;
  note_changes (queue, job, HD_JOB_CHANGED_STATE);
  job->runner = hd_runner_start (queue->event, queue->config->worker, job->request, hear_event,
                                 hear_done, queue, &error);
  if (job->runner == NULL)
    end_job (queue, job, hd_result_new_error (error));
  return 0;
}

HdQueue *
hd_queue_new (sd_event *event, const HdQueueConfig *config, const HdQueueObserver *observer,
              gpointer data)
{
  HdQueue *queue = g_new0 (HdQueue, 1);
  queue->event = sd_event_ref (event);
  queue->config = config;
  queue->observer = observer;
  queue->data = data;
  queue->jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_job_free);

  int r = sd_event_add_defer (event, &queue->starter, handle_start, queue);
  if (r >= 0)
    r = sd_event_add_time_relative (event, &queue->teller, CLOCK_MONOTONIC, 0, 0, handle_tell,
                                    queue);
  if (r < 0)
    g_error ("no event sources for the queue: %s", g_strerror (-r));
  sd_event_source_set_enabled (queue->starter, SD_EVENT_OFF);
  sd_event_source_set_enabled (queue->teller, SD_EVENT_OFF);
  return queue;
}

void
hd_queue_free (HdQueue *queue)
{
  if (queue == NULL)
    return;
  sd_event_source_disable_unref (queue->starter);
  sd_event_source_disable_unref (queue->teller);
  g_ptr_array_unref (queue->jobs);
  sd_event_unref (queue->event);
  g_free (queue);
}

HdJob *
hd_queue_add (HdQueue *queue, HdRequest *request, uid_t owner, gboolean no_wait, GError **error)
{
  g_autoptr (HdRequest) taken = request;
  guint live = hd_queue_count_live (queue);
  if (live > 0 && no_wait)
    {
      hd_throw (error, HD_BUSY, "wait for it without --no-wait, or 'atomic host cancel'",
                "another change is under way");
      return NULL;
    }
  if (live > HD_QUEUE_MAX_WAITING)
    {
      hd_throw (error, HD_BUSY, "'atomic host cancel' ends the one that runs",
                "%u changes are waiting already", live - 1);
      return NULL;
    }
  HdJob *job = hd_job_new (++queue->last_id, g_steal_pointer (&taken), owner);
  g_ptr_array_add (queue->jobs, job);
  queue->observer->added (job, queue->data);
  sd_event_source_set_enabled (queue->starter, SD_EVENT_ONESHOT);
  return job;
}

gboolean
hd_queue_cancel (HdQueue *queue, HdJob *job, GError **error)
{
  if (hd_job_is_over (job))
    return hd_throw (error, HD_NOT_FOUND, "see 'atomic host history'", "job %u has ended already",
                     job->id);
  if (job->runner != NULL)
    hd_runner_cancel (job->runner, queue->config->patience_ms);
  else
    end_job (queue, job, hd_result_new (HD_CANCELLED, "cancelled before it began", NULL));
  return TRUE;
}

void
hd_queue_cancel_all (HdQueue *queue)
{
  for (guint i = 0; i < queue->jobs->len; i++)
    {
      HdJob *job = g_ptr_array_index (queue->jobs, i);
      if (!hd_job_is_over (job))
        hd_queue_cancel (queue, job, NULL);
    }
}

HdJob *
hd_queue_find (HdQueue *queue, guint id)
{
  for (guint i = 0; i < queue->jobs->len; i++)
    {
      HdJob *job = g_ptr_array_index (queue->jobs, i);
      if (job->id == id)
        return job;
    }
  return NULL;
}

const GPtrArray *
hd_queue_jobs (const HdQueue *queue)
{
  return queue->jobs;
}

guint
hd_queue_count_live (const HdQueue *queue)
{
  guint live = 0;
  for (guint i = 0; i < queue->jobs->len; i++)
    live += !hd_job_is_over (g_ptr_array_index (queue->jobs, i));
  return live;
}
