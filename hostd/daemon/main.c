/* hostd: the main. Options, signals, the bus, the loop; everything else is in the library.
 *
 * Started by D-Bus or systemd (hostd.service); on a private bus in tests by any user, with
 * $DBUS_SYSTEM_BUS_ADDRESS.
 */
#include <signal.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/error.h"
#include "base/log.h"
#include "base/verbs.h"
#include "client/bus.h"
#include "client/runner.h"
#include "common/parse.h"
#include "daemon/service.h"

#define IDLE_MS 60000
#define KEEP_MS 30000
#define TELL_MS 100

static const HdOption serve_options[] = {
  { "idle-timeout", 0, HD_OPT_STRING, "TIME", "leave after so long without work (1min)" },
  { "keep", 0, HD_OPT_STRING, "TIME", "keep an ended job for so long (30s)" },
  { "cancel-timeout", 0, HD_OPT_STRING, "TIME", "kill a cancelled worker after so long (20s)" },
  { "sysroot", 0, HD_OPT_STRING, "PATH", "serve this sysroot (/)" },
  { "worker", 0, HD_OPT_STRING, "PATH", "the program that makes the changes" },
  { NULL },
};

static gboolean
read_duration (const HdInvocation *invocation, const char *name, guint64 fallback_ms,
               guint64 *ret_ms, GError **error)
{
  const char *text = hd_inv_string (invocation, name);
  *ret_ms = fallback_ms;
  if (text == NULL || hd_parse_duration (text, ret_ms) == 0)
    return TRUE;
  return hd_throw (error, HD_USAGE, "as 500ms, 90s or 2min", "--%s=%s is no time", name, text);
}

static gboolean
read_config (const HdInvocation *invocation, HdServiceConfig *config, GError **error)
{
  const char *sysroot = hd_inv_string (invocation, "sysroot");
  const char *worker = hd_inv_string (invocation, "worker");

  config->sysroot = sysroot != NULL ? sysroot : "/";
  config->queue.worker = worker != NULL ? g_strdup (worker) : hd_runner_default_program ();
  config->queue.tell_ms = TELL_MS;
  return read_duration (invocation, "idle-timeout", IDLE_MS, &config->idle_ms, error)
         && read_duration (invocation, "keep", KEEP_MS, &config->queue.keep_ms, error)
         && read_duration (invocation, "cancel-timeout", HD_RUNNER_PATIENCE_MS,
                           &config->queue.patience_ms, error);
}

static int
handle_signal (sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
  hd_service_stop (data);
  return 0;
}

/* SIGTERM and SIGINT end the service in good order. */
static gboolean
watch_signals (sd_event *event, HdService *service, GError **error)
{
  static const int signals[] = { SIGTERM, SIGINT };
  sigset_t set;

  sigemptyset (&set);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaddset (&set, signals[i]);
  sigprocmask (SIG_BLOCK, &set, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      int r = sd_event_add_signal (event, NULL, signals[i], handle_signal, service);
      if (r < 0)
        return hd_throw_errno (error, -r, "watching signal %d", signals[i]);
    }
  return TRUE;
}

static gboolean
loop (sd_event *event, sd_bus *bus, HdService *service, GError **error)
{
  int r = sd_bus_attach_event (bus, event, SD_EVENT_PRIORITY_NORMAL);
  if (r >= 0)
    r = sd_bus_set_exit_on_disconnect (bus, true);
  if (r < 0)
    return hd_throw_errno (error, -r, "joining the bus and the event loop");
  if (!watch_signals (event, service, error) || !hd_service_open (service, error))
    return FALSE;
  r = sd_event_loop (event);
  return r < 0 ? hd_throw_errno (error, -r, "serving") : TRUE;
}

static int
serve (const HdInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  HdServiceConfig config = { 0 };
  sd_event *event = NULL;
  sd_bus *bus = NULL;
  HdService *service = NULL;

  if (!read_config (invocation, &config, &error))
    return hd_error_report (error);
  if (sd_event_default (&event) < 0)
    hd_throw (&error, HD_FAILED, NULL, "making an event loop");
  else if ((bus = hd_bus_open (&error)) != NULL
           && (service = hd_service_new (event, bus, &config, &error)) != NULL)
    loop (event, bus, service, &error);

  sd_bus_flush_close_unref (bus);
  hd_service_free (service);
  sd_event_unref (event);
  g_free (config.queue.worker);
  if (error == NULL)
    return 0;
  hd_log_error (LOG_ERR, error);
  return hd_code_exit_status (hd_error_code (error));
}

static const HdVerb verbs[] = {
  { "serve", "", 0, 0, FALSE, serve_options, "Serve org.atomichost.Host1 on the system bus",
    "Started by systemd (hostd.service) when the name is asked for. One change runs at a time, in "
    "a process of its own; further ones wait. SIGTERM cancels them all and ends the service.",
    serve },
  { NULL },
};

static const HdOption no_options[] = { { NULL } };
static const HdVerb *const tables[] = { verbs, NULL };

int
main (int argc, char **argv)
{
  static const HdProgram program = {
    .name = "hostd",
    .summary = "changes an immutable host on behalf of those who may",
    .version = ATOMIC_VERSION,
    .options = no_options,
    .verb_tables = tables,
    .section = 8,
    .details
    = "INTERFACE\n\n"
      "The interface is documented in org.atomichost.Host1.xml: a Manager that takes requests and "
      "a Job for each of them, whose phase, bytes and result every user may watch. polkit judges "
      "who may change something, by the actions org.atomichost.host1.VERB; root is not asked.\n\n"
      "FILES\n\n"
      " /usr/share/dbus-1/interfaces/org.atomichost.Host1.xml\n"
      " /usr/share/polkit-1/actions/org.atomichost.host1.policy\n\n"
      "SEE ALSO\n\n"
      "atomic(1)",
  };
  return hd_verbs_main (&program, argc, argv);
}
