#include "kickstart/root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"

#define MAX_LINKS 8

static int open_folder (int root_fd, const char *path, mode_t mode, int links, gboolean *ret_made);

/* Make what a link of this name in the folder points to. */
static int
open_target (int root_fd, int folder, const char *folder_path, const char *name, mode_t mode,
             int links, gboolean *ret_made)
{
  char target[4096];
  ssize_t length = readlinkat (folder, name, target, sizeof target - 1);
  g_autofree char *path = NULL;

  if (length < 0)
    return -errno;
  if (links >= MAX_LINKS)
    return -ELOOP;
  target[length] = '\0';
  path = target[0] == '/' ? g_strdup (target) : g_strconcat (folder_path, "/", target, NULL);
  return open_folder (root_fd, path, mode, links + 1, ret_made);
}

/* Open the folder `name` in another, whose path is `path`, and add it to that. */
static int
open_part (int root_fd, int folder, GString *path, const char *name, mode_t mode, int links,
           gboolean *ret_made)
{
  g_autofree char *folder_path = g_strdup (path->str);
  int fd;

  *ret_made = mkdirat (folder, name, mode) == 0;
  if (!*ret_made && errno != EEXIST)
    return -errno;
  g_string_append_printf (path, "/%s", name);
  /* From the root again: a link may stand there. */
  fd = hd_fs_open_in (root_fd, path->str, O_RDONLY | O_DIRECTORY, 0, 0);
  if (fd == -ENOENT)
    return open_target (root_fd, folder, folder_path, name, mode, links, ret_made);
  if (*ret_made && fd >= 0)
    fchmod (fd, mode);
  return fd;
}

static int
open_folder (int root_fd, const char *path, mode_t mode, int links, gboolean *ret_made)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  g_autoptr (GString) so_far = g_string_new (".");
  int fd = hd_fs_open_in (root_fd, ".", O_RDONLY | O_DIRECTORY, 0, 0);

  *ret_made = FALSE;
  for (char **part = parts; *part != NULL && fd >= 0; part++)
    {
      hd_autofd folder = fd;
      gboolean last = part[1] == NULL;
      if (**part == '\0' || strcmp (*part, ".") == 0)
        fd = hd_steal_fd (&folder);
      else
        fd = open_part (root_fd, folder, so_far, *part, last ? mode : 0755, links, ret_made);
    }
  return fd;
}

int
hd_ks_root_open_folder (int root_fd, const char *path, mode_t mode, gboolean *ret_made)
{
  gsize length = strlen (path);
  g_autofree char *clean = NULL;
  gboolean made;

  while (length > 0 && path[length - 1] == '/')
    length--;
  clean = g_strndup (path, length);
  return open_folder (root_fd, clean, mode, 0, ret_made != NULL ? ret_made : &made);
}
