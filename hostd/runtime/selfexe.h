/* The program that we are, where what enters a container cannot overwrite it (CVE-2019-5736).
 *
 * A process inside can open /proc/PID/exe of one that enters it, and write there once nobody runs
 * it any more.  Through a read-only mount it cannot, whatever capabilities it has.
 */
#pragma once

#include "common/err.h"

/* Make sure that we run from a read-only mount, as every program of an immutable host does: if not,
 * execute ourselves again with the same arguments, from a private read-only mount of our file, or
 * where mounts are refused from a sealed copy in memory.  Returns 0 when we are safe, else a
 * negative errno with `err`.  To be called before anything is done: it starts from the beginning.
 */
int rt_selfexe_protect (hd_err *err);

/* Our arguments as the kernel has them, an array that ends with NULL, malloc'ed; their text,
 * malloc'ed, in *ret_text.  NULL when they cannot be read. */
char **rt_selfexe_arguments (char **ret_text);
