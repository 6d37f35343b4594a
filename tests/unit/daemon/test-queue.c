/* The queue with a stand-in worker: order, refusal, cancellation in each state, crash, expiry. */
#include "daemon/queue.h"

#include <string.h>

#include "base/error.h"

typedef struct
{
  sd_event *loop;
  HdQueueConfig config;
  HdQueue *queue;
  GString *heard;   /* "+1" added, "1:running", "1=ok" ended, "-1" removed */
  guint stop_after; /* leave the loop when so many jobs were removed */
  guint removed;
  guint cancel_held; /* cancel this job when job 1 says "holding" */
} Fixture;

static void
hear_added (HdJob *job, gpointer data)
{
  Fixture *fixture = data;
  g_string_append_printf (fixture->heard, "+%u ", job->id);
}

static void
hear_changed (HdJob *job, guint changes, gpointer data)
{
  Fixture *fixture = data;
  if (changes & HD_JOB_CHANGED_STATE)
    g_string_append_printf (fixture->heard, "%u:%s ", job->id, hd_job_state_name (job->state));
  if ((changes & HD_JOB_CHANGED_MESSAGE) && fixture->cancel_held > 0)
    {
      HdJob *target = hd_queue_find (fixture->queue, fixture->cancel_held);
      fixture->cancel_held = 0;
      g_assert_true (hd_queue_cancel (fixture->queue, target, NULL));
    }
}

static void
hear_ended (HdJob *job, gpointer data)
{
  Fixture *fixture = data;
  g_string_append_printf (fixture->heard, "%u=%s ", job->id, hd_code_name (job->result->code));
}

static void
hear_removed (HdJob *job, gpointer data)
{
  Fixture *fixture = data;
  g_string_append_printf (fixture->heard, "-%u ", job->id);
  if (++fixture->removed == fixture->stop_after)
    sd_event_exit (fixture->loop, 0);
}

static const HdQueueObserver observer = { hear_added, hear_changed, hear_ended, hear_removed };

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpint (sd_event_new (&fixture->loop), >=, 0);
  fixture->config = (HdQueueConfig){ g_strdup (STAND_IN), 0, 200, 100 };
  fixture->queue = hd_queue_new (fixture->loop, &fixture->config, &observer, fixture);
  fixture->heard = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  hd_queue_free (fixture->queue);
  g_string_free (fixture->heard, TRUE);
  g_free (fixture->config.worker);
  sd_event_unref (fixture->loop);
}

static HdJob *
add (Fixture *fixture, const char *script)
{
  g_autoptr (GError) error = NULL;
  HdRequest *request = hd_request_new (hd_change_by_verb ("deploy"), "/");
  hd_json_set_string (request->options, "commit", script);
  HdJob *job = hd_queue_add (fixture->queue, request, 0, FALSE, &error);
  g_assert_no_error (error);
  return job;
}

static void
run (Fixture *fixture, guint jobs)
{
  fixture->stop_after = jobs;
  g_assert_cmpint (sd_event_loop (fixture->loop), >=, 0);
  g_assert_cmpuint (hd_queue_jobs (fixture->queue)->len, ==, 0);
}

/* One after the other, in the order in which they came. */
static void
test_order (Fixture *fixture, gconstpointer unused)
{
  fixture->config.keep_ms = 50;
  add (fixture, "");
  add (fixture, "");
  g_assert_cmpstr (fixture->heard->str, ==, "+1 +2 ");
  g_assert_cmpuint (hd_queue_count_live (fixture->queue), ==, 2);
  run (fixture, 2);
  const char *first_end = strstr (fixture->heard->str, "1=ok");
  const char *second_start = strstr (fixture->heard->str, "2:running");
  g_assert_nonnull (first_end);
  g_assert_nonnull (second_start);
  g_assert_true (first_end < second_start);
}

static void
test_no_wait (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  HdRequest *request = hd_request_new (hd_change_by_verb ("pin"), "/");
  add (fixture, "");
  g_assert_null (hd_queue_add (fixture->queue, request, 0, TRUE, &error));
  g_assert_error (error, HD_ERROR, HD_BUSY);
  run (fixture, 1);

  /* Nothing is under way any more. */
  g_assert_nonnull (hd_queue_add (fixture->queue, hd_request_new (hd_change_by_verb ("pin"), "/"),
                                  0, TRUE, NULL));
}

static void
test_too_many (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  for (int i = 0; i <= HD_QUEUE_MAX_WAITING; i++)
    add (fixture, "");
  g_assert_null (hd_queue_add (fixture->queue, hd_request_new (hd_change_by_verb ("pin"), "/"), 0,
                               FALSE, &error));
  g_assert_error (error, HD_ERROR, HD_BUSY);
}

static void
test_cancel_waiting (Fixture *fixture, gconstpointer unused)
{
  add (fixture, "");
  HdJob *second = add (fixture, "");
  g_assert_true (hd_queue_cancel (fixture->queue, second, NULL));
  g_assert_cmpint (second->state, ==, HD_JOB_CANCELLED);
  run (fixture, 2);
  g_assert_nonnull (strstr (fixture->heard->str, "2=cancelled"));
  g_assert_nonnull (strstr (fixture->heard->str, "1=ok"));
  g_assert_null (strstr (fixture->heard->str, "2:running"));
}

/* The running one ends, the waiting one begins. */
static void
test_cancel_running (Fixture *fixture, gconstpointer script)
{
  fixture->cancel_held = 1;
  add (fixture, script);
  add (fixture, "");
  run (fixture, 2);
  g_assert_nonnull (strstr (fixture->heard->str, "1:running 1:cancelled 1=cancelled"));
  g_assert_nonnull (strstr (fixture->heard->str, "2=ok"));
}

static void
test_cancel_over (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  HdJob *job = add (fixture, "");
  g_assert_true (hd_queue_cancel (fixture->queue, job, NULL));
  g_assert_false (hd_queue_cancel (fixture->queue, job, &error));
  g_assert_error (error, HD_ERROR, HD_NOT_FOUND);
}

static void
test_crash (Fixture *fixture, gconstpointer unused)
{
  add (fixture, "crash");
  add (fixture, "");
  run (fixture, 2);
  g_assert_nonnull (strstr (fixture->heard->str, "1:failed 1=worker"));
  g_assert_nonnull (strstr (fixture->heard->str, "2=ok"));
}

static void
test_missing_worker (Fixture *fixture, gconstpointer unused)
{
  g_free (fixture->config.worker);
  fixture->config.worker = g_strdup ("/nonexistent");
  add (fixture, "");
  run (fixture, 1);
  g_assert_nonnull (strstr (fixture->heard->str, "1:failed 1=worker"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, test) g_test_add (name, Fixture, data, set_up, test, tear_down)
  ADD ("/queue/order", NULL, test_order);
  ADD ("/queue/no-wait", NULL, test_no_wait);
  ADD ("/queue/too-many", NULL, test_too_many);
  ADD ("/queue/cancel-waiting", NULL, test_cancel_waiting);
  ADD ("/queue/cancel-running", "hold", test_cancel_running);
  ADD ("/queue/cancel-stubborn", "stubborn", test_cancel_running);
  ADD ("/queue/cancel-over", NULL, test_cancel_over);
  ADD ("/queue/crash", NULL, test_crash);
  ADD ("/queue/missing-worker", NULL, test_missing_worker);
  return g_test_run ();
}
