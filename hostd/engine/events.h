/* `events`: what happened, from the file that commands and monitors write. */
#pragma once

#include "engine/store.h"

#include "common/json.h"

typedef struct
{
  gint64 since_ns; /* 0: from now on */
  gint64 until_ns; /* 0: without an end */
  const char *const *filters;
} HdEventsOptions;

/* FALSE stops. */
typedef gboolean (*HdEventSeen) (const hd_json *event, gpointer data);
/* Call `seen` for each event that matches; blocks until `until_ns`, or for ever. HD_USAGE for a
 * filter with another key than type, event, container, image, label. */
gboolean hd_events_follow (HdStore *store, const HdEventsOptions *options, HdEventSeen seen,
                           gpointer data, GError **error);
