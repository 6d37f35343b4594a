/* StartTransientUnit (org.freedesktop.systemd1(5)), over systemd's own socket or the system bus. */
#include "engine/unit.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/error.h"
#include "monitor/leaf.h"

#define BOOTED "/run/systemd/system"
#define PRIVATE "unix:path=/run/systemd/private"
#define OWN_VARIABLE "ATOMIC_SYSTEMD_UNIT"
#define SLICE "system.slice"
#define ID_CHARS 12
/* Beyond the container's own time: the runtime, the log. */
#define STOP_MORE_MS 15000

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sd_bus, sd_bus_flush_close_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sd_bus_message, sd_bus_message_unref)

gboolean
hd_unit_is_wanted (void)
{
  return hd_unit_own () == NULL && access (BOOTED, F_OK) == 0;
}

const char *
hd_unit_own (void)
{
  const char *unit = g_getenv (OWN_VARIABLE);
  return unit != NULL && *unit != '\0' ? unit : NULL;
}

char *
hd_unit_own_cgroup (GError **error)
{
  const char *unit = hd_unit_own ();
  if (unit == NULL)
    return NULL;
  /* The monitor inherits the place. */
  int r = mon_leaf_enter (unit);
  if (r < 0)
    {
      hd_throw_errno (error, -r, "entering a cgroup of %s", unit);
      return NULL;
    }
  return g_strconcat ("/" SLICE "/", unit, "/container", NULL);
}

void
hd_unit_notify (pid_t main_pid)
{
  if (hd_unit_own () != NULL)
    sd_notifyf (0, "MAINPID=%d\nREADY=1", main_pid);
}

char *
hd_unit_name (const char *id)
{
  return g_strdup_printf ("atomic-%.*s.service", ID_CHARS, id);
}

char *
hd_unit_cgroup (const char *id)
{
  g_autofree char *name = hd_unit_name (id);
  return g_strconcat ("/" SLICE "/", name, "/container", NULL);
}

/* root may talk to systemd without the bus, which is quicker. */
static sd_bus *
connect_systemd (GError **error)
{
  g_autoptr (sd_bus) bus = NULL;
  int r = sd_bus_new (&bus);
  if (r >= 0)
    r = sd_bus_set_address (bus, PRIVATE);
  if (r >= 0)
    r = sd_bus_start (bus);
  if (r >= 0)
    return g_steal_pointer (&bus);
  g_clear_pointer (&bus, sd_bus_flush_close_unref);
  r = sd_bus_open_system (&bus);
  if (r >= 0)
    return g_steal_pointer (&bus);
  hd_throw (error, HD_NO_BUS, NULL, "connecting to systemd: %s", g_strerror (-r));
  return NULL;
}

static int
append_string (sd_bus_message *message, const char *name, const char *value)
{
  return sd_bus_message_append (message, "(sv)", name, "s", value);
}

static int
append_flag (sd_bus_message *message, const char *name, int value)
{
  return sd_bus_message_append (message, "(sv)", name, "b", value);
}

/* a(sasb): path, arguments, whether a failure is ignored. */
static int
append_command (sd_bus_message *message, const char *const *argv)
{
  int r = sd_bus_message_open_container (message, 'r', "sv");
  if (r >= 0)
    r = sd_bus_message_append (message, "s", "ExecStart");
  if (r >= 0)
    r = sd_bus_message_open_container (message, 'v', "a(sasb)");
  if (r >= 0)
    r = sd_bus_message_open_container (message, 'a', "(sasb)");
  if (r >= 0)
    r = sd_bus_message_open_container (message, 'r', "sasb");
  if (r >= 0)
    r = sd_bus_message_append (message, "s", argv[0]);
  if (r >= 0)
    r = sd_bus_message_append_strv (message, (char **)argv);
  if (r >= 0)
    r = sd_bus_message_append (message, "b", 0);
  for (int i = 0; r >= 0 && i < 4; i++)
    r = sd_bus_message_close_container (message);
  return r;
}

static int
append_environment (sd_bus_message *message, const char *const *env)
{
  int r = sd_bus_message_open_container (message, 'r', "sv");
  if (r >= 0)
    r = sd_bus_message_append (message, "s", "Environment");
  if (r >= 0)
    r = sd_bus_message_open_container (message, 'v', "as");
  if (r >= 0)
    r = sd_bus_message_append_strv (message, (char **)env);
  for (int i = 0; r >= 0 && i < 2; i++)
    r = sd_bus_message_close_container (message);
  return r;
}

static int
append_properties (sd_bus_message *message, const HdUnit *unit)
{
  const guint64 stop_us = (guint64)(unit->stop_ms + STOP_MORE_MS) * 1000;
  int r = append_string (message, "Description", unit->description);
  if (r >= 0)
    r = append_string (message, "Slice", SLICE);
  /* The monitor stops its container in order; what it leaves is killed. */
  if (r >= 0)
    r = append_string (message, "KillMode", "mixed");
  if (r >= 0)
    r = append_string (message, "CollectMode", "inactive-or-failed");
  if (r >= 0)
    r = append_flag (message, "Delegate", 1);
  if (r >= 0)
    r = sd_bus_message_append (message, "(sv)", "TimeoutStopUSec", "t", stop_us);
  /* At a shutdown that unit's stop ends the containers in their order. */
  if (r >= 0)
    r = sd_bus_message_append (message, "(sv)", "Before", "as", 1, "atomic-containers.service");
  if (r >= 0)
    r = sd_bus_message_append (message, "(sv)", "StandardInputFileDescriptor", "h", unit->stdin_fd);
  if (r >= 0)
    r = append_environment (message, unit->env);
  return r < 0 ? r : append_command (message, unit->argv);
}

static int
make_call (sd_bus *bus, const HdUnit *unit, const char *name, sd_bus_message **ret)
{
  int r = sd_bus_message_new_method_call (bus, ret, "org.freedesktop.systemd1",
                                          "/org/freedesktop/systemd1",
                                          "org.freedesktop.systemd1.Manager", "StartTransientUnit");
  if (r >= 0)
    r = sd_bus_message_append (*ret, "ss", name, "fail");
  if (r >= 0)
    r = sd_bus_message_open_container (*ret, 'a', "(sv)");
  if (r >= 0)
    r = append_properties (*ret, unit);
  if (r >= 0)
    r = sd_bus_message_close_container (*ret);
  return r < 0 ? r : sd_bus_message_append (*ret, "a(sa(sv))", 0);
}

gboolean
hd_unit_start (const HdUnit *unit, GError **error)
{
  g_autoptr (sd_bus) bus = connect_systemd (error);
  g_autoptr (sd_bus_message) message = NULL;
  sd_bus_error refusal = SD_BUS_ERROR_NULL;
  g_autofree char *name = hd_unit_name (unit->id);
  if (bus == NULL)
    return FALSE;
  int r = make_call (bus, unit, name, &message);
  if (r >= 0)
    r = sd_bus_call (bus, message, 0, &refusal, NULL);
  if (r < 0)
    hd_throw (error, HD_FAILED, NULL, "systemd does not start %s: %s", name,
              refusal.message != NULL ? refusal.message : g_strerror (-r));
  sd_bus_error_free (&refusal);
  return r >= 0;
}
