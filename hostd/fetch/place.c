/* Where an entry of a layer goes. */
#include "fetch/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"

static int
fail_path (hd_err *err, const char *path, const char *why)
{
  return hd_err_set (err, HD_CORRUPT, NULL, "the archive's entry \"%.256s\" %s", path, why);
}

char *
hd_place_clean (const char *path, hd_err *err)
{
  char *clean = malloc (strlen (path) + 1);
  char *out = clean;
  if (clean == NULL)
    abort ();
  if (*path == '\0')
    {
      fail_path (err, path, "has no name");
      free (clean);
      return NULL;
    }
  while (*path != '\0')
    {
      size_t length = strcspn (path, "/");
      const char *why = length == 2 && memcmp (path, "..", 2) == 0 ? "leaves the layer"
                        : length > NAME_MAX                        ? "has too long a name"
                                                                   : NULL;
      if (why != NULL)
        {
          fail_path (err, path, why);
          free (clean);
          return NULL;
        }
      if (length > 0 && !(length == 1 && *path == '.'))
        {
          if (out > clean)
            *out++ = '/';
          memcpy (out, path, length);
          out += length;
        }
      path += length;
      path += strspn (path, "/");
    }
  *out = '\0';
  return clean;
}

void
hd_places_init (hd_places *places, int root_fd, hd_list *implied, hd_list *opaque)
{
  *places
      = (hd_places){ .root_fd = root_fd, .cached_fd = -1, .implied = implied, .opaque = opaque };
}

void
hd_places_clear (hd_places *places)
{
  free (places->cached_path);
  places->cached_path = NULL;
  hd_closep (&places->cached_fd);
}

static int
open_folder (const hd_places *places, const char *path)
{
  return hd_fs_open_in (places->root_fd, *path == '\0' ? "." : path, O_PATH | O_DIRECTORY, 0, 0);
}

static bool
is_whiteout (int folder_fd, const char *name)
{
  struct stat st;
  return fstatat (folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR (st.st_mode)
         && st.st_rdev == makedev (0, 0);
}

/* Make the folder `path`, whose parent is `parent_fd`. */
static int
make_implied (hd_places *places, int parent_fd, const char *path)
{
  const char *slash = strrchr (path, '/');
  const char *name = slash != NULL ? slash + 1 : path;
  bool whiteout = is_whiteout (parent_fd, name);
  if (whiteout && unlinkat (parent_fd, name, 0) < 0)
    return -errno;
  if (mkdirat (parent_fd, name, 0755) < 0)
    return -errno;
  hd_list_add (places->implied, path);
  if (whiteout)
    hd_list_add (places->opaque, path);
  return 0;
}

/* Open a folder and make what is missing on the way. */
static int
walk (hd_places *places, const char *path)
{
  char *part = strdup (path);
  char *end = part;
  hd_autofd fd = open_folder (places, "");
  int r = fd;
  if (part == NULL)
    abort ();
  while (r >= 0 && *end != '\0')
    {
      end += strcspn (end, "/");
      char saved = *end;
      *end = '\0';
      int next = open_folder (places, part);
      if (next == -ENOENT || next == -ENOTDIR)
        {
          r = make_implied (places, fd, part);
          next = r < 0 ? r : open_folder (places, part);
        }
      r = next;
      hd_closep (&fd);
      fd = next;
      *end = saved;
      end += saved != '\0';
    }
  free (part);
  return r < 0 ? r : hd_steal_fd (&fd);
}

int
hd_place_find (hd_places *places, const char *path, bool make, const char **ret_name, hd_err *err)
{
  const char *slash = strrchr (path, '/');
  size_t length = slash != NULL ? (size_t)(slash - path) : 0;
  *ret_name = slash != NULL ? slash + 1 : path;
  if (places->cached_path != NULL && strncmp (places->cached_path, path, length) == 0
      && places->cached_path[length] == '\0')
    return places->cached_fd;
  char *folder = strndup (path, length);
  if (folder == NULL)
    abort ();
  int fd = open_folder (places, folder);
  if (make && (fd == -ENOENT || fd == -ENOTDIR))
    fd = walk (places, folder);
  if (fd < 0)
    {
      hd_err_set_errno (err, -fd, "the folder of the archive's entry \"%.256s\"", path);
      free (folder);
      return fd;
    }
  hd_places_clear (places);
  places->cached_path = folder;
  places->cached_fd = fd;
  return fd;
}

int
hd_place_vacate (hd_places *places, int folder_fd, const char *name, bool *replaced_whiteout,
                 hd_err *err)
{
  *replaced_whiteout = is_whiteout (folder_fd, name);
  if (unlinkat (folder_fd, name, 0) == 0 || errno == ENOENT)
    return 0;
  int r = -errno;
  if (r == -EISDIR)
    r = hd_fs_remove_tree (folder_fd, name);
  if (r < 0)
    return hd_err_set_errno (err, -r, "replacing \"%.256s\"", name);
  return 0;
}
