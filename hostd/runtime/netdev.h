/* linux.netDevices: interfaces of the host that move into the container. */
#pragma once

#include <sys/types.h>

#include "runtime/spec.h"

/* Move each interface into the network namespace of `pid`, under its new name if it has one. */
int rt_netdev_move (const rt_spec *spec, pid_t pid, hd_err *err);
