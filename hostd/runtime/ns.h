/* Making the container's first process: namespaces that must be there before it, and its id maps.
 */
#pragma once

#include <sys/types.h>

#include "runtime/child.h"

/* Clone the process that carries out the plan, in new namespaces `plan->clone_flags`, in the cgroup
 * of `cgroup_fd` (version 2) unless that is negative.  With `staged`, a process in between first
 * joins the namespaces that `spec` names, or for exec (NULL) those of child->init_pidfd in
 * `enter_flags`.  Returns the process id; with `staged` that of the stage, and the real one comes
 * as RT_MSG_PID. */
pid_t rt_ns_clone (rt_child *child, const rt_spec *spec, int cgroup_fd, bool staged,
                   uint64_t enter_flags, hd_err *err);
/* Must namespaces be joined before the clone?  True for a joined pid, user or time namespace, and
 * for any joined one beside a new user namespace. */
bool rt_ns_needs_stage (const rt_spec *spec);
/* Clocks of a new time namespace for the children of this process. */
int rt_ns_set_clocks (const rt_spec *spec, hd_err *err);

/* Write uid_map and gid_map of `pid`; an ordinary user's go through newuidmap and newgidmap. */
int rt_ns_write_maps (pid_t pid, const rt_spec *spec, bool deny_groups, hd_err *err);
/* Will setgroups be denied?  Where an ordinary user maps only its own group. */
bool rt_ns_denies_groups (const rt_spec *spec);

/* A descriptor of a new user namespace with these maps, for an id-mapped mount. */
int rt_ns_open_mapped (const rt_id_mappings *uids, const rt_id_mappings *gids, hd_err *err);
