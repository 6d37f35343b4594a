/* RUN/events: what happened to containers, a JSON line each, for `events`.  Plain C. */
#pragma once

#include <stdint.h>

#include "common/json.h"

#define MON_EVENTS_FILE "events"
/* Then it becomes events.1, and that goes. */
#define MON_EVENTS_BYTES_MAX (1 << 20)

/* Append an event of a container (type "container") or another noun.  `attributes` is taken over
 * and may be NULL.  Nobody's work fails for an event that cannot be written. */
void mon_event_add (int run_fd, const char *type, const char *action, const char *id,
                    hd_json *attributes);
