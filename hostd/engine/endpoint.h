/* Steps of engine/network.h's calls that `network connect` takes one by one. */
#pragma once

#include "engine/network.h"

/* One more endpoint; inside the caller's transaction. */
gboolean hd_endpoint_want (HdStore *store, const char *container, const HdNetworkRequest *request,
                           GError **error);
/* Addresses for all endpoints that have none. */
gboolean hd_endpoint_reserve (HdStore *store, const char *container, GError **error);
