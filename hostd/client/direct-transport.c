/* The direct transport: a worker of our own, heard on a pipe. */
#include "client/transport.h"

#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/error.h"
#include "base/spawn.h"
#include "client/runner.h"

typedef struct
{
  sd_event *loop;
  HdRunner *runner;
  HdEventFunc on_event;
  gpointer data;
  HdResult *result;
} Direct;

static void
hear_event (const HdEvent *event, gpointer data)
{
  Direct *direct = data;
  direct->on_event (event, direct->data);
}

static void
hear_done (HdResult *result, gpointer data)
{
  Direct *direct = data;
  direct->result = result;
  sd_event_exit (direct->loop, 0);
}

static int
handle_cancel (sd_event_source *source, int fd, uint32_t revents, void *data)
{
  Direct *direct = data;
  const HdEvent event = { .type = HD_EVENT_CANCELLING };
  char ignored[256];

  if (read (fd, ignored, sizeof ignored) < 0)
    return 0;
  direct->on_event (&event, direct->data);
  hd_runner_cancel (direct->runner, HD_RUNNER_PATIENCE_MS);
  return 0;
}

/* hostd does this for the jobs that it has. */
static gboolean
reboot_if_asked (const HdRequest *request, const HdResult *result, GError **error)
{
  static const char *const argv[] = { "systemctl", "reboot", NULL };
  if (result->code != HD_OK || hd_request_only_looks (request)
      || !hd_json_get_bool (request->options, "reboot", false)
      || !g_str_equal (request->sysroot, "/"))
    return TRUE;
  return hd_spawn_run (argv, NULL, NULL, NULL, error);
}

static HdResult *
run (const HdRequest *request, HdEventFunc on_event, gpointer data, int cancel_fd, GError **error)
{
  g_autofree char *program = hd_runner_default_program ();
  Direct direct = { .on_event = on_event, .data = data };
  int r = sd_event_new (&direct.loop);

  if (r >= 0 && cancel_fd >= 0)
    r = sd_event_add_io (direct.loop, NULL, cancel_fd, EPOLLIN, handle_cancel, &direct);
  if (r < 0)
    hd_throw_errno (error, -r, "making an event loop");
  else if ((direct.runner = hd_runner_start (direct.loop, program, request, hear_event, hear_done,
                                             &direct, error)))
    {
      r = sd_event_loop (direct.loop);
      if (r < 0)
        hd_throw_errno (error, -r, "waiting for %s", program);
    }
  hd_runner_free (direct.runner);
  sd_event_unref (direct.loop);
  if (direct.result != NULL && !reboot_if_asked (request, direct.result, error))
    g_clear_pointer (&direct.result, hd_result_free);
  return direct.result;
}

const HdTransport hd_transport_direct = { "direct", run };
