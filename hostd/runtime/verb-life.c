/* Verbs that change a container. */
#include "runtime/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/container.h"
#include "runtime/exec.h"
#include "runtime/signals.h"

#define RESOURCES_BYTES_MAX (1u << 20)

static int
fill_create (const rt_args *args, rt_create_options *ret, rt_arena *arena, hd_err *err)
{
  char bundle[PATH_MAX];
  const char *path = args->bundle != NULL ? args->bundle : ".";
  if (realpath (path, bundle) == NULL)
    return hd_err_set_errno (err, errno, "--bundle: %s", path);
  if (args->systemd_cgroup
      || (args->cgroup_manager != NULL && strcmp (args->cgroup_manager, "systemd") == 0))
    return hd_err_set (err, HD_USAGE, "use --cgroup-manager=cgroupfs",
                       "the systemd cgroup driver is not supported");
  const bool disabled
      = args->cgroup_manager != NULL && strcmp (args->cgroup_manager, "disabled") == 0;
  *ret = (rt_create_options){
    .root = rt_state_root (args->root, arena),
    .id = args->words[0],
    .bundle = rt_strdup (arena, bundle),
    .config = args->config,
    .pid_file = args->pid_file,
    .console_socket = args->console_socket,
    .preserve_fds = args->preserve_fds,
    .no_pivot = args->no_pivot,
    .no_new_keyring = args->no_new_keyring,
    .detach = args->detach,
    .keep = args->keep,
    .driver = disabled ? RT_CGROUP_DISABLED : RT_CGROUP_CGROUPFS,
  };
  return 0;
}

int
rt_verb_create (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_create_options options;
  int status;
  int r = fill_create (args, &options, arena, err);
  return r < 0 ? r : rt_container_create (&options, &status, err);
}

int
rt_verb_run (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_create_options options;
  int status;
  int r = fill_create (args, &options, arena, err);
  if (r < 0)
    return r;
  options.run = true;
  r = rt_container_create (&options, &status, err);
  /* 126 and 127 say more than that it failed. */
  return r < 0 && status == 1 ? r : status;
}

static int
open_container (const rt_args *args, rt_container *ret, rt_arena *arena, hd_err *err)
{
  return rt_container_open (rt_state_root (args->root, arena), args->words[0], ret, err);
}

int
rt_verb_start (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container container = { 0 };
  int r = open_container (args, &container, arena, err);
  return r < 0 ? r : rt_container_start (&container, err);
}

int
rt_verb_kill (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container container = { 0 };
  const char *name = args->n_words > 1 ? args->words[1] : "TERM";
  int number = rt_signal_from_text (name);
  if (number < 0)
    return hd_err_set (err, HD_USAGE, NULL, "unknown signal \"%.40s\"", name);
  int r = open_container (args, &container, arena, err);
  return r < 0 ? r : rt_container_kill (&container, number, args->all, err);
}

int
rt_verb_delete (const rt_args *args, rt_arena *arena, hd_err *err)
{
  return rt_container_delete (rt_state_root (args->root, arena), args->words[0], args->force, err);
}

int
rt_verb_exec (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container container = { 0 };
  int status;
  int r = open_container (args, &container, arena, err);
  if (r < 0)
    return r;
  const rt_exec_options options = {
    .process = args->process,
    .args = { args->words + 1, (size_t)args->n_words - 1 },
    .env = args->env,
    .caps = args->caps,
    .cwd = args->cwd,
    .user = args->user,
    .groups = args->groups,
    .apparmor = args->apparmor,
    .label = args->label,
    .tty = args->tty,
    .no_new_privileges = args->no_new_privileges,
    .cgroup = args->cgroup,
    .pid_file = args->pid_file,
    .console_socket = args->console_socket,
    .preserve_fds = args->preserve_fds,
    .detach = args->detach,
    .ignore_paused = args->ignore_paused,
  };
  r = rt_exec (&container, &options, &status, err);
  return r < 0 && (status == 1 || status == 255) ? r : status;
}

static int
freeze (const rt_args *args, bool frozen, rt_arena *arena, hd_err *err)
{
  rt_auto_container container = { 0 };
  rt_cgroup cgroup;
  int r = open_container (args, &container, arena, err);
  if (r < 0)
    return r;
  rt_status status = rt_container_status (&container);
  if (status == RT_STATUS_STOPPED || (!frozen && status != RT_STATUS_PAUSED))
    return hd_err_set (err, HD_FAILED, NULL, "container \"%s\" is not %s", args->words[0],
                       frozen ? "running" : "paused");
  r = rt_container_cgroup (&container, &cgroup, err);
  return r < 0 ? r : rt_cgroup_freeze (&cgroup, frozen, err);
}

int
rt_verb_pause (const rt_args *args, rt_arena *arena, hd_err *err)
{
  return freeze (args, true, arena, err);
}

int
rt_verb_resume (const rt_args *args, rt_arena *arena, hd_err *err)
{
  return freeze (args, false, arena, err);
}

int
rt_verb_update (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container container = { 0 };
  hd_autofree char *text = NULL;
  hd_autojson json = NULL;
  rt_resources resources = { 0 };
  rt_cgroup cgroup;
  size_t size;
  if (args->resources == NULL)
    return hd_err_set (err, HD_USAGE, "give --resources FILE, or - for standard input",
                       "nothing to update");
  int r = open_container (args, &container, arena, err);
  if (r < 0)
    return r;
  r = strcmp (args->resources, "-") == 0
          ? hd_fs_read_fd (STDIN_FILENO, RESOURCES_BYTES_MAX, &text, &size)
          : hd_fs_read (AT_FDCWD, args->resources, RESOURCES_BYTES_MAX, &text, &size);
  if (r < 0)
    return hd_err_set_errno (err, -r, "reading %s", args->resources);
  if ((r = rt_spec_parse_resources (text, size, &resources, &json, arena, err)) < 0
      || (r = rt_container_cgroup (&container, &cgroup, err)) < 0)
    return r;
  return rt_cgroup_update (&cgroup, &resources, err);
}
