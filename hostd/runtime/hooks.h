/* Hooks that the runtime itself runs: prestart, createRuntime, poststart, poststop. */
#pragma once

#include "runtime/state.h"

/* Run the hooks of one kind with the state on their standard input, one after the other.  Stops at
 * the first that fails, or with `keep_going` warns and goes on.  Blocks as long as they run. */
int rt_hooks_run (const rt_hook_list *list, const char *kind, const rt_state *state,
                  rt_status status, bool keep_going, hd_err *err);
