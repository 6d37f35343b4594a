/* Monitors as units: where systemd runs, each is a transient service of its own, so that it does
 * not end with whoever started it, and `systemctl status` and the journal know it. */
#pragma once

#include <glib.h>

/* Whether systemd is the first process (sd_booted(3)). */
gboolean hd_unit_is_wanted (void);
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
