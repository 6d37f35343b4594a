/* Seccomp filters: compiled once with libseccomp, kept by the digest of the profile.
 *
 * Compiling Docker's profile takes 13 to 18 ms, reading a kept filter a fraction of one. libseccomp
 * is loaded only to compile.
 */
#pragma once

#include "runtime/filter.h"
#include "runtime/spec.h"

/* Names of actions, operators, architectures and flags, for `features`. */
extern const rt_word rt_seccomp_action_words[];
extern const rt_word rt_seccomp_flag_words[];
extern const char *const rt_seccomp_arch_names[];

/* The filter of a profile.  `folder` (or NULL) is where filters are kept: a folder of the caller's,
 * which nobody else may write; it is made when missing.  A filter that cannot be kept is no error.
 * A profile that is not known may start us again (full.h). */
int rt_seccomp_filter (const rt_seccomp *profile, const char *folder, rt_filter *ret,
                       rt_arena *arena, hd_err *err);

/* Compile without looking at kept ones. */
int rt_seccomp_compile (const rt_seccomp *profile, rt_filter *ret, rt_arena *arena, hd_err *err);
/* The digest that names the profile's filter. */
void rt_seccomp_digest (const rt_seccomp *profile, char hex[65]);
