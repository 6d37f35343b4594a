/* Named locks between processes. */
#include "engine/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define FOLDER "locks"

int
hd_lock_take (HdStore *store, const char *name, HdLockMode mode, GError **error)
{
  static const int operations[] = {
    [HD_LOCK_SHARED] = LOCK_SH, [HD_LOCK_EXCLUSIVE] = LOCK_EX, [HD_LOCK_TRY] = LOCK_EX | LOCK_NB
  };
  g_autofree char *path = g_build_filename (FOLDER, name, NULL);
  int r = hd_fs_mkdirs (hd_store_run_fd (store), FOLDER, 0700);
  hd_autofd fd = r < 0 ? -1
                       : openat (hd_store_run_fd (store), path,
                                 O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      hd_throw_errno (error, r < 0 ? -r : errno, "making the lock %s/%s", hd_store_run_root (store),
                      path);
      return -1;
    }
  do
    r = flock (fd, operations[mode]);
  while (r < 0 && errno == EINTR);
  if (r == 0)
    return hd_steal_fd (&fd);
  if (errno == EWOULDBLOCK)
    hd_throw (error, HD_BUSY, NULL, "another process holds the lock %s", name);
  else
    hd_throw_errno (error, errno, "taking the lock %s", name);
  return -1;
}
