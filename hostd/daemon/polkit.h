/* May this caller do that? Root may; everyone else is judged by polkit, asynchronously.
 *
 * polkit's interface: org.freedesktop.PolicyKit1.Authority, CheckAuthorization.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

/* Called once. `denied` is NULL when the caller may, else HD_DENIED with a hint; it belongs to the
 * caller of this function. */
typedef void (*HdPolkitFunc) (sd_bus_message *call, const GError *denied, gpointer data);

/* Judge whether the sender of `call` may do `action` ("org.atomichost.host1.upgrade"). `call` is
 * kept until then; `data` is freed by `free_data` (may be NULL) after `done`. polkit may ask the
 * user when the call allows it. Blocks for the bus daemon alone. Returns 0, or a negative errno and
 * then neither `done` nor `free_data` is called. */
int hd_polkit_check (sd_bus_message *call, const char *action, HdPolkitFunc done, gpointer data,
                     GDestroyNotify free_data);
/* The user id of the sender, as the bus daemon (or, without a bus, the socket) knows it. Returns 0
 * or a negative errno. */
int hd_polkit_sender_uid (sd_bus_message *call, uid_t *ret_uid);
