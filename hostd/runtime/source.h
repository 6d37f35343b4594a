/* The source of a bind, opened for a container that may not reach it.
 *
 * A container with a user namespace has its own root look up paths, and what is below a folder that
 * only the host's root may enter (an engine's storage) is closed to it.  runc and crun open sources
 * with the host's rights; so do we, when the child was refused.
 */
#pragma once

#include "runtime/plan.h"

/* Open the source of the plan's bind step number `step` as the process `pid` sees it: a detached
 * copy of the mount, close-on-exec and the caller's.  Returns the descriptor or a negative errno
 * with `err` set; -EINVAL when the step is no such bind.  We leave our mount namespace for the
 * moment, so there must be one thread. */
int rt_source_open (const rt_plan *plan, int step, pid_t pid, hd_err *err);
