/* A container's life: create, start, delete, and what is needed to find it again. */
#pragma once

#include "runtime/state.h"

/* What the command line says. */
typedef struct
{
  const char *root; /* --root, resolved */
  const char *id;
  const char *bundle; /* absolute */
  const char *config; /* NULL: config.json in the bundle */
  const char *pid_file;
  const char *console_socket;
  const char *pidfd_socket; /* that gets a pidfd of the first process */
  unsigned preserve_fds;
  bool no_pivot;
  bool no_new_keyring;
  bool run;    /* start at once ... */
  bool detach; /* ... and do not stay */
  bool keep;   /* run: leave the stopped container */
  rt_cgroup_driver driver;
} rt_create_options;

/* Create a container.  With `run`, start it too, and unless `detach` wait for its end and delete
 * it; *ret_status is then its exit status, and 126, 127 or 1 when it could not be started.  On an
 * error nothing is left behind. */
int rt_container_create (const rt_create_options *options, int *ret_status, hd_err *err);

/* Print the plan that create would carry out, one step a line. */
int rt_container_print_plan (const rt_create_options *options, hd_err *err);

/* A container that exists. */
typedef struct
{
  const char *root;
  int dir_fd;
  rt_state state;
  hd_json *json;
  rt_arena arena;
} rt_container;

int rt_container_open (const char *root, const char *id, rt_container *ret, hd_err *err);
void rt_container_close (rt_container *container);
rt_status rt_container_status (rt_container *container);
int rt_container_cgroup (rt_container *container, rt_cgroup *ret, hd_err *err);

int rt_container_start (rt_container *container, hd_err *err);
/* Signal the first process, or with `all` every process. */
int rt_container_kill (rt_container *container, int signal_number, bool all, hd_err *err);
/* Remove a stopped container; with `force` kill it first, and it need not exist. */
int rt_container_delete (const char *root, const char *id, bool force, hd_err *err);

#define rt_auto_container __attribute__ ((cleanup (rt_container_close))) rt_container
