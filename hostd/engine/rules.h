/* Our packet filter rules: one table, `inet atomic`, of a fixed form; what networks and containers
 * need are elements of its sets and maps.
 *
 * - Outgoing: the source of what leaves a bridge that is not internal is masqueraded.
 * - Published ports: a packet from a bridge of ours, or of the host itself, to an address of the
 *   host is redirected to the container at once.
 * - From outside it first goes where a packet to a service of the host goes: through the host's own
 *   input rules, whatever table they are in. If they let the first packet of a connection pass, our
 *   last chain of that hook (tables `ip atomic`, `ip6 atomic`) sends it through a pair of
 * interfaces (HD_DETOUR_OUT, HD_DETOUR_IN) and drops the original; coming in there, it is
 * redirected. All others of the connection go straight. So a port that the host's firewall closes
 * stays closed, and drops in anybody's forward chain count, too, as ours never end another table's
 * chains.
 * - Between bridges nothing passes but to published ports; nothing unasked for comes to a container
 *   from outside.
 *
 * The lock of engine/attach.c must be held.
 */
#pragma once

#include "engine/netlink.h"
#include "engine/network.h"
#include "engine/port.h"

/* A socket that changes rules. Those who watch for changes by others know ours by the upper half of
 * its port id (hostd/monitor/rules.c). */
#define HD_RULES_PORT_ID 0x41540000u
HdNetlink *hd_rules_open (GError **error);
#define HD_RULES_TABLE "atomic"

/* A published port with the addresses that it leads to (text, or NULL). */
typedef struct
{
  HdPort port;
  const char *ip4;
  const char *ip6;
} HdForward;

/* Add the elements of a bridge and of a container's ports in one transaction. What is there already
 * is no error. *ret_missing: the table is not there, or says something else; hd_rules_replace puts
 * it right. `forwards` is of HdForward. */
gboolean hd_rules_add (HdNetlink *netlink, const HdNetwork *const *networks, const GArray *forwards,
                       gboolean *ret_missing, GError **error);
/* Remove a container's ports. *ret_missing as above. */
gboolean hd_rules_remove (HdNetlink *netlink, const GArray *forwards, gboolean *ret_missing,
                          GError **error);
/* Replace all of the tables by what these networks (of HdNetwork *) and ports need, in one
 * transaction. `detour` is the index of HD_DETOUR_OUT, or 0. `foreign_drop`: packets between
 * others' interfaces are dropped, because the host forwards on our account only. */
gboolean hd_rules_replace (HdNetlink *netlink, const GPtrArray *networks, const GArray *forwards,
                           guint detour, gboolean foreign_drop, GError **error);
/* Whether the table is there. */
gboolean hd_rules_exist (HdNetlink *netlink, gboolean *ret, GError **error);
