/* Connecting to the bus and translating errors. The translation is one table. */
#include "client/bus.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"

#define HINT_NO_BUS "as root the change is made without hostd: run it with sudo"
#define HINT_DENIED "run it with sudo, or ask for the polkit action org.atomichost.host1"
#define HINT_DIED "see 'journalctl -u hostd', then run the command again"

sd_bus *
hd_bus_open (GError **error)
{
  sd_bus *bus = NULL;
  int r = sd_bus_open_system (&bus);
  if (r >= 0)
    return bus;
  hd_throw (error, HD_NO_BUS, HINT_NO_BUS, "connecting to the system bus: %s", g_strerror (-r));
  return NULL;
}

/* Names of errors that are not hostd's own; the first prefix that fits counts. */
static const struct
{
  const char *prefix;
  hd_code code;
  const char *hint;
} foreign_errors[] = {
  { SD_BUS_ERROR_NO_REPLY, HD_WORKER, HINT_DIED },
  { SD_BUS_ERROR_SERVICE_UNKNOWN, HD_NO_BUS, HINT_NO_BUS },
  { SD_BUS_ERROR_NAME_HAS_NO_OWNER, HD_NO_BUS, HINT_NO_BUS },
  { SD_BUS_ERROR_TIMEOUT, HD_NO_BUS, HINT_NO_BUS },
  { SD_BUS_ERROR_DISCONNECTED, HD_NO_BUS, HINT_NO_BUS },
  { "org.freedesktop.DBus.Error.TimedOut", HD_NO_BUS, HINT_NO_BUS },
  { "org.freedesktop.DBus.Error.Spawn.", HD_NO_BUS, HINT_NO_BUS },
  { "org.freedesktop.systemd1.", HD_NO_BUS, HINT_NO_BUS },
  { SD_BUS_ERROR_ACCESS_DENIED, HD_DENIED, HINT_DENIED },
  { SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, HD_DENIED, HINT_DENIED },
  { SD_BUS_ERROR_INVALID_ARGS, HD_USAGE, NULL },
  { SD_BUS_ERROR_UNKNOWN_OBJECT, HD_NOT_FOUND, "see 'atomic host status'" },
};

gboolean
hd_bus_throw (GError **error, const sd_bus_error *failed, const char *what)
{
  g_auto (GStrv) lines = g_strsplit (failed->message != NULL ? failed->message : "", "\n", 2);
  const char *message = lines[0] != NULL && *lines[0] != '\0' ? lines[0] : failed->name;

  if (g_str_has_prefix (failed->name, HD_BUS_NAME ".Error."))
    return hd_throw (error, hd_code_from_name (failed->name), lines[0] != NULL ? lines[1] : NULL,
                     "%s", message);
  for (gsize i = 0; i < G_N_ELEMENTS (foreign_errors); i++)
    if (g_str_has_prefix (failed->name, foreign_errors[i].prefix))
      return hd_throw (error, foreign_errors[i].code, foreign_errors[i].hint, "%s: %s", what,
                       message);
  return hd_throw (error, HD_FAILED, NULL, "%s: %s", what, message);
}

int
hd_bus_set_error (sd_bus_error *ret_error, const GError *error)
{
  const char *name = hd_code_dbus_name (hd_error_code (error));
  const char *hint = hd_error_hint (error);
  if (hint != NULL)
    return sd_bus_error_setf (ret_error, name, "%s\n%s", error->message, hint);
  return sd_bus_error_set (ret_error, name, error->message);
}
