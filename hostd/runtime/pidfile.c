/* The file of --pid-file. */
#include "runtime/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"

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
