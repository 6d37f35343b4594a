/* Verbs that change a container. */
#include "runtime/verb-common.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/exec.h"
#include "runtime/full.h"
#include "runtime/signals.h"

#define EXEC_FAILED 255 /* as with runc: 1 would be the program's */

static int
find_driver (const rt_args *args, rt_cgroup_driver *ret, hd_err *err)
{
  static const char *const names[] = { [RT_CGROUP_CGROUPFS] = "cgroupfs",
                                       [RT_CGROUP_DISABLED] = "disabled",
                                       [RT_CGROUP_SYSTEMD] = "systemd" };
  const char *name = args->cgroup_manager;
  if (name == NULL)
    name = args->systemd_cgroup ? "systemd" : "cgroupfs";
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp (names[i], name) == 0)
      {
        *ret = (rt_cgroup_driver)i;
        return 0;
      }
  return hd_err_set (err, HD_USAGE, "use cgroupfs, systemd or disabled",
                     "--cgroup-manager: unknown \"%.40s\"", name);
}

static int
fill_create (const rt_args *args, rt_create_options *ret, rt_arena *arena, hd_err *err)
{
  char bundle[PATH_MAX];
  const char *path = args->bundle != NULL ? args->bundle : ".";
  if (realpath (path, bundle) == NULL)
    return hd_err_set_errno (err, errno, "--bundle: %s", path);
  rt_cgroup_driver driver = RT_CGROUP_CGROUPFS;
  if (find_driver (args, &driver, err) < 0)
    return -EINVAL;
  *ret = (rt_create_options){
    .root = rt_state_root (args->root, arena),
    .id = args->words[0],
    .bundle = rt_strdup (arena, bundle),
    .config = args->config,
    .pid_file = args->pid_file,
    .console_socket = args->console_socket,
    .pidfd_socket = args->pidfd_socket,
    .preserve_fds = args->preserve_fds,
    .no_pivot = args->no_pivot,
    .no_new_keyring = args->no_new_keyring,
    .detach = args->detach,
    .keep = args->keep,
    .driver = driver,
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

int
rt_verb_start (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container container = { 0 };
  int r = rt_verb_open (args, &container, arena, err);
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
  int r = rt_verb_open (args, &container, arena, err);
  return r < 0 ? r : rt_container_kill (&container, number, args->all, err);
}

#ifdef ATOMIC_STATIC

/* The expressions of the C library would make the small program a fifteenth larger. */
static int
delete_matching (const char *root, const char *expression, bool force, hd_err *err)
{
  (void)root, (void)expression, (void)force;
  return rt_full_become (err);
}

#else

/* Every container whose id the expression matches, as far as it goes; the first failure counts. */
static int
delete_matching (const char *root, const char *expression, bool force, hd_err *err)
{
  if (!RT_IS_FULL)
    return rt_full_become (err);
  regex_t regex;
  int result = 0;
  if (regcomp (&regex, expression, REG_EXTENDED | REG_NOSUB) != 0)
    return hd_err_set (err, HD_USAGE, NULL, "--regex: \"%.100s\" is no extended regular expression",
                       expression);
  DIR *folder = opendir (root);
  if (folder == NULL && errno != ENOENT)
    result = hd_err_set_errno (err, errno, "opening %s", root);
  for (struct dirent *entry; folder != NULL && (entry = readdir (folder)) != NULL;)
    {
      hd_err failed = { 0 };
      if (entry->d_name[0] == '.' || regexec (&regex, entry->d_name, 0, NULL, 0) != 0)
        continue;
      int r = rt_container_delete (root, entry->d_name, force, &failed);
      if (r < 0 && result == 0)
        {
          *err = failed;
          result = r;
        }
    }
  if (folder != NULL)
    closedir (folder);
  regfree (&regex);
  return result;
}

#endif

int
rt_verb_delete (const rt_args *args, rt_arena *arena, hd_err *err)
{
  if (args->regex)
    return delete_matching (rt_state_root (args->root, arena), args->words[0], args->force, err);
  return rt_container_delete (rt_state_root (args->root, arena), args->words[0], args->force, err);
}

int
rt_verb_exec (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container container = { 0 };
  int status;
  int r = rt_verb_open (args, &container, arena, err);
  if (r < 0)
    return EXEC_FAILED;
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
    .cgroups = args->cgroups,
    .pid_file = args->pid_file,
    .console_socket = args->console_socket,
    .pidfd_socket = args->pidfd_socket,
    .preserve_fds = args->preserve_fds,
    .detach = args->detach,
    .ignore_paused = args->ignore_paused,
  };
  r = rt_exec (&container, &options, &status, err);
  return r < 0 && status == 1 ? EXEC_FAILED : status;
}

static int
freeze (const rt_args *args, bool frozen, rt_arena *arena, hd_err *err)
{
  rt_auto_container container = { 0 };
  rt_cgroup cgroup;
  int r = rt_verb_open (args, &container, arena, err);
  if (r < 0)
    return r;
  rt_status status = rt_container_status (&container);
  const bool lives = status == RT_STATUS_RUNNING || status == RT_STATUS_CREATED;
  if (frozen ? !lives : status != RT_STATUS_PAUSED)
    return hd_err_set (err, HD_FAILED, NULL, "container \"%s\" is not %s: it is %s", args->words[0],
                       frozen ? "running" : "paused", rt_status_name (status));
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
