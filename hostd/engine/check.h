/* Whether rows, files and the kernel's state agree: `system check`. */
#pragma once

#include "engine/store.h"

/* What is wrong, a line each; empty when all is well. Changes nothing, waits for nobody. An array
 * of char *. */
GPtrArray *hd_check_run (HdStore *store, GError **error);
/* Put right what can be: containers whose monitor was killed, reservations, interfaces, rules,
 * layers that nobody needs, folders of killed makers. */
gboolean hd_check_repair (HdStore *store, GError **error);
