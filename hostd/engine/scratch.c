/* Folders for what is being made. */
#include "engine/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define FOLDER "tmp"

/* A folder whose lock is free belongs to nobody any more. Its maker takes the lock right after
 * mkdir; so an empty one may be taken from it, and it makes another. */
static void
sweep_one (int tmp_fd, const char *name)
{
  hd_autofd fd = openat (tmp_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || flock (fd, LOCK_EX | LOCK_NB) < 0)
    return;
  (void)hd_fs_remove_tree (tmp_fd, name);
}

void
hd_scratch_sweep (HdStore *store)
{
  int fd = openat (hd_store_root_fd (store), FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  if (dir == NULL)
    {
      hd_closep (&fd);
      return;
    }
  for (const struct dirent *entry; (entry = readdir (dir)) != NULL;)
    if (entry->d_name[0] != '.')
      sweep_one (dirfd (dir), entry->d_name);
  closedir (dir);
}

/* Still there, and not removed between mkdir and flock? */
static gboolean
is_linked (int fd)
{
  struct stat st;
  return fstat (fd, &st) == 0 && st.st_nlink > 0;
}

static int
make_locked (HdStore *store, const char *name)
{
  if (mkdirat (hd_store_root_fd (store), name, 0700) < 0)
    return -errno;
  hd_autofd fd = openat (hd_store_root_fd (store), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return -errno;
  if (flock (fd, LOCK_EX | LOCK_NB) < 0)
    return errno == EWOULDBLOCK ? -EEXIST : -errno;
  return is_linked (fd) ? hd_steal_fd (&fd) : -ENOENT;
}

HdScratch *
hd_scratch_new (HdStore *store, GError **error)
{
  g_autoptr (HdScratch) scratch = g_new0 (HdScratch, 1);
  int r = hd_fs_mkdirs (hd_store_root_fd (store), FOLDER, 0700);
  scratch->fd = -1;
  if (r == 0)
    {
      hd_scratch_sweep (store);
      do
        {
          g_free (scratch->name);
          scratch->name = g_strdup_printf (FOLDER "/%08x%08x", g_random_int (), g_random_int ());
          r = make_locked (store, scratch->name);
        }
      while (r == -EEXIST || r == -ENOENT);
    }
  if (r < 0)
    {
      hd_throw_errno (error, -r, "making a folder in %s/" FOLDER, hd_store_root (store));
      return NULL;
    }
  scratch->fd = r;
  scratch->store = store;
  scratch->path = g_build_filename (hd_store_root (store), scratch->name, NULL);
  return g_steal_pointer (&scratch);
}

void
hd_scratch_free (HdScratch *scratch)
{
  if (scratch == NULL)
    return;
  if (scratch->fd >= 0)
    (void)hd_fs_remove_tree (hd_store_root_fd (scratch->store), scratch->name);
  hd_closep (&scratch->fd);
  g_free (scratch->name);
  g_free (scratch->path);
  g_free (scratch);
}
