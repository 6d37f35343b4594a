/* A process that we stay with. */
#include "runtime/foreground.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"

static void
copy_size (int master_fd)
{
  struct winsize size;
  /* One that nobody has set is no size: consoleSize stays. */
  if (ioctl (STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row != 0)
    ioctl (master_fd, TIOCSWINSZ, &size);
}

/* Some bytes from one side to the other.  False at the end. */
static bool
relay (int from_fd, int to_fd)
{
  char buffer[4096];
  ssize_t n = read (from_fd, buffer, sizeof buffer);
  if (n < 0)
    return errno == EINTR || errno == EAGAIN;
  return n > 0 && hd_fs_write_all (to_fd, buffer, (size_t)n) == 0;
}

/* Our terminal passes every key on, and adds the carriage returns that the container's leaves out;
 * *ret_saved is what it was.  False when it is none. */
static bool
make_raw (struct termios *ret_saved)
{
  struct termios raw;
  if (tcgetattr (STDIN_FILENO, ret_saved) < 0)
    return false;
  raw = *ret_saved;
  cfmakeraw (&raw);
  raw.c_oflag |= OPOST;
  return tcsetattr (STDIN_FILENO, TCSANOW, &raw) == 0;
}

static int
exit_status (int status)
{
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

/* 1 and *ret_status when the child has ended. */
static int
handle (int number, pid_t pid, int master_fd, int *ret_status)
{
  if (number == SIGWINCH && master_fd >= 0)
    copy_size (master_fd);
  else if (number != SIGCHLD)
    kill (pid, number);
  return waitpid (pid, ret_status, WNOHANG) == pid;
}

static int
handle_signal (int signal_fd, pid_t pid, int master_fd, int *ret_status)
{
  struct signalfd_siginfo info;
  if (read (signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
    return 0;
  return handle ((int)info.ssi_signo, pid, master_fd, ret_status);
}

void
rt_foreground_hold_signals (void)
{
  const struct sigaction usual = { .sa_handler = SIG_DFL };
  sigset_t all;
  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, NULL);
  /* Who ignores it does not get the status of a child. */
  sigaction (SIGCHLD, &usual, NULL);
}

/* Without a terminal there is nothing to wait for but signals. */
static int
wait_plainly (pid_t pid)
{
  sigset_t all;
  int number, status = 0;
  sigfillset (&all);
  do
    number = sigwaitinfo (&all, NULL);
  while (number < 0 || handle (number, pid, -1, &status) != 1);
  return exit_status (status);
}

int
rt_foreground_wait (pid_t pid, int master_fd)
{
  sigset_t all;
  struct termios saved;
  int status = 0;
  if (master_fd < 0)
    return wait_plainly (pid);
  sigfillset (&all);
  hd_autofd signal_fd = signalfd (-1, &all, SFD_CLOEXEC);
  bool raw = make_raw (&saved);
  copy_size (master_fd);

  struct pollfd fds[]
      = { { signal_fd, POLLIN, 0 }, { master_fd, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
  bool ended = waitpid (pid, &status, WNOHANG) == pid;
  while (!ended)
    {
      if (poll (fds, 3, -1) < 0 && errno != EINTR)
        break;
      if (fds[1].revents != 0 && !relay (master_fd, STDOUT_FILENO))
        fds[1].fd = -1;
      if (fds[2].revents != 0 && !relay (STDIN_FILENO, master_fd))
        fds[2].fd = -1;
      if (fds[0].revents != 0)
        ended = handle_signal (signal_fd, pid, master_fd, &status) == 1;
    }
  /* What the program wrote last is still in the terminal. */
  while (poll (&(struct pollfd){ master_fd, POLLIN, 0 }, 1, 0) == 1
         && relay (master_fd, STDOUT_FILENO))
    ;
  if (raw)
    tcsetattr (STDIN_FILENO, TCSANOW, &saved);
  return exit_status (status);
}
