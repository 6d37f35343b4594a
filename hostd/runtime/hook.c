/* Run one hook and wait for it.  Async-signal-safe: the child runs hooks too. */
#include "runtime/child-internal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/fs.h"

#define PIPE_BYTES (64u << 10) /* pipe(7) */
#define LOOK_MS 20

/* Text without stdio */

typedef struct
{
  char *at;
  size_t left;
} line;

static void
add (line *l, const char *text)
{
  for (; *text != '\0' && l->left > 1; text++, l->left--)
    *l->at++ = *text;
  *l->at = '\0';
}

static void
add_number (line *l, uint64_t number)
{
  char digits[24], *c = digits + sizeof digits;
  *--c = '\0';
  do
    *--c = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  add (l, c);
}

/* Running */

static _Noreturn void
execute (const rt_hook_step *hook, int input_fd, int output_fd)
{
  static const sigset_t none;
  /* Above the standard streams, so that none takes the place of another. */
  int input = fcntl (input_fd, F_DUPFD, 3), output = fcntl (output_fd, F_DUPFD, 3);
  dup2 (input, STDIN_FILENO);
  dup2 (output, STDOUT_FILENO);
  dup2 (output, STDERR_FILENO);
  sigprocmask (SIG_SETMASK, &none, NULL);
  syscall (SYS_close_range, 3, ~0U, 0);
  execve (hook->path, hook->argv, hook->envp);
  char text[64];
  line why = { text, sizeof text };
  add (&why, errno == ENOENT ? "no such file or directory" : "cannot be executed, errno ");
  if (errno != ENOENT)
    add_number (&why, (uint64_t)errno);
  (void)!write (STDERR_FILENO, text, strlen (text));
  _exit (127);
}

/* Keep the end of what the hook says.  False when there is nothing more for now. */
static bool
listen_to (int fd, rt_hook_result *result)
{
  char buffer[512];
  ssize_t n = read (fd, buffer, sizeof buffer);
  if (n <= 0)
    return n < 0 && errno == EINTR;
  size_t room = sizeof result->output - 1, length = (size_t)n;
  if (length > room)
    length = room;
  size_t old = strlen (result->output);
  const size_t drop = old + length > room ? old + length - room : 0;
  memmove (result->output, result->output + drop, old - drop);
  old -= drop;
  memcpy (result->output + old, buffer + n - length, length);
  /* It becomes part of one line. */
  for (size_t i = old; i < old + length; i++)
    if ((unsigned char)result->output[i] < ' ' || result->output[i] == 0x7f)
      result->output[i] = ' ';
  result->output[old + length] = '\0';
  return true;
}

static int64_t
now_ms (void)
{
  struct timespec time;
  clock_gettime (CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Listen until the hook has ended, at most so many seconds (0: for ever); then it is killed.  The
 * container's filter, which those of startContainer are under, may not know pidfd_open. */
static int
await (pid_t pid, int64_t timeout_s, int output_fd, rt_hook_result *result)
{
  const int64_t most_s = INT32_MAX / 1000;
  const int64_t end_ms = now_ms () + (timeout_s < most_s ? timeout_s : most_s) * 1000;
  const int pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
  struct pollfd fds[]
      = { { .fd = pidfd, .events = POLLIN }, { .fd = output_fd, .events = POLLIN } };
  int r = 0;
  bool ended = false;
  while (!ended && fds[0].revents == 0)
    {
      int64_t left_ms = timeout_s > 0 ? end_ms - now_ms () : -1;
      if (timeout_s > 0 && left_ms <= 0)
        {
          kill (pid, SIGKILL);
          r = -ETIME;
          break;
        }
      if (pidfd < 0 && (left_ms < 0 || left_ms > LOOK_MS))
        left_ms = LOOK_MS;
      poll (fds, 2, (int)left_ms);
      if (fds[1].revents != 0 && !listen_to (output_fd, result))
        fds[1].fd = -1;
      ended = pidfd < 0 && waitpid (pid, &result->status, WNOHANG) == pid;
    }
  if (pidfd >= 0)
    close (pidfd);
  while (!ended && waitpid (pid, &result->status, 0) < 0)
    if (errno != EINTR)
      return -errno;
  /* What was said last; who stays behind in the background is not waited for. */
  for (size_t i = 0; i < PIPE_BYTES / 512 && listen_to (output_fd, result); i++)
    ;
  return r;
}

int
rt_hook_run (const rt_hook_step *hook, const char *state, size_t length_bytes,
             rt_hook_result *ret_result)
{
  int in[2], out[2];
  *ret_result = (rt_hook_result){ 0 };
  if (pipe2 (in, O_CLOEXEC) < 0)
    return -errno;
  if (pipe2 (out, O_CLOEXEC | O_NONBLOCK) < 0)
    {
      int saved = errno;
      close (in[0]);
      close (in[1]);
      return -saved;
    }
  /* The hook's end is one as any. */
  fcntl (out[1], F_SETFL, 0);
  /* A hook that does not read must not keep us from watching the time. */
  if (length_bytes > PIPE_BYTES)
    fcntl (in[1], F_SETPIPE_SZ, (int)length_bytes);
  pid_t pid = _Fork ();
  if (pid == 0)
    execute (hook, in[0], out[1]);
  int r = pid < 0 ? -errno : 0;
  close (in[0]);
  close (out[1]);
  if (r == 0)
    {
      /* A hook need not read its state: a broken pipe is no failure, and must be no signal. */
      struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
      sigaction (SIGPIPE, &ignore, &before);
      hd_fs_write_all (in[1], state, length_bytes);
      sigaction (SIGPIPE, &before, NULL);
    }
  close (in[1]);
  if (r == 0)
    r = await (pid, hook->timeout_s, out[0], ret_result);
  close (out[0]);
  if (r < 0)
    return r;
  return WIFEXITED (ret_result->status) && WEXITSTATUS (ret_result->status) == 0 ? 0 : -ECANCELED;
}

/* What became of it */

void
rt_hook_describe (const rt_hook_step *hook, size_t index, int r, const rt_hook_result *result,
                  char *buffer, size_t size_bytes)
{
  line l = { buffer, size_bytes };
  const char *said = result->output + strspn (result->output, " ");
  add (&l, "#");
  add_number (&l, index);
  add (&l, ": ");
  add (&l, hook->path);
  if (r == -ETIME)
    {
      add (&l, ": took longer than ");
      add_number (&l, (uint64_t)hook->timeout_s);
      add (&l, " s");
    }
  else if (r != -ECANCELED)
    add (&l, ": could not be run");
  else if (WIFSIGNALED (result->status))
    {
      add (&l, ": killed by signal ");
      add_number (&l, (uint64_t)WTERMSIG (result->status));
      if (WTERMSIG (result->status) == SIGSYS)
        add (&l, " (bad system call)");
    }
  else
    {
      add (&l, ": exit status ");
      add_number (&l, (uint64_t)WEXITSTATUS (result->status));
    }
  if (said[0] == '\0')
    return;
  add (&l, ": ");
  add (&l, said);
  while (l.at[-1] == ' ')
    *--l.at = '\0';
}
