/* What rules.c and rules-table.c share. */
#pragma once

#include "engine/nft.h"
#include "engine/rules.h"

/* Sets of interfaces: all bridges, those that are internal, those whose packets are masqueraded,
 * and each bridge beside itself. */
#define HD_SET_BRIDGES "bridges"
#define HD_SET_INTERNAL "internal"
#define HD_SET_MASQUERADE "masquerade"
#define HD_SET_SAME "same"
/* Maps of protocol and port (behind the host's address, where it counts) to address and port. */
#define HD_MAP_ANY4 "any4"
#define HD_MAP_ANY6 "any6"
#define HD_MAP_ADDRESS4 "address4"
#define HD_MAP_ADDRESS6 "address6"

HdNft hd_rules_table (HdNetlink *netlink, guint8 family);
void hd_rules_add_network (HdNft *nft, const HdNetwork *network);
void hd_rules_write_forwards (HdNft *nft, const GArray *forwards, gboolean remove);
