/* Kernel arguments as a list of words. */
#pragma once

#include <glib.h>

/* The argument that makes each deployment's boot entry different from all others. */
#define HD_KARG_DEPLOYMENT "atomic.deployment"

/* Split a command line at white space outside of double quotes, as the kernel does (next_arg() of
 * lib/cmdline.c); the quotes are kept. `text` may be NULL. Free with g_strfreev. */
char **hd_kargs_split (const char *text);
/* Without those that libostree and hostd add: ostree=, atomic.deployment=. Free with g_strfreev. */
char **hd_kargs_visible (const char *const *kargs);
/* The value of the last "KEY=value", "" for a bare KEY, NULL when it is not there; belongs to
 * `kargs`. */
const char *hd_kargs_get (const char *const *kargs, const char *key);
/* Whether `karg` is KEY or "KEY=...". */
gboolean hd_karg_has_key (const char *karg, const char *key);
