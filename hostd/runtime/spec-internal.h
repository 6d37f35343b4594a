/* What the files of the spec share: the checks that go over one member. */
#pragma once

#include "runtime/spec.h"

/* Every message is "PATH: expected ..., got ..." or "PATH: what is wrong"; `err` is the function's.
 */
#define RT_WRONG(...) hd_err_set (err, HD_CONFIG, NULL, __VA_ARGS__)

/* Check what the tables cannot say, and give absent objects that others rely on (linux, hooks) an
 * empty value from the arena.  Returns 0 or -EINVAL with `err` (HD_CONFIG). */
int rt_spec_check (rt_spec *spec, rt_arena *arena, hd_err *err);
/* The limits by themselves; `name` leads the path in errors. */
int rt_spec_check_resources (const rt_resources *resources, const char *name, hd_err *err);
/* linux.sysctl: each parameter must belong to a namespace of the container's. */
int rt_spec_check_sysctl (const rt_spec *spec, hd_err *err);
/* Everything below linux. */
int rt_spec_check_linux (const rt_spec *spec, hd_err *err);

/* `name` is the JSON path of what is checked. */
int rt_spec_check_absolute (const char *path, const char *name, hd_err *err);
int rt_spec_check_range (int64_t value, int64_t least, int64_t most, const char *name, hd_err *err);
int rt_spec_check_mappings (const rt_id_mappings *list, const char *name, hd_err *err);
