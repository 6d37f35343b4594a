/* A container's body to the runtime's config.json (OCI runtime specification), with Docker's
 * defaults.
 *
 * Pure but for what the image's passwd and group say: nothing is made. The parts stand in
 * spec-process.c, spec-mounts.c, spec-linux.c and seccomp-profile.c.
 */
#pragma once

#include "engine/container.h"
#include "engine/image-root.h"

/* What is known only when it is started. */
typedef struct
{
  const HdContainer *container;
  const char *folder;      /* ROOT/containers/ID, absolute */
  const HdImageRoot *root; /* where users are looked up */
  const char *netns;       /* path of its network namespace; NULL: the host's */
  const char *cgroup;      /* cgroupsPath */
  gboolean has_names;      /* hosts, hostname and resolv.conf stand in the folder */
  const char *pid_ns;      /* paths of namespaces of another container, or NULL */
  const char *ipc_ns;
  const char *uts_ns;
  const char *init; /* of --init: a program of the host, or NULL */
} HdSpecInput;

/* The configuration; free with hd_json_free. Errors: HD_USAGE and HD_NOT_FOUND (users,
 * capabilities, devices ...) say which option is wrong. */
hd_json *hd_spec_make (const HdSpecInput *input, GError **error);
/* The process of an `exec`: the container's own with changes; NULL and empty for none. */
typedef struct
{
  const char *const *args;
  const char *const *env; /* "NAME=VALUE", added */
  const char *user;
  const char *cwd;
  gboolean tty;
  gboolean privileged;
} HdExecRequest;
hd_json *hd_spec_exec_process (const HdSpecInput *input, const HdExecRequest *request,
                               GError **error);

/* The parts. */
hd_json *hd_spec_process (const HdSpecInput *input, GError **error);
hd_json *hd_spec_mounts (const HdSpecInput *input, GError **error);
hd_json *hd_spec_linux (const HdSpecInput *input, const hd_json *process, GError **error);
/* linux.resources of a HostConfig, without devices; for `update`, too. */
hd_json *hd_spec_resources (const hd_json *host_config, GError **error);
/* Capabilities of --cap-add and --cap-drop as "CAP_X", sorted; NULL-terminated, free with
 * g_strfreev. */
char **hd_spec_capabilities (const hd_json *host_config, GError **error);

/* An array of JSON from a list that ends with NULL. */
hd_json *hd_spec_strings (const char *const *list);
