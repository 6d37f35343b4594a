/* linux.netDevices: interfaces of the host that move into the container. */
#pragma once

#include <sys/types.h>

#include "runtime/spec.h"

/* Move each interface into the network namespace of `pid`, under its new name if it has one
 * ("eth%d" lets the kernel choose), give it its permanent global addresses again and set it up.  A
 * name that is taken is refused before anything moves.  Blocks on netlink only. */
int rt_netdev_move (const rt_spec *spec, pid_t pid, hd_err *err);
