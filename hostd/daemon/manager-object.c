/* The Manager interface. Every changing verb is the same method but for its name: read the
 * options, ask polkit, queue a job, reply with its path. */
#include "daemon/manager-object.h"

#include <errno.h>

#include "base/error.h"
#include "base/log.h"
#include "client/bus.h"
#include "client/options.h"
#include "common/cleanup.h"
#include "daemon/job-object.h"
#include "daemon/polkit.h"
#include "state/history.h"
#include "state/status.h"

#define ACTION_PREFIX "org.atomichost.host1."
#define NO_WAIT "no-wait"

/* A request that waits for polkit. */
typedef struct
{
  HdContext *context;
  HdRequest *request;
} Asked;

static void
asked_free (Asked *asked)
{
  hd_request_free (asked->request);
  g_free (asked);
}

static int
reply_error (sd_bus_message *call, const GError *error)
{
  g_auto (sd_bus_error) failed = SD_BUS_ERROR_NULL;
  hd_bus_set_error (&failed, error);
  return sd_bus_reply_method_error (call, &failed);
}

static void
finish_change (sd_bus_message *call, const GError *denied, gpointer data)
{
  Asked *asked = data;
  HdContext *context = asked->context;
  g_autoptr (GError) error = NULL;
  uid_t uid = (uid_t)-1;

  context->checks--;
  if (denied != NULL)
    {
      hd_log (LOG_NOTICE, "%s refused: %s", asked->request->change->verb, denied->message);
      reply_error (call, denied);
      return;
    }
  hd_polkit_sender_uid (call, &uid);
  gboolean no_wait = hd_json_get_bool (asked->request->options, NO_WAIT, false);
  HdJob *job
      = hd_queue_add (context->queue, g_steal_pointer (&asked->request), uid, no_wait, &error);
  if (job == NULL)
    {
      reply_error (call, error);
      return;
    }
  g_autofree char *path = hd_job_object_path (job);
  sd_bus_reply_method_return (call, "o", path);
}

static int
handle_change (sd_bus_message *call, void *data, sd_bus_error *ret_error)
{
  HdContext *context = data;
  const HdChange *change = hd_change_by_method (sd_bus_message_get_member (call));
  hd_autojson options = NULL;

  if (context->leaving)
    return sd_bus_error_set (ret_error, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
                             "hostd is just leaving; ask again");
  int r = hd_options_read (call, &options, ret_error);
  if (r < 0)
    return r;

  Asked *asked = g_new0 (Asked, 1);
  asked->context = context;
  asked->request = hd_request_new (change, context->sysroot);
  hd_json_free (asked->request->options);
  asked->request->options = g_steal_pointer (&options);
  g_autofree char *action = g_strconcat (
      ACTION_PREFIX, hd_request_only_looks (asked->request) ? "check" : change->verb, NULL);
  context->checks++;
  r = hd_polkit_check (call, action, finish_change, asked, (GDestroyNotify)asked_free);
  if (r < 0)
    {
      context->checks--;
      asked_free (asked);
    }
  return r < 0 ? r : 1;
}

static int
reply_json (sd_bus_message *call, hd_json *taken)
{
  hd_autojson value = taken;
  hd_autofree char *text = hd_json_to_text (value, false);
  return sd_bus_reply_method_return (call, "s", text);
}

static int
handle_get_status (sd_bus_message *call, void *data, sd_bus_error *ret_error)
{
  HdContext *context = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (HdStatus) status = hd_status_read (context->sysroot, &error);
  if (status == NULL)
    return hd_bus_set_error (ret_error, error);
  return reply_json (call, hd_status_to_json (status));
}

static int
handle_get_history (sd_bus_message *call, void *data, sd_bus_error *ret_error)
{
  HdContext *context = data;
  g_autoptr (GError) error = NULL;
  hd_json *history = hd_history_load (context->sysroot, &error);
  if (history == NULL)
    return hd_bus_set_error (ret_error, error);
  return reply_json (call, history);
}

static int
handle_list_jobs (sd_bus_message *call, void *data, sd_bus_error *ret_error)
{
  HdContext *context = data;
  const GPtrArray *jobs = hd_queue_jobs (context->queue);
  g_autoptr (sd_bus_message) reply = NULL;
  int r = sd_bus_message_new_method_return (call, &reply);
  if (r >= 0)
    r = sd_bus_message_open_container (reply, 'a', "o");
  for (guint i = 0; r >= 0 && i < jobs->len; i++)
    {
      g_autofree char *path = hd_job_object_path (g_ptr_array_index (jobs, i));
      r = sd_bus_message_append (reply, "o", path);
    }
  if (r >= 0)
    r = sd_bus_message_close_container (reply);
  return r < 0 ? r : sd_bus_send (NULL, reply, NULL);
}

static int
get_version (sd_bus *bus, const char *path, const char *interface, const char *property,
             sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  return sd_bus_message_append (reply, "s", ATOMIC_VERSION);
}

#define OPEN SD_BUS_VTABLE_UNPRIVILEGED
#define CHANGE(method)                                                                             \
  SD_BUS_METHOD_WITH_ARGS (method, SD_BUS_ARGS ("a{sv}", options), SD_BUS_RESULT ("o", job),       \
                           handle_change, OPEN)

static const sd_bus_vtable vtable[] = {
  SD_BUS_VTABLE_START (0),
  SD_BUS_PROPERTY ("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
  CHANGE ("Upgrade"),
  CHANGE ("Rollback"),
  CHANGE ("Deploy"),
  CHANGE ("Rebase"),
  CHANGE ("Pin"),
  CHANGE ("Unpin"),
  CHANGE ("Cleanup"),
  CHANGE ("Kargs"),
  SD_BUS_METHOD_WITH_ARGS ("GetStatus", SD_BUS_NO_ARGS, SD_BUS_RESULT ("s", json),
                           handle_get_status, OPEN),
  SD_BUS_METHOD_WITH_ARGS ("GetHistory", SD_BUS_NO_ARGS, SD_BUS_RESULT ("s", json),
                           handle_get_history, OPEN),
  SD_BUS_METHOD_WITH_ARGS ("ListJobs", SD_BUS_NO_ARGS, SD_BUS_RESULT ("ao", jobs), handle_list_jobs,
                           OPEN),
  SD_BUS_SIGNAL_WITH_ARGS ("JobNew", SD_BUS_ARGS ("o", job, "s", verb), 0),
  SD_BUS_SIGNAL_WITH_ARGS ("JobRemoved", SD_BUS_ARGS ("o", job, "s", code), 0),
  SD_BUS_VTABLE_END,
};

int
hd_manager_object_add (HdContext *context)
{
  return sd_bus_add_object_vtable (context->bus, NULL, HD_BUS_PATH, HD_BUS_MANAGER, vtable,
                                   context);
}

static void
emit (HdContext *context, HdJob *job, const char *signal, const char *word)
{
  g_autofree char *path = hd_job_object_path (job);
  int r = sd_bus_emit_signal (context->bus, HD_BUS_PATH, HD_BUS_MANAGER, signal, "os", path, word);
  if (r < 0)
    hd_log (LOG_WARNING, "sending %s for job %u: %s", signal, job->id, g_strerror (-r));
}

void
hd_manager_object_emit_new (HdContext *context, HdJob *job)
{
  emit (context, job, "JobNew", job->request->change->verb);
}

void
hd_manager_object_emit_removed (HdContext *context, HdJob *job)
{
  emit (context, job, "JobRemoved", hd_code_name (job->result->code));
}
