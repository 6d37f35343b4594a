/* Notes for `events`. */
#pragma once

#include "engine/container.h"

/* `key` and `value` (may be NULL) are one more attribute. Fails nobody. */
void hd_container_event (HdStore *store, const HdContainer *container, const char *action,
                         const char *key, const char *value);
