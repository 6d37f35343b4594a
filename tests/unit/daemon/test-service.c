/* The interface over a socket pair: no bus, both ends on one loop. The caller's end also plays
 * polkit, which is asked when the tests do not run as root. */
#include "daemon/service.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "client/bus.h"
#include "common/cleanup.h"

typedef struct
{
  sd_event *loop;
  sd_bus *server;
  sd_bus *caller;
  HdServiceConfig config;
  HdService *service;
  gboolean polkit_agrees;
  char *asked_action;
  char *path;       /* of the job that was returned */
  char *error_name; /* or how the call failed */
  GString *states;  /* of PropertiesChanged: "running " ... */
  char *code;       /* of Finished */
  char *stop_at;    /* a state that ends run(), or NULL: Finished does */
  gboolean stop;
} Fixture;

static int
handle_check (sd_bus_message *call, void *data, sd_bus_error *ret_error)
{
  Fixture *fixture = data;
  const char *action;
  g_assert_cmpint (sd_bus_message_skip (call, "(sa{sv})"), >=, 0);
  g_assert_cmpint (sd_bus_message_read (call, "s", &action), >=, 0);
  g_free (fixture->asked_action);
  fixture->asked_action = g_strdup (action);
  return sd_bus_reply_method_return (call, "(bba{ss})", fixture->polkit_agrees, 0, 0);
}

static const sd_bus_vtable polkit_vtable[] = {
  SD_BUS_VTABLE_START (0),
  SD_BUS_METHOD ("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", handle_check,
                 SD_BUS_VTABLE_UNPRIVILEGED),
  SD_BUS_VTABLE_END,
};

static int
handle_changed (sd_bus_message *signal, void *data, sd_bus_error *ret_error)
{
  Fixture *fixture = data;
  const char *name;
  g_assert_cmpint (sd_bus_message_skip (signal, "s"), >=, 0);
  g_assert_cmpint (sd_bus_message_enter_container (signal, 'a', "{sv}"), >=, 0);
  while (sd_bus_message_enter_container (signal, 'e', "sv") > 0)
    {
      sd_bus_message_read (signal, "s", &name);
      if (g_str_equal (name, "State"))
        {
          const char *state;
          g_assert_cmpint (sd_bus_message_read (signal, "v", "s", &state), >=, 0);
          g_string_append_printf (fixture->states, "%s ", state);
          if (g_strcmp0 (state, fixture->stop_at) == 0)
            fixture->stop = TRUE;
        }
      else
        sd_bus_message_skip (signal, "v");
      sd_bus_message_exit_container (signal);
    }
  return 0;
}

static int
handle_finished (sd_bus_message *signal, void *data, sd_bus_error *ret_error)
{
  Fixture *fixture = data;
  const char *code, *result;
  g_assert_cmpint (sd_bus_message_read (signal, "ss", &code, &result), >=, 0);
  g_free (fixture->code);
  fixture->code = g_strdup (code);
  fixture->stop = TRUE;
  return 0;
}

static sd_bus *
open_end (Fixture *fixture, int fd, gboolean server)
{
  sd_id128_t id = { .qwords = { 1, 2 } };
  sd_bus *bus;
  g_assert_cmpint (sd_bus_new (&bus), >=, 0);
  g_assert_cmpint (sd_bus_set_fd (bus, fd, fd), >=, 0);
  if (server)
    g_assert_cmpint (sd_bus_set_server (bus, true, id), >=, 0);
  g_assert_cmpint (sd_bus_start (bus), >=, 0);
  g_assert_cmpint (sd_bus_attach_event (bus, fixture->loop, 0), >=, 0);
  return bus;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  int ends[2];
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  g_assert_cmpint (sd_event_new (&fixture->loop), >=, 0);
  fixture->server = open_end (fixture, ends[0], TRUE);
  fixture->caller = open_end (fixture, ends[1], FALSE);
  fixture->config
      = (HdServiceConfig){ "/nonexistent", 60000, { g_strdup (STAND_IN), 60000, 200, 100 } };
  fixture->polkit_agrees = TRUE;
  fixture->states = g_string_new (NULL);
  fixture->service = hd_service_new (fixture->loop, fixture->server, &fixture->config, NULL);
  g_assert_nonnull (fixture->service);
  sd_bus_add_object_vtable (fixture->caller, NULL, "/org/freedesktop/PolicyKit1/Authority",
                            "org.freedesktop.PolicyKit1.Authority", polkit_vtable, fixture);
  sd_bus_match_signal (fixture->caller, NULL, NULL, NULL, "org.freedesktop.DBus.Properties",
                       "PropertiesChanged", handle_changed, fixture);
  sd_bus_match_signal (fixture->caller, NULL, NULL, NULL, HD_BUS_JOB, "Finished", handle_finished,
                       fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  sd_bus_close_unref (fixture->caller);
  sd_bus_close_unref (fixture->server);
  hd_service_free (fixture->service);
  sd_event_unref (fixture->loop);
  g_string_free (fixture->states, TRUE);
  g_free (fixture->config.queue.worker);
  g_free (fixture->asked_action);
  g_free (fixture->path);
  g_free (fixture->error_name);
  g_free (fixture->code);
}

static int
handle_reply (sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  Fixture *fixture = data;
  const sd_bus_error *failed = sd_bus_message_get_error (reply);
  const char *path;
  if (failed != NULL)
    {
      fixture->error_name = g_strdup (failed->name);
      fixture->stop = TRUE;
      return 0;
    }
  if (sd_bus_message_has_signature (reply, "o"))
    {
      g_assert_cmpint (sd_bus_message_read (reply, "o", &path), >=, 0);
      g_free (fixture->path);
      fixture->path = g_strdup (path);
    }
  return 0;
}

static void
ask (Fixture *fixture, const char *method, const char *commit)
{
  int r
      = sd_bus_call_method_async (fixture->caller, NULL, NULL, HD_BUS_PATH, HD_BUS_MANAGER, method,
                                  handle_reply, fixture, "a{sv}", 1, "commit", "s", commit);
  g_assert_cmpint (r, >=, 0);
}

static void
run (Fixture *fixture)
{
  fixture->stop = FALSE;
  while (!fixture->stop)
    g_assert_cmpint (sd_event_run (fixture->loop, UINT64_MAX), >=, 0);
}

static void
test_job (Fixture *fixture, gconstpointer unused)
{
  ask (fixture, "Deploy", "");
  run (fixture);
  g_assert_cmpstr (fixture->path, ==, "/org/atomichost/Host1/jobs/1");
  g_assert_cmpstr (fixture->states->str, ==, "running done ");
  g_assert_cmpstr (fixture->code, ==, "ok");
  if (geteuid () == 0)
    g_assert_null (fixture->asked_action);
  else
    g_assert_cmpstr (fixture->asked_action, ==, "org.atomichost.host1.deploy");
}

static void
test_denied (Fixture *fixture, gconstpointer unused)
{
  if (geteuid () == 0)
    {
      g_test_skip ("root is not asked by polkit: run as an ordinary user");
      return;
    }
  fixture->polkit_agrees = FALSE;
  ask (fixture, "Rollback", "");
  run (fixture);
  g_assert_null (fixture->path);
  g_assert_cmpstr (fixture->error_name, ==, "org.atomichost.Host1.Error.Denied");
}

static void
test_bad_options (Fixture *fixture, gconstpointer unused)
{
  int r
      = sd_bus_call_method_async (fixture->caller, NULL, NULL, HD_BUS_PATH, HD_BUS_MANAGER,
                                  "Upgrade", handle_reply, fixture, "a{sv}", 1, "speed", "d", 1.5);
  g_assert_cmpint (r, >=, 0);
  run (fixture);
  g_assert_cmpstr (fixture->error_name, ==, SD_BUS_ERROR_INVALID_ARGS);
}

static void
test_cancel (Fixture *fixture, gconstpointer unused)
{
  fixture->stop_at = (char *)"running";
  ask (fixture, "Deploy", "stubborn");
  run (fixture);
  fixture->stop_at = NULL;
  sd_bus_call_method_async (fixture->caller, NULL, NULL, "/org/atomichost/Host1/jobs/1", HD_BUS_JOB,
                            "Cancel", handle_reply, fixture, NULL);
  run (fixture);
  g_assert_cmpstr (fixture->code, ==, "cancelled");
  g_assert_null (fixture->error_name);
}

static void
test_no_such_job (Fixture *fixture, gconstpointer path)
{
  sd_bus_call_method_async (fixture->caller, NULL, NULL, path, HD_BUS_JOB, "Cancel", handle_reply,
                            fixture, NULL);
  run (fixture);
  g_assert_cmpstr (fixture->error_name, ==, SD_BUS_ERROR_UNKNOWN_OBJECT);
}

/* Reading fails with our own code where there is no sysroot. */
static void
test_status_fails (Fixture *fixture, gconstpointer unused)
{
  sd_bus_call_method_async (fixture->caller, NULL, NULL, HD_BUS_PATH, HD_BUS_MANAGER, "GetStatus",
                            handle_reply, fixture, NULL);
  run (fixture);
  g_assert_cmpstr (fixture->error_name, ==, "org.atomichost.Host1.Error.NoSysroot");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, test) g_test_add (name, Fixture, data, set_up, test, tear_down)
  ADD ("/service/job", NULL, test_job);
  ADD ("/service/denied", NULL, test_denied);
  ADD ("/service/bad-options", NULL, test_bad_options);
  ADD ("/service/cancel", NULL, test_cancel);
  ADD ("/service/no-such-job", "/org/atomichost/Host1/jobs/9", test_no_such_job);
  ADD ("/service/no-job-name", "/org/atomichost/Host1/jobs/x", test_no_such_job);
  ADD ("/service/status-fails", NULL, test_status_fails);
  return g_test_run ();
}
