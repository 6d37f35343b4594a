/* The bus transport: hostd is asked, and the job that it makes is watched until it has ended.
 *
 * After the reply hostd is known by its unique name: signals of others are not believed, and its
 * death is seen even when another hostd takes the well-known name at once.
 */
#include "client/transport.h"

#include <errno.h>
#include <stdio.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/error.h"
#include "client/bus.h"
#include "client/job-view.h"
#include "client/options.h"

/* How often a hostd that says that it is just leaving is asked again. */
#define MAX_ASKS 5
#define HINT_DIED "every deployment is whole; see 'journalctl -u hostd', then run the command again"

typedef struct
{
  const HdRequest *request;
  HdEventFunc on_event;
  gpointer data;
  sd_event *loop;
  sd_bus *bus;
  char *owner;     /* unique name of the hostd that has the job, or NULL */
  HdJobView *view; /* or NULL */
  guint asks;
  gboolean cancelling;
  HdResult *result;
  GError *error;
} Call;

static int ask (Call *call);

/* End the loop with the error that is set, or with the result. */
static int
finish (Call *call)
{
  return sd_event_exit (call->loop, 0);
}

static int
fail (Call *call, const sd_bus_error *failed)
{
  if (call->error == NULL && call->result == NULL)
    hd_bus_throw (&call->error, failed, call->request->change->doing);
  return finish (call);
}

static int
fail_errno (Call *call, int r)
{
  g_auto (sd_bus_error) failed = SD_BUS_ERROR_NULL;
  sd_bus_error_set_errno (&failed, r);
  return fail (call, &failed);
}

static int
take_result (Call *call, const char *text)
{
  if (call->result == NULL && call->error == NULL)
    call->result = hd_result_from_text (text, &call->error);
  return finish (call);
}

static void
tell (Call *call, HdEventType type, char *text)
{
  const HdEvent event = { .type = type,
                          .text = text,
                          .done = call->view->done,
                          .total = call->view->total,
                          .unit = call->view->unit };
  call->on_event (&event, call->data);
}

/* Read properties and tell what is new in them. */
static int
take_properties (Call *call, sd_bus_message *message)
{
  HdJobView *view = call->view;
  g_autofree char *state = g_strdup (view->state);
  g_autofree char *phase = g_strdup (view->phase);
  g_autofree char *text = g_strdup (view->message);
  guint64 done = view->done, total = view->total;
  int r = hd_job_view_read (view, message);
  if (r < 0)
    return fail_errno (call, r);

  if (!g_str_equal (state, view->state) && g_str_equal (view->state, "queued"))
    tell (call, HD_EVENT_QUEUED, NULL);
  if (!g_str_equal (phase, view->phase))
    tell (call, HD_EVENT_PHASE, view->phase);
  if (!g_str_equal (text, view->message))
    tell (call, HD_EVENT_MESSAGE, view->message);
  if (view->unit[0] != '\0' && (view->done != done || view->total != total))
    tell (call, HD_EVENT_PROGRESS, NULL);
  return *view->result != '\0' ? take_result (call, view->result) : 0;
}

static int
handle_properties_reply (sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  Call *call = data;
  if (sd_bus_message_is_method_error (reply, NULL))
    return fail (call, sd_bus_message_get_error (reply));
  return take_properties (call, reply);
}

/* Any signal below hostd's path. */
static int
handle_signal (sd_bus_message *signal, void *data, sd_bus_error *ret_error)
{
  Call *call = data;
  if (call->view == NULL || g_strcmp0 (sd_bus_message_get_sender (signal), call->owner) != 0
      || g_strcmp0 (sd_bus_message_get_path (signal), call->view->path) != 0)
    return 0;
  if (sd_bus_message_is_signal (signal, HD_BUS_JOB, "Finished"))
    {
      const char *code, *text;
      int r = sd_bus_message_read (signal, "ss", &code, &text);
      return r < 0 ? fail_errno (call, r) : take_result (call, text);
    }
  if (sd_bus_message_is_signal (signal, "org.freedesktop.DBus.Properties", "PropertiesChanged"))
    {
      int r = sd_bus_message_skip (signal, "s");
      return r < 0 ? fail_errno (call, r) : take_properties (call, signal);
    }
  return 0;
}

/* NameOwnerChanged of the unique name: it never comes back. */
static int
handle_death (sd_bus_message *signal, void *data, sd_bus_error *ret_error)
{
  Call *call = data;
  if (call->result == NULL && call->error == NULL)
    hd_throw (&call->error, HD_WORKER, HINT_DIED, "%s: hostd ended before the job did",
              call->request->change->doing);
  return finish (call);
}

static int
handle_disconnect (sd_bus_message *signal, void *data, sd_bus_error *ret_error)
{
  Call *call = data;
  if (call->result == NULL && call->error == NULL)
    hd_throw (&call->error, call->owner != NULL ? HD_WORKER : HD_NO_BUS, HINT_DIED,
              "%s: the system bus ended", call->request->change->doing);
  return finish (call);
}

static int
follow (Call *call, sd_bus_message *reply)
{
  const char *path;
  int r = sd_bus_message_read (reply, "o", &path);
  if (r < 0)
    return fail_errno (call, r);
  call->owner = g_strdup (sd_bus_message_get_sender (reply));
  call->view = hd_job_view_new (path);

  g_autofree char *match = g_strdup_printf ("type='signal',sender='org.freedesktop.DBus',"
                                            "member='NameOwnerChanged',arg0='%s'",
                                            call->owner);
  r = sd_bus_add_match_async (call->bus, NULL, match, handle_death, NULL, call);
  if (r >= 0)
    r = sd_bus_call_method_async (call->bus, NULL, call->owner, path,
                                  "org.freedesktop.DBus.Properties", "GetAll",
                                  handle_properties_reply, call, "s", HD_BUS_JOB);
  return r < 0 ? fail_errno (call, r) : 0;
}

static int
handle_reply (sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  Call *call = data;
  if (!sd_bus_message_is_method_error (reply, NULL))
    return follow (call, reply);
  if (sd_bus_message_is_method_error (reply, SD_BUS_ERROR_NAME_HAS_NO_OWNER)
      && ++call->asks < MAX_ASKS)
    return ask (call);
  return fail (call, sd_bus_message_get_error (reply));
}

/* Send the request; the reply comes when polkit has agreed, so there is no time limit. */
static int
ask (Call *call)
{
  g_autoptr (sd_bus_message) message = NULL;
  int r = sd_bus_message_new_method_call (call->bus, &message, HD_BUS_NAME, HD_BUS_PATH,
                                          HD_BUS_MANAGER, call->request->change->method);
  if (r >= 0)
    r = hd_options_append (message, call->request->options);
  if (r >= 0)
    r = sd_bus_message_set_allow_interactive_authorization (message, true);
  if (r >= 0)
    r = sd_bus_call_async (call->bus, NULL, message, handle_reply, call, UINT64_MAX);
  return r < 0 ? fail_errno (call, r) : 0;
}

static int
handle_cancel_reply (sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  Call *call = data;
  if (sd_bus_message_is_method_error (reply, HD_BUS_NAME ".Error.Denied"))
    return fail (call, sd_bus_message_get_error (reply));
  return 0;
}

static int
handle_cancel (sd_event_source *source, int fd, uint32_t revents, void *data)
{
  Call *call = data;
  const HdEvent event = { .type = HD_EVENT_CANCELLING };
  char ignored[256];

  if (read (fd, ignored, sizeof ignored) < 0 || call->cancelling)
    return 0;
  call->cancelling = TRUE;
  call->on_event (&event, call->data);
  if (call->view == NULL)
    {
      hd_throw (&call->error, HD_CANCELLED, NULL, "%s: cancelled before hostd took it",
                call->request->change->doing);
      return finish (call);
    }
  int r = sd_bus_call_method_async (call->bus, NULL, call->owner, call->view->path, HD_BUS_JOB,
                                    "Cancel", handle_cancel_reply, call, NULL);
  return r < 0 ? fail_errno (call, r) : 0;
}

/* Everything that may come, on one loop, before the question is sent. */
static int
prepare (Call *call, int cancel_fd)
{
  int r = sd_event_new (&call->loop);
  if (r >= 0)
    r = sd_bus_attach_event (call->bus, call->loop, SD_EVENT_PRIORITY_NORMAL);
  if (r >= 0)
    r = sd_bus_match_signal_async (call->bus, NULL, "org.freedesktop.DBus.Local",
                                   "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                                   "Disconnected", handle_disconnect, NULL, call);
  if (r >= 0)
    r = sd_bus_add_match_async (call->bus, NULL,
                                "type='signal',path_namespace='" HD_BUS_JOBS_PATH "'",
                                handle_signal, NULL, call);
  if (r >= 0 && cancel_fd >= 0)
    r = sd_event_add_io (call->loop, NULL, cancel_fd, EPOLLIN, handle_cancel, call);
  return r;
}

static HdResult *
run (const HdRequest *request, HdEventFunc on_event, gpointer data, int cancel_fd, GError **error)
{
  Call call = { .request = request, .on_event = on_event, .data = data };
  call.bus = hd_bus_open (error);
  if (call.bus == NULL)
    return NULL;

  int r = prepare (&call, cancel_fd);
  if (r >= 0)
    r = ask (&call);
  if (r >= 0)
    r = sd_event_loop (call.loop);
  if (r < 0 && call.error == NULL)
    hd_throw_errno (&call.error, -r, "talking to hostd");
  if (call.error != NULL)
    g_propagate_error (error, call.error);
  sd_bus_detach_event (call.bus);
  sd_bus_flush_close_unref (call.bus);
  sd_event_unref (call.loop);
  hd_job_view_free (call.view);
  g_free (call.owner);
  return call.result;
}

const HdTransport hd_transport_bus = { "bus", run };
