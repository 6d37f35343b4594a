/* Kernel arguments as a list of words. */
#pragma once

#include <glib.h>

/* Changes of a list of words (GPtrArray of char *, freed by the array, no NULL at its end). KARG is
 * KEY or "KEY=VALUE"; a value may contain "=". The order of what stays is kept. */
void hd_kargs_append (GPtrArray *kargs, const char *karg);
void hd_kargs_append_if_missing (GPtrArray *kargs, const char *karg);
/* KARG as it stands there, or KEY when it is there once, with whatever value. HD_NOT_FOUND when it
 * is not there, HD_USAGE when KEY is there several times. */
gboolean hd_kargs_delete (GPtrArray *kargs, const char *karg, GError **error);
/* "KEY=NEW" when KEY is there once, or "KEY=OLD=NEW" when "KEY=OLD" is there; errors as above. Of
 * several ways to read it, that with the longest OLD; a text with a second "=" and no OLD that is
 * there is refused, since it may be meant either way. */
gboolean hd_kargs_replace (GPtrArray *kargs, const char *karg, GError **error);

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
