/* The environment of a program, from "NAME=VALUE" strings. */
#pragma once

#include "runtime/decode.h"

/* The value of the last entry with this name, or NULL. */
const char *rt_environment_get (const rt_strings *list, const char *name);
/* `list` and then `more` (NULL-terminated, or NULL) as execve takes them: of entries with the same
 * name the last one stays, as with runc and crun.  `n_free` places are left before the end.  Linear
 * in their number; strings are copied to the arena. */
char **rt_environment_merge (const rt_strings *list, const char *const *more, size_t n_free,
                             rt_arena *arena);
