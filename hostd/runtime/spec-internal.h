/* What the files of the spec share: the checks that go over one member. */
#pragma once

#include "runtime/spec.h"

/* Check what the tables cannot say, and give absent objects that others rely on (linux, hooks) an
 * empty value from the arena.  Returns 0 or -EINVAL with `err` (HD_CONFIG). */
int rt_spec_check (rt_spec *spec, rt_arena *arena, hd_err *err);
/* The limits by themselves; `name` leads the path in errors. */
int rt_spec_check_resources (const rt_resources *resources, const char *name, hd_err *err);
/* linux.sysctl: each parameter must belong to a namespace of the container's. */
int rt_spec_check_sysctl (const rt_spec *spec, hd_err *err);
