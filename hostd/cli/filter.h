/* --filter KEY=VALUE of lists and prune: those of one key are alternatives, different keys add up.
 */
#pragma once

#include <glib.h>

/* HD_USAGE for a filter without "=" or with a key that is not in the NULL-terminated `known`. */
gboolean hd_filter_check (const char *const *filters, const char *const *known, GError **error);
/* Whether `value` is one of those that are given for `key`, or none is given. */
gboolean hd_filter_equals (const char *const *filters, const char *key, const char *value);
/* The same for a part of `value` ("name", "id"). */
gboolean hd_filter_contains (const char *const *filters, const char *key, const char *value);
/* Whether all label=KEY[=VALUE] are among `labels`, and no label!=KEY[=VALUE] is. */
gboolean hd_filter_labels (const char *const *filters, char **labels);
/* until=DURATION ("24h", "10m") or a time: whether `created` is before it. HD_USAGE. */
gboolean hd_filter_until (const char *const *filters, gint64 created, gint64 now, gboolean *ret,
                          GError **error);
/* dangling=true|false: whether something that is (not) in use is meant. */
gboolean hd_filter_dangling (const char *const *filters, gboolean used);
