/* The container's first process: the loop over the plan, and the steps of namespaces and waiting.
 */
#include "runtime/child-internal.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fs.h"
#include "runtime/socket.h"
#include "runtime/sync.h"

#define STATE_BYTES_MAX ((1u << 20) + (64u << 10)) /* that of state.c, and the agent's metadata */

static int
report (rt_child *child, rt_msg_kind kind, int errnum, const char *text)
{
  rt_msg message = { .kind = kind,
                     .step = (int32_t)child->step,
                     .errnum = errnum,
                     .number = (int32_t)child->plan->steps[child->step].kind };
  if (text != NULL)
    for (size_t i = 0; i + 1 < sizeof message.text && text[i] != '\0'; i++)
      message.text[i] = text[i];
  return rt_msg_send (child->report_fd, &message);
}

void
rt_child_warn (rt_child *child, int errnum, const char *text)
{
  report (child, RT_MSG_WARNING, errnum, text);
}

/* Ask the parent for something and wait until it is done. */
static int
ask (rt_child *child, rt_msg_kind kind, const char *text, int *ret_number)
{
  rt_msg answer;
  int r = report (child, kind, 0, text);
  if (r < 0)
    return r;
  r = rt_msg_receive (child->report_fd, &answer);
  if (r <= 0)
    return r < 0 ? r : -EPIPE;
  if (answer.kind != RT_MSG_GO)
    return -EPROTO;
  if (ret_number != NULL)
    *ret_number = answer.number;
  return 0;
}

static int
do_await_maps (rt_child *child, const rt_step *step)
{
  return ask (child, RT_MSG_MAPS, NULL, NULL);
}

static int
do_await_net (rt_child *child, const rt_step *step)
{
  return ask (child, RT_MSG_NET, NULL, NULL);
}

static int
do_runtime_hooks (rt_child *child, const rt_step *step)
{
  return ask (child, RT_MSG_RUNTIME_HOOKS, NULL, NULL);
}

static int
do_become_root (rt_child *child, const rt_step *step)
{
  if (step->number != 0 && syscall (SYS_setgroups, 0, NULL) < 0)
    return -errno;
  if (syscall (SYS_setresgid, 0, 0, 0) < 0)
    return -errno;
  return RT_CHECK (syscall (SYS_setresuid, 0, 0, 0));
}

static int
do_join_ns (rt_child *child, const rt_step *step)
{
  int fd = open (step->as.namespace_->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -errno;
  int r = RT_CHECK (setns (fd, (int)step->as.namespace_->type.value));
  close (fd);
  return r;
}

static int
do_enter (rt_child *child, const rt_step *step)
{
  return RT_CHECK (setns (child->init_pidfd, (int)step->flags));
}

static int
do_join_cgroup (rt_child *child, const rt_step *step)
{
  for (size_t i = 0; i < child->n_cgroup_fds; i++)
    if (write (child->cgroup_fds[i], "0", 1) != 1)
      return -errno;
  return 0;
}

static int
do_unshare (rt_child *child, const rt_step *step)
{
  return RT_CHECK (unshare ((int)step->flags));
}

static int
do_loopback (rt_child *child, const rt_step *step)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -errno;
  int r = RT_CHECK (ioctl (fd, SIOCSIFFLAGS, &request));
  rt_child_drop (fd);
  return r;
}

static int
do_hostname (rt_child *child, const rt_step *step)
{
  return RT_CHECK (sethostname (step->as.text, strlen (step->as.text)));
}

static int
do_domainname (rt_child *child, const rt_step *step)
{
  return RT_CHECK (setdomainname (step->as.text, strlen (step->as.text)));
}

static int
do_oom_score (rt_child *child, const rt_step *step)
{
  char text[24], *c = text + sizeof text;
  uint64_t number = (uint64_t)(step->number < 0 ? -step->number : step->number);
  *--c = '\0';
  do
    *--c = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  if (step->number < 0)
    *--c = '-';
  int r = rt_child_write_proc (child, "thread-self/oom_score_adj", c);
  if (r != -EACCES && r != -EPERM)
    return r;
  rt_child_warn (child, -r, "the host allows no lower score; it stays as it is");
  return 0;
}

static int
do_session (rt_child *child, const rt_step *step)
{
  return RT_CHECK (setsid ());
}

int
rt_child_ask_state (rt_child *child, const char *what, const char **ret, size_t *ret_bytes)
{
  static char state[STATE_BYTES_MAX];
  int size = 0;
  int r = ask (child, RT_MSG_STATE, what, &size);
  if (r < 0)
    return r;
  if (size < 0 || (size_t)size > sizeof state)
    return -EMSGSIZE;
  for (size_t got = 0; got < (size_t)size;)
    {
      ssize_t n = recv (child->report_fd, state + got, sizeof state - got, 0);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return n < 0 ? -errno : -EPROTO;
      got += (size_t)n;
    }
  *ret = state;
  *ret_bytes = (size_t)size;
  return 0;
}

int
rt_child_ask_source (rt_child *child)
{
  int r = report (child, RT_MSG_TREE, 0, NULL);
  return r < 0 ? r : rt_socket_receive_fd (child->report_fd);
}

/* Run the hooks of one kind here.  The state comes from whoever waits, who knows the pid that the
 * host sees. */
static int
do_hooks (rt_child *child, const rt_step *step)
{
  const char *state;
  size_t size;
  int r = rt_child_ask_state (child, "", &state, &size);
  /* Before the pivot they start in the rootfs, as with runc. */
  if (r == 0 && child->root_fd >= 0)
    r = RT_CHECK (fchdir (child->root_fd));
  for (size_t i = 0; r == 0 && i < step->as.hooks->count; i++)
    {
      rt_hook_result result;
      r = rt_hook_run (&step->as.hooks->items[i], state, size, &result);
      if (r == 0)
        continue;
      rt_hook_describe (&step->as.hooks->items[i], i, r, &result, child->detail_buffer,
                        sizeof child->detail_buffer);
      child->detail = child->detail_buffer;
      return r == -ETIME ? -ECANCELED : r;
    }
  return r;
}

static void
end_quietly (int signal_number)
{
  _exit (128 + signal_number);
}

/* The first process of a pid namespace gets no signal that it has no handler for; those that end a
 * program usually shall end one that waits, too.  rt_do_close_fds resets them. */
static void
heed_signals (void)
{
  const struct sigaction end = { .sa_handler = end_quietly };
  static const int ending[] = { SIGHUP, SIGINT, SIGTERM };
  for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
    sigaction (ending[i], &end, NULL);
}

/* Ready.  Who asked for us must live until we can be found again; then the socket of `start` takes
 * the place of the parent's, but for `run`. */
static int
do_created (rt_child *child, const rt_step *step)
{
  rt_msg message;
  if (step->flags == 0)
    heed_signals ();
  int r = ask (child, RT_MSG_CREATED, NULL, NULL);
  if (r < 0 || step->flags != 0)
    return r;
  close (child->sync_fd);
  child->report_fd = -1;
  do
    child->report_fd = accept4 (child->listen_fd, NULL, NULL, SOCK_CLOEXEC);
  while (child->report_fd < 0 && errno == EINTR);
  if (child->report_fd < 0)
    return -errno;
  close (child->listen_fd);
  return rt_msg_receive (child->report_fd, &message) <= 0 ? -EPIPE : 0;
}

static rt_step_function *const functions[RT_N_STEPS] = {
  [RT_STEP_AWAIT_MAPS] = do_await_maps,
  [RT_STEP_BECOME_ROOT] = do_become_root,
  [RT_STEP_JOIN_NS] = do_join_ns,
  [RT_STEP_ENTER] = do_enter,
  [RT_STEP_JOIN_CGROUP] = do_join_cgroup,
  [RT_STEP_UNSHARE] = do_unshare,
  [RT_STEP_LOOPBACK] = do_loopback,
  [RT_STEP_AWAIT_NET] = do_await_net,
  [RT_STEP_HOSTNAME] = do_hostname,
  [RT_STEP_DOMAINNAME] = do_domainname,
  [RT_STEP_OOM_SCORE] = do_oom_score,
  [RT_STEP_PROPAGATION] = rt_do_propagation,
  [RT_STEP_ROOTFS] = rt_do_rootfs,
  [RT_STEP_MOUNT] = rt_do_mount,
  [RT_STEP_BIND] = rt_do_bind,
  [RT_STEP_CGROUPS] = rt_do_cgroups,
  [RT_STEP_DIRECTORY] = rt_do_directory,
  [RT_STEP_DEVICE] = rt_do_device,
  [RT_STEP_SYMLINK] = rt_do_symlink,
  [RT_STEP_SYSCTL] = rt_do_sysctl,
  [RT_STEP_READONLY] = rt_do_readonly,
  [RT_STEP_MASK] = rt_do_mask,
  [RT_STEP_RUNTIME_HOOKS] = do_runtime_hooks,
  [RT_STEP_HOOKS] = do_hooks,
  [RT_STEP_READONLY_MOUNT] = rt_do_readonly_mount,
  [RT_STEP_PIVOT] = rt_do_pivot,
  [RT_STEP_STAY] = rt_do_stay,
  [RT_STEP_ROOT_OF] = rt_do_root_of,
  [RT_STEP_CHROOT] = rt_do_chroot,
  [RT_STEP_READONLY_ROOT] = rt_do_readonly_root,
  [RT_STEP_ROOT_PROPAGATION] = rt_do_root_propagation,
  [RT_STEP_SESSION] = do_session,
  [RT_STEP_KEYRING] = rt_do_keyring,
  [RT_STEP_TERMINAL] = rt_do_terminal,
  [RT_STEP_RLIMIT] = rt_do_rlimit,
  [RT_STEP_PERSONALITY] = rt_do_personality,
  [RT_STEP_SCHEDULER] = rt_do_scheduler,
  [RT_STEP_IO_PRIORITY] = rt_do_io_priority,
  [RT_STEP_AFFINITY] = rt_do_affinity,
  [RT_STEP_MEMORY_POLICY] = rt_do_memory_policy,
  [RT_STEP_ATTRIBUTE] = rt_do_attribute,
  [RT_STEP_CWD] = rt_do_cwd,
  [RT_STEP_HOME] = rt_do_home,
  [RT_STEP_FIND_PROGRAM] = rt_do_find_program,
  [RT_STEP_CREATED] = do_created,
  [RT_STEP_CLOSE_FDS] = rt_do_close_fds,
  [RT_STEP_UMASK] = rt_do_umask,
  [RT_STEP_LANDLOCK] = rt_do_landlock,
  [RT_STEP_NO_NEW_PRIVILEGES] = rt_do_no_new_privileges,
  [RT_STEP_BOUNDING] = rt_do_bounding,
  [RT_STEP_USER] = rt_do_user,
  [RT_STEP_CAPABILITIES] = rt_do_capabilities,
  [RT_STEP_SECCOMP] = rt_do_seccomp,
  [RT_STEP_LAST_CAPS] = rt_do_last_caps,
  [RT_STEP_EXEC] = rt_do_exec,
};

/* Exit status as a shell gives it: 127 not found, 126 found and not executable. */
static int
exit_status (rt_step_kind kind, int errnum)
{
  if (kind != RT_STEP_EXEC && kind != RT_STEP_FIND_PROGRAM)
    return 1;
  return errnum == ENOENT || errnum == ENOTDIR ? 127 : 126;
}

_Noreturn void
rt_child_run (rt_child *child)
{
  child->report_fd = child->sync_fd;
  child->root_fd = child->dir_fd = child->mask_fd = child->null_fd = child->above_fd = -1;
  if (child->proc_fd < 0)
    child->proc_fd = open ("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (child->step = 0; child->step < child->plan->count; child->step++)
    {
      const rt_step *step = &child->plan->steps[child->step];
      child->detail = NULL;
      int r = functions[step->kind](child, step);
      if (r < 0)
        {
          report (child, RT_MSG_ERROR, -r, child->detail);
          _exit (exit_status (step->kind, -r));
        }
    }
  _exit (1);
}
