/* A container that exists: found by its state, started, signalled, deleted. */
#include "runtime/container.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "runtime/full.h"
#include "runtime/hooks.h"
#include "runtime/hostmount.h"
#include "runtime/log.h"
#include "runtime/socket.h"
#include "runtime/sync.h"
#include "runtime/talk.h"

#define KILL_TIMEOUT_MS 10000

int
rt_container_open (const char *root, const char *id, rt_container *ret, hd_err *err)
{
  *ret = (rt_container){ .root = root, .dir_fd = -1 };
  int fd = rt_state_open (root, id, err);
  if (fd < 0)
    return fd;
  ret->dir_fd = fd;
  return rt_state_read (fd, id, &ret->state, &ret->json, &ret->arena, err);
}

void
rt_container_close (rt_container *c)
{
  if (c->root == NULL)
    return;
  hd_closep (&c->dir_fd);
  hd_json_freep (&c->json);
  rt_arena_free (&c->arena);
}

rt_status
rt_container_status (rt_container *c)
{
  return rt_state_status (c->dir_fd, &c->state, &c->arena);
}

int
rt_container_cgroup (rt_container *c, rt_cgroup *ret, hd_err *err)
{
  return rt_cgroup_restore (&c->state.cgroups, (rt_cgroup_driver)c->state.driver.value, ret,
                            &c->arena, err);
}

/* Start */

static hd_json *
on_state (void *data, const char *what, hd_err *err)
{
  rt_container *c = data;
  if (strcmp (what, "seccomp") != 0)
    return rt_state_json (&c->state, RT_STATUS_CREATED);
  rt_spec spec = { 0 };
  hd_autojson json = NULL;
  if (rt_state_read_config (c->dir_fd, &spec, &json, &c->arena, err) < 0)
    return NULL;
  return rt_state_seccomp_json (
      &c->state, spec.linux_->seccomp != NULL ? spec.linux_->seccomp->listener_metadata : NULL);
}

static void
run_poststart (rt_container *c)
{
  rt_spec spec = { 0 };
  hd_autojson json = NULL;
  hd_err ignored = { 0 };
  if ((c->state.hooks.value & RT_STATE_HOOKS_POSTSTART) == 0)
    return;
  if (rt_state_read_config (c->dir_fd, &spec, &json, &c->arena, &ignored) == 0)
    rt_hooks_run (&spec.hooks->poststart, "poststart", &c->state, RT_STATUS_RUNNING, true,
                  &ignored);
}

int
rt_container_start (rt_container *c, hd_err *err)
{
  static const rt_talk_ops ops = { .state = on_state };
  static const rt_msg go = { .kind = RT_MSG_GO };
  int status;
  switch (rt_container_status (c))
    {
    case RT_STATUS_CREATED:
      break;
    case RT_STATUS_STOPPED:
      return hd_err_set (err, HD_FAILED, NULL, "cannot start container \"%s\": it has stopped",
                         c->state.id);
    default:
      return hd_err_set (err, HD_FAILED, NULL, "cannot start container \"%s\": it is %s",
                         c->state.id, rt_status_name (rt_container_status (c)));
    }
  hd_autofd fd = rt_socket_connect (c->dir_fd, "start.sock", SOCK_SEQPACKET);
  if (fd < 0)
    return hd_err_set_errno (err, -fd, "connecting to the start socket of %s", c->state.id);
  unlinkat (c->dir_fd, "start.sock", 0);
  int r = rt_msg_send (fd, &go);
  if (r < 0)
    return hd_err_set_errno (err, -r, "starting container \"%s\"", c->state.id);
  r = rt_talk (fd, NULL, &ops, c, &status, err);
  if (r < 0)
    return r;
  run_poststart (c);
  return 0;
}

/* Kill */

static int
kill_first (rt_container *c, int signal_number, hd_err *err)
{
  hd_autofd pidfd = (int)syscall (SYS_pidfd_open, c->state.pid, 0);
  /* The descriptor first, then the look at who it is: the number cannot change hands in between. */
  if (pidfd < 0 || rt_process_start_time (c->state.pid) != c->state.start_time.value)
    return hd_err_set (err, HD_FAILED, NULL, "container not running");
  if (syscall (SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0) < 0)
    return hd_err_set_errno (err, errno, "sending signal %d to container \"%s\"", signal_number,
                             c->state.id);
  return 0;
}

int
rt_container_kill (rt_container *c, int signal_number, bool all, hd_err *err)
{
  rt_cgroup cgroup;
  int r = rt_container_cgroup (c, &cgroup, err);
  if (r < 0)
    return r;
  /* Without a pid namespace the others do not end with the first. */
  const bool shared = (c->state.namespaces.value & CLONE_NEWPID) == 0 && signal_number == SIGKILL;
  if ((all || shared) && cgroup.count > 0)
    r = rt_cgroup_kill (&cgroup, signal_number, err);
  else
    r = kill_first (c, signal_number, err);
  /* Version 1 keeps even the killed frozen. */
  if (r == 0 && signal_number == SIGKILL && rt_container_status (c) == RT_STATUS_PAUSED)
    r = rt_cgroup_freeze (&cgroup, false, err);
  return r;
}

/* Delete */

/* Kill the first process and wait for its end. */
static int
end_process (rt_container *c, hd_err *err)
{
  hd_autofd pidfd = (int)syscall (SYS_pidfd_open, c->state.pid, 0);
  struct pollfd wait_for = { .fd = pidfd, .events = POLLIN };
  hd_err gone = { 0 };
  if (pidfd < 0 || rt_container_kill (c, SIGKILL, false, &gone) < 0)
    return 0; /* it has ended by itself */
  if (poll (&wait_for, 1, KILL_TIMEOUT_MS) == 1)
    return 0;
  return hd_err_set (err, HD_FAILED, NULL, "container \"%s\" does not end", c->state.id);
}

static void
run_poststop (rt_container *c)
{
  rt_spec spec = { 0 };
  hd_autojson json = NULL;
  hd_err ignored = { 0 };
  if ((c->state.hooks.value & RT_STATE_HOOKS_POSTSTOP) == 0)
    return;
  if (rt_state_read_config (c->dir_fd, &spec, &json, &c->arena, &ignored) == 0)
    rt_hooks_run (&spec.hooks->poststop, "poststop", &c->state, RT_STATUS_STOPPED, true, &ignored);
}

static int
delete_found (rt_container *c, bool force, hd_err *err)
{
  rt_cgroup cgroup;
  if (c->state.driver.value == RT_CGROUP_SYSTEMD && rt_full_become (err) < 0)
    return -ENOENT;
  rt_status status = rt_container_status (c);
  if (status != RT_STATUS_STOPPED && status != RT_STATUS_CREATED && !force)
    return hd_err_set (err, HD_FAILED, "kill it first, or use --force",
                       "cannot delete container \"%s\" that is not stopped: %s", c->state.id,
                       rt_status_name (status));
  int r = status != RT_STATUS_STOPPED ? end_process (c, err) : 0;
  if (r == 0)
    r = rt_container_cgroup (c, &cgroup, err);
  if (r == 0)
    r = rt_cgroup_remove (&cgroup, err);
  if (r == 0)
    r = rt_hostmount_detach (c->dir_fd, err);
  if (r < 0)
    return r;
  run_poststop (c);
  return rt_state_remove (c->root, c->state.id, err);
}

/* The scope of what was not finished.  Nothing tells whether it was to have one; systemd can miss
 * that its holder has ended. */
static void
stop_unfinished_scope (rt_container *c, const rt_spec *spec, const char *id)
{
  rt_cgroup cgroup = { 0 };
  hd_err ignored = { 0 };
  if (rt_cgroup_open (spec->linux_->cgroups_path, id, RT_CGROUP_SYSTEMD, &cgroup, &c->arena,
                      &ignored)
      == 0)
    rt_cgroup_stop_empty (&cgroup);
}

/* What somebody left who was killed while he made it: its process has ended with him, so its
 * cgroups are empty.  Others are not touched. */
static int
delete_unfinished (rt_container *c, const char *id, hd_err *err)
{
  rt_spec spec = { 0 };
  hd_autojson json = NULL;
  rt_cgroup cgroup = { 0 };
  hd_err ignored = { 0 };
  if (c->dir_fd >= 0 && rt_state_read_config (c->dir_fd, &spec, &json, &c->arena, &ignored) == 0)
    {
      if (rt_cgroup_open (spec.linux_->cgroups_path, id, RT_CGROUP_CGROUPFS, &cgroup, &c->arena,
                          &ignored)
          == 0)
        for (size_t i = 0; i < cgroup.count; i++)
          rmdir (cgroup.entries[i].path);
      stop_unfinished_scope (c, &spec, id);
    }
  if (c->dir_fd >= 0 && rt_hostmount_detach (c->dir_fd, err) < 0)
    return -EIO;
  return rt_state_remove (c->root, id, err);
}

int
rt_container_delete (const char *root, const char *id, bool force, hd_err *err)
{
  rt_auto_container c = { 0 };
  int r = rt_container_open (root, id, &c, err);
  if (r == 0)
    return delete_found (&c, force, err);
  if (!force || (r != -ENOENT && c.dir_fd < 0))
    return r;
  *err = (hd_err){ 0 };
  return rt_state_check_id (id, err) < 0 ? -EINVAL : delete_unfinished (&c, id, err);
}
