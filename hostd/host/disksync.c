/* Freeze and thaw, in a child that goes on should we be killed. */
#include "host/disksync.h"

#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

/* Whether freezing may stop this very process from going on: the root's own file system. */
static gboolean
holds_root (int fd)
{
  struct stat here, root;
  return fstat (fd, &here) < 0 || stat ("/", &root) < 0 || here.st_dev == root.st_dev;
}

/* The child: it ignores what may stop its parent, so that nothing but a SIGKILL aimed at it leaves
 * the file system frozen; between fork and _exit it makes system calls only. */
static void
freeze_and_thaw (int fd)
{
  signal (SIGTERM, SIG_IGN);
  signal (SIGINT, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  if (ioctl (fd, FIFREEZE, 0) < 0)
    _exit (1);
  while (ioctl (fd, FITHAW, 0) < 0 && errno == EINTR)
    ;
  _exit (0);
}

/* TRUE when the file system was frozen and thawed. */
static gboolean
run_freeze (int fd)
{
  pid_t child = fork ();
  if (child < 0)
    return FALSE;
  if (child == 0)
    freeze_and_thaw (fd);
  int status = 0;
  while (waitpid (child, &status, 0) < 0)
    if (errno != EINTR)
      return FALSE;
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

gboolean
hd_disksync_settle (int fd, const char *name, GError **error)
{
  if (geteuid () == 0 && !holds_root (fd) && run_freeze (fd))
    return TRUE;
  if (syncfs (fd) < 0)
    return hd_throw_errno (error, errno, "bringing %s to the disk", name);
  return TRUE;
}
