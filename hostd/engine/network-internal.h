/* What the files of networks share. */
#pragma once

#include "engine/network.h"

/* Interfaces of ours: a prefix and 12 hexadecimal digits (15 characters are all that a name has).
 */
#define HD_BRIDGE_PREFIX "atb"
#define HD_LINK_PREFIX "atv"
#define HD_DEFAULT_BRIDGE "atomic0"

/* 64 random hexadecimal digits; free with g_free. */
char *hd_network_new_id (void);
/* Check what is given of subnets, gateways and ranges, choose the rest. Inside a transaction. */
gboolean hd_network_choose_subnets (HdStore *store, HdNetwork *network, GError **error);
/* Choose and store the subnet of "bridge" when it has none yet. Inside a transaction, or as one. */
gboolean hd_network_prepare (HdStore *store, HdNetwork *network, GError **error);
/* Whether it is one of the three that are always there. */
gboolean hd_network_is_first (const HdNetwork *network);
