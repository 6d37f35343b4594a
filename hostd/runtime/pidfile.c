/* Who the process is, for callers: --pid-file and --pidfd-socket. */
#include "runtime/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/socket.h"

int
rt_pidfile_write (const char *path, pid_t pid, hd_err *err)
{
  char text[16], temporary[PATH_MAX];
  int n = snprintf (text, sizeof text, "%d", (int)pid);
  if (snprintf (temporary, sizeof temporary, "%s.%d", path, (int)getpid ())
      >= (int)sizeof temporary)
    return hd_err_set_errno (err, ENAMETOOLONG, "writing the pid file %s", path);
  hd_autofd fd = open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  int r = fd < 0 ? -errno : hd_fs_write_all (fd, text, (size_t)n);
  if (r == 0 && rename (temporary, path) < 0)
    r = -errno;
  if (r < 0 && fd >= 0)
    unlink (temporary);
  return r < 0 ? hd_err_set_errno (err, -r, "writing the pid file %s", path) : 0;
}

int
rt_pidfile_send (const char *path, pid_t pid, hd_err *err)
{
  static const char what[] = "pidfd";
  hd_autofd pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
  if (pidfd < 0)
    return hd_err_set_errno (err, errno, "opening a pidfd of %d", (int)pid);
  hd_autofd fd = rt_socket_connect (AT_FDCWD, path, SOCK_STREAM);
  int r = fd < 0 ? fd : rt_socket_send_fd (fd, pidfd, what, sizeof what - 1);
  return r < 0 ? hd_err_set_errno (err, -r, "--pidfd-socket: %s", path) : 0;
}
