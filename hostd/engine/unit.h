/* Monitors as units: where systemd runs, each is a transient service of its own, so that it does
 * not end with whoever started it, and `systemctl status` and the journal know it. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Whether a monitor shall be a service of its own: systemd is the first process (sd_booted(3)), and
 * we are not a service that is made for one container already (hd_unit_own). */
gboolean hd_unit_is_wanted (void);
/* The service that a .container file has become, from its environment; NULL for none. */
const char *hd_unit_own (void);
/* As hd_unit_own's service: make room for the container's cgroup, "/system.slice/UNIT/container".
 * NULL without an error where there is none. Free with g_free. */
char *hd_unit_own_cgroup (GError **error);
/* Tell systemd that the service runs, and that this is its main process. */
void hd_unit_notify (pid_t main_pid);
/* "atomic-0123456789ab.service"; free with g_free. */
char *hd_unit_name (const char *id);
/* The cgroup below the unit's that the container gets, "/system.slice/UNIT/container"; free with
 * g_free. The monitor makes room for it (config member "unit"). */
char *hd_unit_cgroup (const char *id);

typedef struct
{
  const char *id;
  const char *description;
  const char *const *argv; /* argv[0] is the path */
  const char *const *env;
  int stdin_fd;
  gint64 stop_ms; /* how long its end may take */
} HdUnit;

/* Start it. Errors: HD_NO_BUS, or what systemd says. */
gboolean hd_unit_start (const HdUnit *unit, GError **error);
