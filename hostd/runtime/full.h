/* The runtime is built twice from the same sources: once small, static and quick to start, once
 * with a dynamic loader, for what needs libraries: libseccomp to compile a profile that is not
 * kept, libsystemd to ask systemd.  The small one becomes the full one where it meets such a task.
 */
#pragma once

#include <stdbool.h>

#include "common/err.h"

/* Is what needs libraries in this program?  Behind a test of it the compiler leaves out what is
 * not. */
#ifdef ATOMIC_STATIC
#define RT_IS_FULL false
#else
#define RT_IS_FULL true
#endif

/* To be called before anything is done that cannot be done again, and before input is read that
 * cannot be read again.  Without libraries: execute the full program with our arguments; it is
 * looked for beside ours, in ATOMIC_LIBEXECDIR, and beside what we were called.  Returns 0 when we
 * are the full one, else a negative errno with `err`. */
int rt_full_become (hd_err *err);
