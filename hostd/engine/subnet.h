/* Which subnet a new network gets, and which address a new endpoint. Pure but for the list of the
 * host's routes, which is given. */
#pragma once

#include "engine/cidr.h"

/* The first subnet of the pools (172.17.0.0/16 ... 172.31.0.0/16, then 192.168.0.0/20 ...) that
 * meets none of `used` (of HdCidr). FALSE when there is none. */
gboolean hd_subnet_pick4 (const GArray *used, HdCidr *ret);
/* A random /64 of fd00::/8 (RFC 4193) that meets none of `used`. */
void hd_subnet_pick6 (const GArray *used, HdCidr *ret);
/* The lowest address of `range` (a part of `subnet`) that a host may have and that is not in `used`
 * (of HdCidr). FALSE when there is none. */
gboolean hd_subnet_next (const HdCidr *subnet, const HdCidr *range, const GArray *used,
                         HdCidr *ret);
