/* A lock of the open file ROOT/containers/ID/change. */
#include "engine/container-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

static int
open_lock (HdStore *store, const char *id)
{
  g_autofree char *folder = g_strconcat ("containers/", id, NULL);
  g_autofree char *path = g_strconcat (folder, "/change", NULL);
  const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  int fd = openat (hd_store_root_fd (store), path, flags, 0600);
  if (fd < 0 && errno == ENOENT && hd_fs_mkdirs (hd_store_root_fd (store), folder, 0700) == 0)
    fd = openat (hd_store_root_fd (store), path, flags, 0600);
  return fd;
}

int
hd_container_lock (HdStore *store, const char *id, gboolean wait, GError **error)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  hd_autofd fd = open_lock (store, id);
  int r;
  if (fd < 0)
    {
      hd_throw_errno (error, errno, "opening the lock of container %.12s", id);
      return -1;
    }
  do
    r = fcntl (fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
  while (r < 0 && errno == EINTR);
  if (r == 0)
    return hd_steal_fd (&fd);
  if (wait || (errno != EAGAIN && errno != EACCES))
    hd_throw_errno (error, errno, "locking container %.12s", id);
  return -1;
}

int
hd_container_lock_named (HdStore *store, const char *text, HdContainer **ret_container,
                         GError **error)
{
  g_autoptr (HdContainer) first = hd_container_find (store, text, error);
  if (first == NULL)
    return -1;
  hd_autofd lock = hd_container_lock (store, first->id, TRUE, error);
  if (lock < 0)
    return -1;
  GError *local = NULL;
  HdContainer *again = hd_container_find (store, first->id, &local);
  if (again == NULL)
    {
      /* What the lock made is nobody's now. */
      g_autofree char *folder = g_strconcat ("containers/", first->id, NULL);
      if (hd_error_code (local) == HD_NOT_FOUND)
        hd_fs_remove_tree (hd_store_root_fd (store), folder);
      g_clear_error (&local);
      hd_throw (error, HD_NOT_FOUND, NULL, "No such container: %s", text);
      return -1;
    }
  *ret_container = again;
  return hd_steal_fd (&lock);
}
