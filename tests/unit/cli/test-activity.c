/* A running job in one line and as JSON. */
#include "cli/activity.h"

#include "common/cleanup.h"

static HdJobView *
add (GPtrArray *jobs, guint id, const char *verb, const char *state)
{
  HdJobView *job = hd_job_view_new ("/x");
  job->id = id;
  g_free (job->verb);
  job->verb = g_strdup (verb);
  g_free (job->state);
  job->state = g_strdup (state);
  g_ptr_array_add (jobs, job);
  return job;
}

static void
test_text (void)
{
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_job_view_free);
  HdJobView *first = add (jobs, 1, "upgrade", "running");
  g_autofree char *bare = hd_activity_to_text (jobs);
  g_assert_cmpstr (bare, ==, "upgrade");

  g_free (first->phase);
  first->phase = g_strdup ("pull");
  g_free (first->unit);
  first->unit = g_strdup ("bytes");
  first->total = 30100000;
  first->percent = 45;
  add (jobs, 2, "pin", "queued");
  g_autofree char *text = hd_activity_to_text (jobs);
  g_assert_cmpstr (text, ==, "upgrade: pull, 45 % of 30.1 MB; 1 more waits");

  g_assert_null (hd_activity_to_text (NULL));
}

static void
test_json (void)
{
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_job_view_free);
  add (jobs, 2, "pin", "queued");
  hd_autojson array = hd_activity_to_json (jobs);
  hd_autofree char *text = hd_json_to_text (array, false);
  g_assert_cmpstr (text, ==,
                   "[{\"id\":2,\"verb\":\"pin\",\"state\":\"queued\",\"phase\":\"\",\"percent\":0,"
                   "\"done\":0,\"total\":0,\"unit\":\"\"}]");
  hd_autojson empty = hd_activity_to_json (NULL);
  g_assert_cmpuint (hd_json_length (empty), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/activity/text", test_text);
  g_test_add_func ("/activity/json", test_json);
  return g_test_run ();
}
