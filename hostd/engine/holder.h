/* Who holds addresses and ports, and lives no more.
 *
 * A command or a monitor that was killed, and a machine that lost its power, leave reservations
 * behind. They are found when somebody wants what they hold, and by engine/restore.h.
 */
#pragma once

#include "engine/store.h"

/* Ids of containers that hold addresses or ports; an array of char *. */
GPtrArray *hd_holder_list (HdStore *store, GError **error);
/* Whether its monitor lives, or a command is just changing it. Never waits. */
gboolean hd_holder_is_living (HdStore *store, const char *id);
/* Give back the rows of those that are dead but for `self`, inside or outside of a transaction.
 * *ret_released counts. What rules and interfaces say about them is put right when somebody takes
 * their place. */
gboolean hd_holder_release_dead (HdStore *store, const char *self, guint *ret_released,
                                 GError **error);
