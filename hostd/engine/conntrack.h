/* Connections that the kernel remembers (ctnetlink). */
#pragma once

#include "engine/netlink.h"

/* Forget the UDP connections that are redirected to an address: somebody who goes on sending would
 * lead them there for ever, whoever has the port now. Best effort: a kernel without ctnetlink keeps
 * them for their two minutes. Blocks while the table is read. */
void hd_conntrack_forget_udp (const char *address);
