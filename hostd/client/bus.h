/* The system bus as hostd and its callers see it: names, connecting, errors with our codes. */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

#define HD_BUS_NAME "org.atomichost.Host1"
#define HD_BUS_PATH "/org/atomichost/Host1"
#define HD_BUS_JOBS_PATH "/org/atomichost/Host1/jobs"
#define HD_BUS_MANAGER "org.atomichost.Host1.Manager"
#define HD_BUS_JOB "org.atomichost.Host1.Job"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sd_bus, sd_bus_flush_close_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sd_bus_message, sd_bus_message_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (sd_bus_error, sd_bus_error_free)

/* Connect to the system bus ($DBUS_SYSTEM_BUS_ADDRESS or its usual place). NULL and HD_NO_BUS when
 * there is none. Blocks for the bus daemon's greeting. */
sd_bus *hd_bus_open (GError **error);

/* Turn an error reply into a GError with our code: hostd's own errors keep theirs, and their hint,
 * which stands in a second line of the message. Returns FALSE. */
gboolean hd_bus_throw (GError **error, const sd_bus_error *failed, const char *what);
/* The other way, for hostd: "MESSAGE", a newline and the hint when there is one. Returns the
 * negative errno that sd-bus handlers return. */
int hd_bus_set_error (sd_bus_error *ret_error, const GError *error);
