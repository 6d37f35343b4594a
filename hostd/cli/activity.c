/* Asking a hostd that runs; telling it in one line. */
#include "cli/activity.h"

#include "base/output.h"
#include "client/bus.h"

#define TIMEOUT_MS 300

GPtrArray *
hd_activity_read (void)
{
  g_autoptr (sd_bus) bus = hd_bus_open (NULL);
  g_autoptr (GPtrArray) jobs = bus != NULL ? hd_job_view_list (bus, TIMEOUT_MS, NULL) : NULL;
  if (jobs == NULL)
    return NULL;
  for (guint i = jobs->len; i > 0; i--)
    if (!hd_job_view_is_live (g_ptr_array_index (jobs, i - 1)))
      g_ptr_array_remove_index (jobs, i - 1);
  return jobs->len > 0 ? g_steal_pointer (&jobs) : NULL;
}

char *
hd_activity_to_text (const GPtrArray *jobs)
{
  if (jobs == NULL)
    return NULL;
  const HdJobView *first = g_ptr_array_index (jobs, 0);
  g_autoptr (GString) text = g_string_new (first->verb);

  if (*first->phase != '\0')
    g_string_append_printf (text, ": %s", first->phase);
  if (first->total > 0)
    {
      g_autofree char *size
          = g_str_equal (first->unit, "bytes")
                ? hd_format_size (first->total)
                : g_strdup_printf ("%" G_GUINT64_FORMAT " %s", first->total, first->unit);
      g_string_append_printf (text, ", %u %% of %s", first->percent, size);
    }
  if (jobs->len > 1)
    g_string_append_printf (text, "; %u more %s", jobs->len - 1, jobs->len > 2 ? "wait" : "waits");
  return g_strdup (text->str);
}

hd_json *
hd_activity_to_json (const GPtrArray *jobs)
{
  hd_json *array = hd_json_new_array ();
  for (guint i = 0; jobs != NULL && i < jobs->len; i++)
    {
      const HdJobView *job = g_ptr_array_index (jobs, i);
      hd_json *object = hd_json_new_object ();
      hd_json_set_int (object, "id", job->id);
      hd_json_set_string (object, "verb", job->verb);
      hd_json_set_string (object, "state", job->state);
      hd_json_set_string (object, "phase", job->phase);
      hd_json_set_int (object, "percent", job->percent);
      hd_json_set_uint (object, "done", job->done);
      hd_json_set_uint (object, "total", job->total);
      hd_json_set_string (object, "unit", job->unit);
      hd_json_append (array, object);
    }
  return array;
}
