/* A further process: its description, then clone into the container's cgroups and namespaces. */
#include "runtime/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"
#include "runtime/foreground.h"
#include "runtime/full.h"
#include "runtime/log.h"
#include "runtime/ns.h"
#include "runtime/pidfile.h"
#include "runtime/plan-log.h"
#include "runtime/seccomp.h"
#include "runtime/selfexe.h"
#include "runtime/socket.h"
#include "runtime/talk.h"

#define PROCESS_BYTES_MAX (4u << 20)

typedef struct
{
  rt_container *container;
  const rt_exec_options *options;
  rt_arena *arena;
  rt_spec spec;
  rt_process process;
  hd_json *spec_json;
  hd_json *process_json;
  rt_filter filter;
  rt_plan plan;
  rt_child child;
  int sync_fd;
  int console_fd;
  int master_fd;
  pid_t pid;
} runner;

/* The description */

static rt_strings
join_lists (rt_arena *arena, const rt_strings *a, const rt_strings *b)
{
  rt_strings list = { rt_new_array (arena, const char *, a->count + b->count + 1), 0 };
  for (size_t i = 0; i < a->count; i++)
    list.items[list.count++] = a->items[i];
  for (size_t i = 0; i < b->count; i++)
    list.items[list.count++] = b->items[i];
  return list;
}

static int
parse_id (const char *text, uint32_t *ret, hd_err *err)
{
  uint64_t number;
  if (hd_parse_uint64 (text, &number) < 0 || number > UINT32_MAX)
    return hd_err_set (err, HD_USAGE, "give numbers, as 1000:1000",
                       "\"%.60s\" is no user or group id", text);
  *ret = (uint32_t)number;
  return 0;
}

static int
apply_user (runner *x, hd_err *err)
{
  const rt_exec_options *o = x->options;
  rt_user *user = &x->process.user;
  if (o->user != NULL)
    {
      char *text = rt_strdup (x->arena, o->user);
      char *colon = strchr (text, ':');
      *user = (rt_user){ .umask = user->umask };
      if (colon != NULL)
        *colon = '\0';
      if (parse_id (text, &user->uid, err) < 0
          || (colon != NULL && parse_id (colon + 1, &user->gid, err) < 0))
        return -EINVAL;
    }
  if (o->groups.count == 0)
    return 0;
  user->additional_gids.items = rt_new_array (x->arena, uint32_t, o->groups.count);
  user->additional_gids.count = o->groups.count;
  for (size_t i = 0; i < o->groups.count; i++)
    if (parse_id (o->groups.items[i], &user->additional_gids.items[i], err) < 0)
      return -EINVAL;
  return 0;
}

/* --cap adds to every set but the inheritable one (CVE-2022-29162); to the ambient one where the
 * container has inheritable ones, as with runc: what is not both cannot be ambient anyhow. */
static void
apply_caps (runner *x)
{
  const rt_strings *more = &x->options->caps;
  static const rt_capabilities none;
  if (more->count == 0)
    return;
  rt_capabilities *caps = rt_new (x->arena, rt_capabilities);
  *caps = x->process.capabilities != NULL ? *x->process.capabilities : none;
  caps->bounding = join_lists (x->arena, &caps->bounding, more);
  caps->effective = join_lists (x->arena, &caps->effective, more);
  caps->permitted = join_lists (x->arena, &caps->permitted, more);
  if (caps->inheritable.count > 0)
    caps->ambient = join_lists (x->arena, &caps->ambient, more);
  x->process.capabilities = caps;
}

/* The container's process with what the command line changes. */
static int
describe_by_options (runner *x, hd_err *err)
{
  const rt_exec_options *o = x->options;
  x->process = *x->spec.process;
  x->process.args = o->args;
  x->process.terminal = o->tty;
  x->process.console_size = NULL;
  x->process.oom_score_adj.set = false;
  x->process.env = join_lists (x->arena, &x->process.env, &o->env);
  if (o->cwd != NULL)
    x->process.cwd = o->cwd;
  if (o->apparmor != NULL)
    x->process.apparmor_profile = o->apparmor;
  if (o->label != NULL)
    x->process.selinux_label = o->label;
  x->process.no_new_privileges = x->process.no_new_privileges || o->no_new_privileges;
  apply_caps (x);
  return apply_user (x, err);
}

static int
find_filter (runner *x, hd_err *err)
{
  const rt_seccomp *seccomp = x->spec.linux_->seccomp;
  if (seccomp == NULL)
    return 0;
  const char *folder = rt_printf (x->arena, "%s/.filters", rt_state_root (NULL, x->arena));
  int r = rt_seccomp_filter (seccomp, folder, &x->filter, x->arena, err);
  x->child.filter = x->filter.program;
  x->child.filter_flags = x->filter.flags;
  return r;
}

/* What may start us again, so what may be a pipe has not been read yet. */
static int
prepare (runner *x, hd_err *err)
{
  const rt_state *state = &x->container->state;
  /* An ordinary user's process is moved near the container's scope first. */
  int r = state->driver.value == RT_CGROUP_SYSTEMD && geteuid () != 0 ? rt_full_become (err) : 0;
  if (r == 0)
    r = rt_state_read_config (x->container->dir_fd, &x->spec, &x->spec_json, x->arena, err);
  if (r == 0)
    r = find_filter (x, err);
  return r < 0 ? r : rt_selfexe_protect (err);
}

static int
describe_process (runner *x, hd_err *err)
{
  hd_autofree char *text = NULL;
  size_t size;
  const char *file = x->options->process;
  int r = 0;
  if (file == NULL)
    r = describe_by_options (x, err);
  else if ((r = hd_fs_read (AT_FDCWD, file, PROCESS_BYTES_MAX, &text, &size)) < 0)
    return hd_err_set_errno (err, -r, "reading %s", file);
  else
    r = rt_spec_parse_process (text, size, &x->process, &x->process_json, x->arena, err);
  if (r == 0 && file != NULL && x->options->tty)
    x->process.terminal = true;
  return r < 0 ? r : rt_spec_check_process (&x->process, "process", err);
}

/* What must be there before the clone */

static int
connect_sockets (runner *x, hd_err *err)
{
  int ends[2];
  const char *console = x->options->console_socket;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    return hd_err_set_errno (err, errno, "making a pair of sockets");
  x->sync_fd = ends[0];
  x->child.sync_fd = ends[1];
  if (!x->process.terminal)
    return 0;
  if (console != NULL)
    {
      x->child.console_fd = rt_socket_connect (AT_FDCWD, console, SOCK_STREAM);
      if (x->child.console_fd < 0)
        return hd_err_set_errno (err, -x->child.console_fd, "connecting to the console socket %s",
                                 console);
      return 0;
    }
  if (x->options->detach)
    return hd_err_set (err, HD_USAGE, "give --console-socket",
                       "a terminal needs somebody to hold its other end");
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    return hd_err_set_errno (err, errno, "making a pair of sockets");
  x->console_fd = ends[0];
  x->child.console_fd = ends[1];
  x->child.plain_lines = true;
  return 0;
}

static int
connect_agent (runner *x, hd_err *err)
{
  const rt_seccomp *seccomp = x->spec.linux_->seccomp;
  if (seccomp == NULL || !x->filter.listens)
    return 0;
  x->child.notify_fd = rt_socket_connect (AT_FDCWD, seccomp->listener_path, SOCK_STREAM);
  if (x->child.notify_fd < 0)
    return hd_err_set_errno (err, -x->child.notify_fd,
                             "linux.seccomp.listenerPath: failed to connect with seccomp agent %s",
                             seccomp->listener_path);
  return 0;
}

static int
enter_cgroup (runner *x, int *ret_fd, hd_err *err)
{
  rt_cgroup cgroup;
  int *fds;
  *ret_fd = -1;
  int r = rt_container_cgroup (x->container, &cgroup, err);
  if (r < 0 || cgroup.count == 0)
    return r;
  if ((r = rt_cgroup_descend (&cgroup, &x->options->cgroups, err)) < 0)
    return r;
  if (cgroup.ops == &rt_cgroup_v2)
    {
      if ((r = rt_cgroup_come_near (&cgroup, err)) < 0)
        return r;
      *ret_fd = rt_cgroup_open_for (&cgroup, x->container->state.pid, err);
      return *ret_fd < 0 ? *ret_fd : 0;
    }
  r = rt_cgroup_open_procs (&cgroup, &fds, &x->child.n_cgroup_fds, ret_fd, err);
  x->child.cgroup_fds = r < 0 ? NULL : fds;
  return r;
}

static int
make_plan (runner *x, uint64_t enter_flags, hd_err *err)
{
  const rt_state *state = &x->container->state;
  const rt_exec_input input = {
    .process = &x->process,
    .spec = &x->spec,
    .id = state->id,
    .root_of = (state->namespaces.value & CLONE_NEWNS) == 0 ? state->pid : 0,
    .enter_flags = enter_flags,
    .in_user_namespace = (state->namespaces.value & CLONE_NEWUSER) != 0,
    .deny_groups = state->deny_groups,
    .preserve_fds = x->options->preserve_fds,
    /* A new keyring would be the process' own, and the container has one. */
    .no_new_keyring = true,
  };
  x->child.preserve_fds = input.preserve_fds;
  int r = rt_plan_exec (&input, &x->plan, x->arena, err);
  if (r == 0)
    rt_plan_log (&x->plan);
  return r;
}

/* The clone */

static int
on_pid (void *data, int pid)
{
  ((runner *)data)->pid = pid;
  return 0;
}

static hd_json *
on_state (void *data, const char *what, hd_err *err)
{
  runner *x = data;
  rt_state state = x->container->state;
  state.pid = x->pid;
  if (strcmp (what, "seccomp") == 0)
    return rt_state_seccomp_json (&state, x->spec.linux_->seccomp->listener_metadata);
  return rt_state_json (&state, RT_STATUS_RUNNING);
}

static const rt_talk_ops talk_ops = { .pid = on_pid, .state = on_state };

/* Children go into the container's pid namespace; we ourselves stay where we are. */
static int
aim_children (runner *x, uint64_t namespaces, hd_err *err)
{
  if ((namespaces & CLONE_NEWPID) != 0 && setns (x->child.init_pidfd, CLONE_NEWPID) < 0)
    return hd_err_set_errno (err, errno, "joining the pid namespace of \"%s\"",
                             x->container->state.id);
  return 0;
}

/* What checks for leaks at our end has to be able to see us: it is a child, too. */
static void
aim_children_here (void)
{
#ifdef __SANITIZE_ADDRESS__
  hd_autofd self_fd = (int)syscall (SYS_pidfd_open, getpid (), 0);
  (void)setns (self_fd, CLONE_NEWPID);
#endif
}

static int
launch (runner *x, int *ret_status, hd_err *err)
{
  const uint64_t namespaces = x->container->state.namespaces.value;
  /* In a user namespace only its own root may enter the rest: a stage does it. */
  const bool staged = (namespaces & CLONE_NEWUSER) != 0;
  /* But the cgroup namespace: from inside of another the kernel lets nobody be cloned into a cgroup
   * (cgroup-v2.rst, "nsdelegate"). */
  const uint64_t later = namespaces & ~(uint64_t)(staged ? ~CLONE_NEWCGROUP : CLONE_NEWPID);
  hd_autofd cgroup_fd = -1;
  int r = make_plan (x, later, err);
  if (r < 0 || (r = enter_cgroup (x, &cgroup_fd, err)) < 0)
    return r;
  if (!staged && (r = aim_children (x, namespaces, err)) < 0)
    return r;
  x->child.plan = &x->plan;
  if (!x->options->detach)
    rt_foreground_hold_signals ();
  pid_t pid = rt_ns_clone (&x->child, NULL, cgroup_fd, staged, namespaces & ~later, err);
  aim_children_here ();
  hd_closep (&x->child.sync_fd);
  hd_closep (&x->child.console_fd);
  if (pid < 0)
    return pid;
  x->pid = staged ? 0 : pid;
  r = rt_talk (x->sync_fd, &x->plan, &talk_ops, x, ret_status, err);
  if (staged)
    waitpid (pid, NULL, 0);
  if (r == RT_TALK_END && x->console_fd >= 0
      && (x->master_fd = rt_socket_receive_fd (x->console_fd)) < 0)
    r = hd_err_set_errno (err, -x->master_fd, "receiving the terminal");
  if (r == RT_TALK_END && x->options->pid_file != NULL)
    r = rt_pidfile_write (x->options->pid_file, x->pid, err);
  if (r == RT_TALK_END && x->options->pidfd_socket != NULL)
    r = rt_pidfile_send (x->options->pidfd_socket, x->pid, err);
  if (r < 0 && x->pid > 0)
    {
      kill (x->pid, SIGKILL);
      waitpid (x->pid, NULL, 0);
    }
  return r;
}

static int
run (runner *x, int *ret_status, hd_err *err)
{
  int r = prepare (x, err);
  if (r < 0 || (r = describe_process (x, err)) < 0 || (r = connect_sockets (x, err)) < 0
      || (r = connect_agent (x, err)) < 0)
    return r;
  x->child.init_pidfd = (int)syscall (SYS_pidfd_open, x->container->state.pid, 0);
  if (x->child.init_pidfd < 0
      || rt_process_start_time (x->container->state.pid) != x->container->state.start_time.value)
    return hd_err_set (err, HD_FAILED, NULL, "container \"%s\" is not running",
                       x->container->state.id);
  r = launch (x, ret_status, err);
  if (r < 0)
    return r;
  /* Standard error is the program's from here on. */
  rt_log_settle (rt_log_is_file ());
  *ret_status = x->options->detach ? 0 : rt_foreground_wait (x->pid, x->master_fd);
  return 0;
}

int
rt_exec (rt_container *container, const rt_exec_options *options, int *ret_status, hd_err *err)
{
  runner x = { .container = container,
               .options = options,
               .arena = &container->arena,
               .child = RT_CHILD_EMPTY,
               .sync_fd = -1,
               .console_fd = -1,
               .master_fd = -1 };
  *ret_status = 255;
  rt_status status = rt_container_status (container);
  if (status == RT_STATUS_STOPPED)
    return hd_err_set (err, HD_FAILED, NULL, "cannot exec in container \"%s\": it is not running",
                       container->state.id);
  if (status == RT_STATUS_PAUSED && !options->ignore_paused)
    return hd_err_set (err, HD_FAILED, "resume it first",
                       "cannot exec in a paused container: \"%s\"", container->state.id);
  int r = run (&x, ret_status, err);
  int *fds[] = { &x.sync_fd,          &x.console_fd,      &x.master_fd,       &x.child.sync_fd,
                 &x.child.console_fd, &x.child.notify_fd, &x.child.init_pidfd };
  for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
    hd_closep (fds[i]);
  hd_json_freep (&x.spec_json);
  hd_json_freep (&x.process_json);
  return r;
}
