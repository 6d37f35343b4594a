/* What is kept of a container: ROOT/ID/state.json and the config.json that it was made from.
 *
 * The status is never written: it is seen from the process, the sockets in the folder and the
 * freezer.
 */
#pragma once

#include <sys/types.h>

#include "runtime/cgroup.h"
#include "runtime/spec.h"

typedef enum
{
  RT_STATUS_CREATING,
  RT_STATUS_CREATED,
  RT_STATUS_RUNNING,
  RT_STATUS_PAUSED,
  RT_STATUS_STOPPED
} rt_status;

/* Bits of what delete and start have to read the config for. */
#define RT_STATE_HOOKS_POSTSTART 1
#define RT_STATE_HOOKS_POSTSTOP 2
#define RT_STATE_HOOKS_START_CONTAINER 4

typedef struct
{
  const char *id;
  int32_t pid;
  rt_uint64
      start_time; /* of the process, in clock ticks: tells it from a later one of that number */
  const char *bundle;
  const char *rootfs;
  const char *created; /* RFC 3339 */
  const char *owner;
  rt_strings cgroups;   /* "NAME=PATH" */
  rt_int64 driver;      /* rt_cgroup_driver */
  rt_uint64 namespaces; /* CLONE_NEW* that are not the host's */
  rt_int64 hooks;       /* RT_STATE_HOOKS_* */
  bool deny_groups;
  rt_map annotations;
} rt_state;

/* The folder that holds the containers: `option` (--root), or /run/atomic-runtime, for an ordinary
 * user and for root of a user namespace below XDG_RUNTIME_DIR. */
const char *rt_state_root (const char *option, rt_arena *arena);
/* An id is a name of letters, digits and "_+-.", without a dot in front.  Returns 0 or -EINVAL. */
int rt_state_check_id (const char *id, hd_err *err);

/* Make the folder of a new container: a descriptor, or -EEXIST. */
int rt_state_make (const char *root, const char *id, hd_err *err);
/* Open the folder of a container: a descriptor, or -ENOENT with "does not exist". */
int rt_state_open (const char *root, const char *id, hd_err *err);
int rt_state_remove (const char *root, const char *id, hd_err *err);
/* The same for a folder that is open already. */
int rt_state_empty (int dir_fd, const char *root, const char *id, hd_err *err);

int rt_state_write (int dir_fd, const rt_state *state, hd_err *err);
/* Strings of *ret belong to *ret_json. */
int rt_state_read (int dir_fd, const char *id, rt_state *ret, hd_json **ret_json, rt_arena *arena,
                   hd_err *err);
/* The config.json that the container was made from. */
int rt_state_read_config (int dir_fd, rt_spec *ret, hd_json **ret_json, rt_arena *arena,
                          hd_err *err);

rt_status rt_state_status (int dir_fd, const rt_state *state, rt_arena *arena);
const char *rt_status_name (rt_status status);
/* The process' start time in clock ticks, 0 when there is none or it is a zombie. */
uint64_t rt_process_start_time (pid_t pid);

/* The state as the specification has it, for `state` and hooks. */
hd_json *rt_state_json (const rt_state *state, rt_status status);
/* What a seccomp agent is told with the listener (specification, config-linux.md,
 * containerProcessState). */
hd_json *rt_state_seccomp_json (const rt_state *state, const char *metadata);
