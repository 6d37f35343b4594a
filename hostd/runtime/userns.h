/* Who we are: root of the machine, or somebody whose rights end at a user namespace. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* The effective user that we were started as, without a system call. */
uid_t rt_own_uid (void);

/* May we own the machine's folders and cgroups?  False for an ordinary user, and for root of a user
 * namespace other than the first, as rootless podman starts us.  Reads /proc/self/uid_map
 * (user_namespaces(7)), which is all ids in one line only in the first; an unreadable one counts as
 * that. */
bool rt_is_host_root (void);
