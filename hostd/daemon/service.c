/* Putting the parts together, and the end of it. */
#include "daemon/service.h"

#include <errno.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/error.h"
#include "base/log.h"
#include "client/bus.h"
#include "daemon/job-object.h"
#include "daemon/manager-object.h"

struct _HdService
{
  const HdServiceConfig *config;
  sd_event *event;
  HdContext context;
  sd_event_source *idle; /* NULL until the service is open */
  gboolean stopping;
};

static void
start_idle_timer (HdService *service)
{
  if (service->idle == NULL || service->context.leaving)
    return;
  sd_event_source_set_time_relative (service->idle, service->config->idle_ms * 1000);
  sd_event_source_set_enabled (service->idle, SD_EVENT_ONESHOT);
}

static void
hear_added (HdJob *job, gpointer data)
{
  HdService *service = data;
  hd_manager_object_emit_new (&service->context, job);
}

static void
hear_changed (HdJob *job, guint changes, gpointer data)
{
  HdService *service = data;
  hd_job_object_emit_changed (&service->context, job, changes);
}

static int
handle_reboot_reply (sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  const sd_bus_error *failed = sd_bus_message_get_error (reply);
  if (failed != NULL)
    hd_log (LOG_ERR, "rebooting: %s", failed->message);
  return 0;
}

/* A change with the option `reboot` that did something to the running system. */
static void
reboot_if_asked (HdService *service, const HdJob *job)
{
  if (job->result->code != HD_OK || hd_request_only_looks (job->request)
      || !hd_json_get_bool (job->request->options, "reboot", false)
      || !g_str_equal (job->request->sysroot, "/"))
    return;
  int r = sd_bus_call_method_async (service->context.bus, NULL, "org.freedesktop.login1",
                                    "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
                                    "Reboot", handle_reboot_reply, service, "b", 0);
  if (r < 0)
    hd_log (LOG_ERR, "rebooting: %s", g_strerror (-r));
}

static void leave (HdService *service);

static void
hear_ended (HdJob *job, gpointer data)
{
  HdService *service = data;
  hd_job_object_emit_finished (&service->context, job);
  reboot_if_asked (service, job);
  if (service->stopping && hd_queue_count_live (service->context.queue) == 0)
    leave (service);
}

static void
hear_removed (HdJob *job, gpointer data)
{
  HdService *service = data;
  hd_manager_object_emit_removed (&service->context, job);
  start_idle_timer (service);
}

static const HdQueueObserver observer = { hear_added, hear_changed, hear_ended, hear_removed };

/* The name is given back: everything that was sent to it has been answered. */
static int
handle_name_released (sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  HdService *service = data;
  sd_bus_flush (service->context.bus);
  return sd_event_exit (service->event, 0);
}

static void
leave (HdService *service)
{
  if (service->context.leaving)
    return;
  service->context.leaving = TRUE;
  sd_notify (false, "STOPPING=1");
  int r = sd_bus_release_name_async (service->context.bus, NULL, HD_BUS_NAME, handle_name_released,
                                     service);
  if (r < 0)
    sd_event_exit (service->event, 0);
}

static int
handle_idle (sd_event_source *source, uint64_t usec, void *data)
{
  HdService *service = data;
  if (hd_queue_jobs (service->context.queue)->len > 0 || service->context.checks > 0)
    start_idle_timer (service);
  else
    leave (service);
  return 0;
}

/* Every message that comes starts the count anew; none is taken here. */
static int
filter_message (sd_bus_message *message, void *data, sd_bus_error *ret_error)
{
  uint8_t type;
  if (sd_bus_message_get_type (message, &type) >= 0 && type == SD_BUS_MESSAGE_METHOD_CALL)
    start_idle_timer (data);
  return 0;
}

HdService *
hd_service_new (sd_event *event, sd_bus *bus, const HdServiceConfig *config, GError **error)
{
  g_autoptr (HdService) service = g_new0 (HdService, 1);
  service->config = config;
  service->event = sd_event_ref (event);
  service->context.bus = sd_bus_ref (bus);
  service->context.sysroot = config->sysroot;
  service->context.queue = hd_queue_new (event, &config->queue, &observer, service);

  int r = sd_bus_add_filter (bus, NULL, filter_message, service);
  if (r >= 0)
    r = hd_manager_object_add (&service->context);
  if (r >= 0)
    r = hd_job_object_add (&service->context);
  if (r >= 0)
    return g_steal_pointer (&service);
  hd_throw_errno (error, -r, "serving %s", HD_BUS_NAME);
  return NULL;
}

void
hd_service_free (HdService *service)
{
  if (service == NULL)
    return;
  hd_queue_free (service->context.queue);
  sd_event_source_disable_unref (service->idle);
  sd_bus_unref (service->context.bus);
  sd_event_unref (service->event);
  g_free (service);
}

gboolean
hd_service_open (HdService *service, GError **error)
{
  int r = sd_bus_request_name (service->context.bus, HD_BUS_NAME, 0);
  if (r == -EEXIST || r == -EALREADY)
    return hd_throw (error, HD_BUSY, NULL, "another hostd has the name %s", HD_BUS_NAME);
  if (r < 0)
    return hd_throw_errno (error, -r, "taking the name %s", HD_BUS_NAME);
  r = sd_event_add_time_relative (service->event, &service->idle, CLOCK_MONOTONIC,
                                  service->config->idle_ms * 1000, 0, handle_idle, service);
  if (r < 0)
    return hd_throw_errno (error, -r, "starting to count idleness");
  sd_notify (false, "READY=1");
  return TRUE;
}

void
hd_service_stop (HdService *service)
{
  service->stopping = TRUE;
  hd_queue_cancel_all (service->context.queue);
  if (hd_queue_count_live (service->context.queue) == 0)
    leave (service);
}
