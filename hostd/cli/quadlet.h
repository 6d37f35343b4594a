/* Quadlet: a .container file, as podman's users have it, becomes a service of systemd
 * (podman-systemd.unit(5)). Pure: text to text. */
#pragma once

#include <glib.h>

/* The text of the service for a file. `path` is the file's, for messages and SourcePath; `program`
 * is that of atomic; `name` is the file's without ".container". *ret_links are the links that its
 * [Install] section wants, relative to the generator's folder
 * ("multi-user.target.wants/x.service"), NULL-terminated. Free both with g_free and g_strfreev.
 * HD_CONFIG says which line is wrong: a key that is not known, or that cannot be kept, is an error.
 */
char *hd_quadlet_convert (const char *path, const char *name, const char *program, const char *text,
                          char ***ret_links, GError **error);
