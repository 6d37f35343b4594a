/* Seccomp profiles in the form that Docker and podman read, to what the runtime takes.
 *
 * The profile of containers that ask for nothing is that of Debian's
 * golang-github-containers-common (which podman uses, too): /etc/containers/seccomp.json, else
 * /usr/share/containers/seccomp.json, else the copy of it that our package installs. The runtime
 * compiles a filter once and keeps it by its digest.
 */
#pragma once

#include "common/json.h"

#include <glib.h>

/* linux.seccomp for a container with these capabilities. `path` NULL: the default profile. Errors:
 * HD_NOT_FOUND, HD_CONFIG. Free with hd_json_free. */
hd_json *hd_seccomp_profile (const char *path, const char *const *caps, GError **error);
/* The same from a parsed profile, for an architecture as Go names it ("amd64"). Pure. */
hd_json *hd_seccomp_convert (const hd_json *profile, const char *const *caps, const char *arch,
                             GError **error);
