/* Sources of binds that a container may not reach or make itself, opened with the host's rights.
 *
 * A container with a user namespace has its own root look up paths, and what is below a folder that
 * only the host's root may enter (an engine's storage) is closed to it; and nobody may make device
 * nodes there.  runc opens sources with the host's rights, crun makes devices, too; so do we, when
 * the child was refused.
 */
#pragma once

#include "runtime/plan.h"

typedef struct
{
  const rt_plan *plan;
  const rt_linux *linux_;
  pid_t pid;         /* the child, whose mount namespace it is */
  const char *stage; /* a folder of ours that a device may be made above for the moment */
} rt_source_input;

/* Open what the plan's step number `step` binds: the source of a bind as the child sees it, or a
 * node for a device with its owner in the container.  A detached mount, close-on-exec and the
 * caller's.  Returns the descriptor or a negative errno with `err` set; -EINVAL when the step is no
 * such one.  We leave our mount namespace for the moment, so there must be one thread. */
int rt_source_open (const rt_source_input *input, int step, hd_err *err);
