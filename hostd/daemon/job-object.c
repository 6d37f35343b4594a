/* The Job interface: properties read from an HdJob, Cancel, Finished. */
#include "daemon/job-object.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "client/bus.h"
#include "common/parse.h"
#include "daemon/polkit.h"

#define CANCEL_ACTION "org.atomichost.host1.cancel"

char *
hd_job_object_path (const HdJob *job)
{
  return g_strdup_printf (HD_BUS_JOBS_PATH "/%u", job->id);
}

static int
find_job (sd_bus *bus, const char *path, const char *interface, void *data, void **ret_found,
          sd_bus_error *ret_error)
{
  HdContext *context = data;
  uint64_t id;
  if (!g_str_has_prefix (path, HD_BUS_JOBS_PATH "/")
      || hd_parse_uint64 (path + strlen (HD_BUS_JOBS_PATH "/"), &id) < 0 || id > G_MAXUINT)
    return 0;
  *ret_found = hd_queue_find (context->queue, (guint)id);
  return *ret_found != NULL;
}

static int
list_paths (sd_bus *bus, const char *prefix, void *data, char ***ret_nodes, sd_bus_error *ret_error)
{
  HdContext *context = data;
  const GPtrArray *jobs = hd_queue_jobs (context->queue);
  char **paths = g_new0 (char *, jobs->len + 1);

  for (guint i = 0; i < jobs->len; i++)
    paths[i] = hd_job_object_path (g_ptr_array_index (jobs, i));
  *ret_nodes = paths;
  return 0;
}

static const char *
get_verb (const HdJob *job)
{
  return job->request->change->verb;
}

static const char *
get_state (const HdJob *job)
{
  return hd_job_state_name (job->state);
}

static const char *
get_phase (const HdJob *job)
{
  return job->phase;
}

static const char *
get_message (const HdJob *job)
{
  return job->message;
}

static const char *
get_unit (const HdJob *job)
{
  return job->unit;
}

static const char *
get_code (const HdJob *job)
{
  return job->result != NULL ? hd_code_name (job->result->code) : "";
}

static const struct
{
  const char *property;
  const char *(*get) (const HdJob *job);
} string_getters[] = {
  { "Verb", get_verb },       { "State", get_state }, { "Phase", get_phase },
  { "Message", get_message }, { "Unit", get_unit },   { "Code", get_code },
};

static int
get_string (sd_bus *bus, const char *path, const char *interface, const char *property,
            sd_bus_message *reply, void *job, sd_bus_error *ret_error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (string_getters); i++)
    if (g_str_equal (string_getters[i].property, property))
      return sd_bus_message_append (reply, "s", string_getters[i].get (job));
  return -ENOENT;
}

static int
get_result (sd_bus *bus, const char *path, const char *interface, const char *property,
            sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  const HdJob *job = data;
  g_autofree char *text = job->result != NULL ? hd_result_to_text (job->result) : NULL;
  return sd_bus_message_append (reply, "s", text != NULL ? text : "");
}

static int
get_percent (sd_bus *bus, const char *path, const char *interface, const char *property,
             sd_bus_message *reply, void *job, sd_bus_error *ret_error)
{
  return sd_bus_message_append (reply, "u", hd_job_percent (job));
}

/* A cancellation that waits for polkit. */
typedef struct
{
  HdContext *context;
  guint id;
} Cancellation;

static void
finish_cancel (sd_bus_message *call, const GError *denied, gpointer data)
{
  Cancellation *cancellation = data;
  HdContext *context = cancellation->context;
  HdJob *job = hd_queue_find (context->queue, cancellation->id);
  g_autoptr (GError) error = NULL;

  context->checks--;
  if (denied != NULL)
    error = g_error_copy (denied);
  else if (job == NULL)
    hd_throw (&error, HD_NOT_FOUND, "see 'atomic host history'", "job %u is gone",
              cancellation->id);
  else
    hd_queue_cancel (context->queue, job, &error);

  g_auto (sd_bus_error) failed = SD_BUS_ERROR_NULL;
  if (error == NULL)
    sd_bus_reply_method_return (call, NULL);
  else
    {
      hd_bus_set_error (&failed, error);
      sd_bus_reply_method_error (call, &failed);
    }
}

/* Who asked for a job may cancel it; others need the action. */
static int
handle_cancel (sd_bus_message *call, void *data, sd_bus_error *ret_error)
{
  HdJob *job = data;
  HdContext *context
      = sd_bus_slot_get_userdata (sd_bus_get_current_slot (sd_bus_message_get_bus (call)));
  Cancellation *cancellation = g_new (Cancellation, 1);
  uid_t uid;

  *cancellation = (Cancellation){ context, job->id };
  context->checks++;
  int r = hd_polkit_sender_uid (call, &uid);
  if (r >= 0 && uid == job->owner)
    {
      finish_cancel (call, NULL, cancellation);
      g_free (cancellation);
      return 1;
    }
  if (r >= 0)
    r = hd_polkit_check (call, CANCEL_ACTION, finish_cancel, cancellation, g_free);
  if (r >= 0)
    return 1;
  context->checks--;
  g_free (cancellation);
  return r;
}

#define STRING(name, flags) SD_BUS_PROPERTY (name, "s", get_string, 0, flags)
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define CONST SD_BUS_VTABLE_PROPERTY_CONST

static const sd_bus_vtable vtable[] = {
  SD_BUS_VTABLE_START (0),
  SD_BUS_PROPERTY ("Id", "u", NULL, offsetof (HdJob, id), CONST),
  STRING ("Verb", CONST),
  STRING ("State", CHANGES),
  STRING ("Phase", CHANGES),
  STRING ("Message", CHANGES),
  SD_BUS_PROPERTY ("Done", "t", NULL, offsetof (HdJob, done), CHANGES),
  SD_BUS_PROPERTY ("Total", "t", NULL, offsetof (HdJob, total), CHANGES),
  STRING ("Unit", CHANGES),
  SD_BUS_PROPERTY ("Percent", "u", get_percent, 0, CHANGES),
  SD_BUS_PROPERTY ("Rate", "t", NULL, offsetof (HdJob, rate), CHANGES),
  STRING ("Code", CHANGES),
  SD_BUS_PROPERTY ("Result", "s", get_result, 0, CHANGES),
  SD_BUS_METHOD ("Cancel", "", "", handle_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
  SD_BUS_SIGNAL_WITH_ARGS ("Finished", SD_BUS_ARGS ("s", code, "s", result), 0),
  SD_BUS_VTABLE_END,
};

/* The properties behind each HdJobChange bit. */
static const struct
{
  guint change;
  const char *property;
} changing[] = {
  { HD_JOB_CHANGED_STATE, "State" },     { HD_JOB_CHANGED_PHASE, "Phase" },
  { HD_JOB_CHANGED_MESSAGE, "Message" }, { HD_JOB_CHANGED_COUNTS, "Done" },
  { HD_JOB_CHANGED_COUNTS, "Total" },    { HD_JOB_CHANGED_COUNTS, "Unit" },
  { HD_JOB_CHANGED_COUNTS, "Percent" },  { HD_JOB_CHANGED_COUNTS, "Rate" },
  { HD_JOB_CHANGED_RESULT, "Code" },     { HD_JOB_CHANGED_RESULT, "Result" },
};

int
hd_job_object_add (HdContext *context)
{
  int r = sd_bus_add_fallback_vtable (context->bus, NULL, HD_BUS_JOBS_PATH, HD_BUS_JOB, vtable,
                                      find_job, context);
  if (r >= 0)
    r = sd_bus_add_node_enumerator (context->bus, NULL, HD_BUS_JOBS_PATH, list_paths, context);
  return r;
}

void
hd_job_object_emit_changed (HdContext *context, HdJob *job, guint changes)
{
  g_autofree char *path = hd_job_object_path (job);
  char *names[G_N_ELEMENTS (changing) + 1] = { NULL };
  gsize n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (changing); i++)
    if (changes & changing[i].change)
      names[n++] = (char *)changing[i].property;
  int r = sd_bus_emit_properties_changed_strv (context->bus, path, HD_BUS_JOB, names);
  if (r < 0)
    hd_log (LOG_WARNING, "telling of job %u: %s", job->id, g_strerror (-r));
}

void
hd_job_object_emit_finished (HdContext *context, HdJob *job)
{
  g_autofree char *path = hd_job_object_path (job);
  g_autofree char *text = hd_result_to_text (job->result);
  int r = sd_bus_emit_signal (context->bus, path, HD_BUS_JOB, "Finished", "ss",
                              hd_code_name (job->result->code), text);
  if (r < 0)
    hd_log (LOG_WARNING, "telling of the end of job %u: %s", job->id, g_strerror (-r));
}
