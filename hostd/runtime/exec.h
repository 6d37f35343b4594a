/* A further process in a running container. */
#pragma once

#include "runtime/container.h"

typedef struct
{
  const char *process; /* file of --process, or NULL and the members below */
  rt_strings args;
  rt_strings env;
  rt_strings caps;
  const char *cwd;
  const char *user; /* "UID[:GID]" */
  rt_strings groups;
  const char *apparmor;
  const char *label;
  bool tty;
  bool no_new_privileges;
  rt_strings cgroups; /* below the container's: see rt_cgroup_descend */
  const char *pid_file;
  const char *console_socket;
  const char *pidfd_socket; /* that gets a pidfd of the process */
  unsigned preserve_fds;
  bool detach;
  bool ignore_paused;
} rt_exec_options;

/* Run a process in the container.  Unless `detach`, waits for its end: *ret_status is its exit
 * status, 126 or 127 when it could not be started. */
int rt_exec (rt_container *container, const rt_exec_options *options, int *ret_status, hd_err *err);
