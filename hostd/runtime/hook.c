/* Run one hook and wait for it.  Async-signal-safe: the child runs hooks too. */
#include "runtime/child-internal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fs.h"

#define PIPE_BYTES (64u << 10) /* pipe(7) */

static _Noreturn void
execute (const rt_hook_step *hook, int input_fd)
{
  static const sigset_t none;
  if (input_fd != STDIN_FILENO)
    dup2 (input_fd, STDIN_FILENO);
  sigprocmask (SIG_SETMASK, &none, NULL);
  syscall (SYS_close_range, 3, ~0U, 0);
  execve (hook->path, hook->argv, hook->envp);
  _exit (127);
}

/* Wait for the hook at most so many seconds (0: for ever), then kill it. */
static int
await (pid_t pid, int64_t timeout_s, int *ret_status)
{
  int r = 0;
  if (timeout_s > 0)
    {
      int pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
      struct pollfd wait_for = { .fd = pidfd, .events = POLLIN };
      int64_t most_s = INT32_MAX / 1000;
      int n = poll (&wait_for, 1, (int)(timeout_s < most_s ? timeout_s : most_s) * 1000);
      if (n == 0)
        {
          kill (pid, SIGKILL);
          r = -ETIME;
        }
      close (pidfd);
    }
  while (waitpid (pid, ret_status, 0) < 0)
    if (errno != EINTR)
      return -errno;
  return r;
}

int
rt_hook_run (const rt_hook_step *hook, const char *state, size_t length_bytes, int *ret_status)
{
  int ends[2];
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return -errno;
  /* A hook that does not read must not keep us from watching the time. */
  if (length_bytes > PIPE_BYTES)
    fcntl (ends[1], F_SETPIPE_SZ, (int)length_bytes);
  pid_t pid = _Fork ();
  if (pid == 0)
    execute (hook, ends[0]);
  int saved = errno;
  close (ends[0]);
  if (pid < 0)
    {
      close (ends[1]);
      return -saved;
    }
  /* A hook need not read its state: a broken pipe is no failure, and must be no signal. */
  struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
  sigaction (SIGPIPE, &ignore, &before);
  hd_fs_write_all (ends[1], state, length_bytes);
  sigaction (SIGPIPE, &before, NULL);
  close (ends[1]);
  int r = await (pid, hook->timeout_s, ret_status);
  if (r < 0)
    return r;
  return WIFEXITED (*ret_status) && WEXITSTATUS (*ret_status) == 0 ? 0 : -ECANCELED;
}
