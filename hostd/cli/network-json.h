/* A network as `network inspect` prints it. */
#pragma once

#include "common/json.h"
#include "engine/network.h"

/* A new value, or NULL. */
hd_json *hd_network_to_json (HdStore *store, const HdNetwork *network, GError **error);
/* "KEY=VALUE" to members; a new object. */
hd_json *hd_labels_to_json (char **labels);
/* "2026-01-02T03:04:05Z" and so on of seconds, set as a member. */
void hd_json_set_time (hd_json *object, const char *key, gint64 seconds);
