/* A job's state machine. */
#include "daemon/job.h"

static HdJob *
new_job (void)
{
  return hd_job_new (1, hd_request_new (hd_change_by_verb ("upgrade"), "/"), 1000);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdJob, hd_job_free)

static void
progress (HdJob *job, guint64 done, guint64 total, guint64 now_us)
{
  const HdEvent event
      = { .type = HD_EVENT_PROGRESS, .done = done, .total = total, .unit = (char *)"bytes" };
  g_assert_cmpuint (hd_job_apply (job, &event, now_us), ==, HD_JOB_CHANGED_COUNTS);
}

static void
test_ends (void)
{
  static const struct
  {
    hd_code code;
    HdJobState state;
    const char *name;
  } cases[] = {
    { HD_OK, HD_JOB_DONE, "done" },
    { HD_NOTHING, HD_JOB_DONE, "done" },
    { HD_CANCELLED, HD_JOB_CANCELLED, "cancelled" },
    { HD_WORKER, HD_JOB_FAILED, "failed" },
    { HD_NETWORK, HD_JOB_FAILED, "failed" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdJob) job = new_job ();
      g_assert_cmpstr (hd_job_state_name (job->state), ==, "queued");
      g_assert_false (hd_job_is_over (job));
      hd_job_end (job, hd_result_new (cases[i].code, "m", NULL));
      g_assert_cmpint (job->state, ==, cases[i].state);
      g_assert_cmpstr (hd_job_state_name (job->state), ==, cases[i].name);
      g_assert_true (hd_job_is_over (job));
    }
}

static void
test_percent (void)
{
  g_autoptr (HdJob) job = new_job ();
  g_assert_cmpuint (hd_job_percent (job), ==, 0);
  progress (job, 1, 3, 0);
  g_assert_cmpuint (hd_job_percent (job), ==, 33);
  progress (job, G_MAXUINT64, G_MAXUINT64, 0);
  g_assert_cmpuint (hd_job_percent (job), ==, 100);
  progress (job, 5, 0, 0);
  g_assert_cmpuint (hd_job_percent (job), ==, 0);
  progress (job, 7, 5, 0);
  g_assert_cmpuint (hd_job_percent (job), ==, 100);
}

/* A new phase counts from nothing. */
static void
test_phase_resets (void)
{
  const HdEvent phase = { .type = HD_EVENT_PHASE, .text = (char *)"stage" };
  g_autoptr (HdJob) job = new_job ();
  progress (job, 2, 2, 0);
  g_assert_cmpuint (hd_job_apply (job, &phase, 1), ==,
                    HD_JOB_CHANGED_PHASE | HD_JOB_CHANGED_COUNTS);
  g_assert_cmpstr (job->phase, ==, "stage");
  g_assert_cmpuint (job->done, ==, 0);
  g_assert_cmpuint (job->total, ==, 0);
  g_assert_cmpstr (job->unit, ==, "");
}

static void
test_rate (void)
{
  g_autoptr (HdJob) job = new_job ();
  progress (job, 0, 1000, 1 * G_USEC_PER_SEC);
  progress (job, 100, 1000, 1.5 * G_USEC_PER_SEC);
  g_assert_cmpuint (job->rate, ==, 0);
  progress (job, 400, 1000, 3 * G_USEC_PER_SEC);
  g_assert_cmpuint (job->rate, ==, 200);
  progress (job, 800, 1000, 4 * G_USEC_PER_SEC);
  g_assert_cmpuint (job->rate, ==, 300);
  /* Counting anew is no negative rate. */
  progress (job, 1, 1000, 5 * G_USEC_PER_SEC);
  g_assert_cmpuint (job->rate, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job/ends", test_ends);
  g_test_add_func ("/job/percent", test_percent);
  g_test_add_func ("/job/phase-resets", test_phase_resets);
  g_test_add_func ("/job/rate", test_rate);
  return g_test_run ();
}
