/* What cloud-init would silently ignore, found before a machine starts with it.
 *
 * cloud-init takes what it does not understand for nothing, or logs a warning on a machine that
 * nobody can log in to. Pure: texts in, the first problem out, with file, line and what to do.
 */
#pragma once

#include <glib.h>

/* User data or vendor data: a kind that cloud-init knows by its first line; a script without the
 * line ends of Windows; a cloud-config with known keys, each once. `name` is for messages. Errors:
 * HD_CONFIG, "NAME:LINE: ...". */
gboolean hd_seed_check_user_data (const char *name, const char *text, gsize length, GError **error);
/* Meta-data: a mapping with an instance-id. */
gboolean hd_seed_check_meta_data (const char *name, const char *text, gsize length, GError **error);
/* Network configuration of version 1 or 2. */
gboolean hd_seed_check_network (const char *name, const char *text, gsize length, GError **error);
/* Whether it is a cloud-config, for which cloud-init has a schema. */
gboolean hd_seed_is_cloud_config (const char *text, gsize length);
/* A name by RFC 1123. */
gboolean hd_seed_check_hostname (const char *hostname, GError **error);
