/* Recursive copies for /etc. */
#include "host/copytree.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"

#define MAX_XATTR_BYTES 65536

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* The names of a descriptor's extended attributes, sorted; empty when there are none to be had. */
static char **
list_xattrs (int fd)
{
  g_autofree char *names = g_malloc (MAX_XATTR_BYTES);
  gssize length = flistxattr (fd, names, MAX_XATTR_BYTES);
  GPtrArray *list = g_ptr_array_new ();
  for (gssize i = 0; i < length; i += strlen (names + i) + 1)
    g_ptr_array_add (list, g_strdup (names + i));
  g_ptr_array_sort (list, compare_names);
  g_ptr_array_add (list, NULL);
  return (char **)g_ptr_array_free (list, FALSE);
}

static GBytes *
get_xattr (int fd, const char *name)
{
  char *value = g_malloc (MAX_XATTR_BYTES);
  gssize length = fgetxattr (fd, name, value, MAX_XATTR_BYTES);
  return g_bytes_new_take (value, MAX (length, 0));
}

/* One text that is equal for equal attributes. */
static char *
fingerprint_xattrs (int fd)
{
  g_auto (GStrv) names = list_xattrs (fd);
  g_autoptr (GString) text = g_string_new (NULL);
  for (char **name = names; *name != NULL; name++)
    {
      g_autoptr (GBytes) value = get_xattr (fd, *name);
      g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, value);
      g_string_append_printf (text, "%s=%s\n", *name, hash);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gboolean
hd_copytree_same_metadata (int a_fd, int b_fd)
{
  struct stat a, b;
  if (fstat (a_fd, &a) < 0 || fstat (b_fd, &b) < 0)
    return FALSE;
  if (a.st_mode != b.st_mode || a.st_uid != b.st_uid || a.st_gid != b.st_gid)
    return FALSE;
  g_autofree char *a_xattrs = fingerprint_xattrs (a_fd);
  g_autofree char *b_xattrs = fingerprint_xattrs (b_fd);
  return strcmp (a_xattrs, b_xattrs) == 0;
}

/* An ordinary user may not give files away or set what is the system's. */
static gboolean
is_serious (int errnum)
{
  return geteuid () == 0 || errnum != EPERM;
}

gboolean
hd_copytree_metadata (int from_fd, int to_fd, GError **error)
{
  struct stat st;
  if (fstat (from_fd, &st) < 0)
    return hd_throw_errno (error, errno, "reading the owner");
  if (fchown (to_fd, st.st_uid, st.st_gid) < 0 && is_serious (errno))
    return hd_throw_errno (error, errno, "setting the owner");
  g_auto (GStrv) names = list_xattrs (from_fd);
  for (char **name = names; *name != NULL; name++)
    {
      g_autoptr (GBytes) value = get_xattr (from_fd, *name);
      gsize size;
      const void *data = g_bytes_get_data (value, &size);
      if (fsetxattr (to_fd, *name, data, size, 0) < 0 && errno != ENOTSUP && is_serious (errno))
        return hd_throw_errno (error, errno, "setting the attribute %s", *name);
    }
  if (fchmod (to_fd, st.st_mode & 07777) < 0)
    return hd_throw_errno (error, errno, "setting the mode");
  const struct timespec times[] = { st.st_atim, st.st_mtim };
  if (futimens (to_fd, times) < 0)
    return hd_throw_errno (error, errno, "setting the time");
  return TRUE;
}

static gboolean
copy_bytes (int from_fd, int to_fd, GError **error)
{
  char buffer[65536];
  for (;;)
    {
      gssize n = read (from_fd, buffer, sizeof buffer);
      if (n == 0)
        return TRUE;
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return hd_throw_errno (error, errno, "reading");
      for (gssize done = 0; done < n;)
        {
          gssize written = write (to_fd, buffer + done, n - done);
          if (written < 0 && errno != EINTR)
            return hd_throw_errno (error, errno, "writing");
          done += MAX (written, 0);
        }
    }
}

static gboolean
copy_file (int from_fd, const char *name, int to_fd, const char *to_name, GError **error)
{
  hd_autofd from = openat (from_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
  if (from < 0)
    return hd_throw_errno (error, errno, "opening");
  hd_autofd to
      = openat (to_fd, to_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (to < 0)
    return hd_throw_errno (error, errno, "making");
  return copy_bytes (from, to, error) && hd_copytree_metadata (from, to, error);
}

static gboolean
copy_link (int from_fd, const char *name, int to_fd, const char *to_name, const struct stat *st,
           GError **error)
{
  char target[PATH_MAX];
  gssize length = readlinkat (from_fd, name, target, sizeof target - 1);
  if (length < 0)
    return hd_throw_errno (error, errno, "reading the link");
  target[length] = '\0';
  if (symlinkat (target, to_fd, to_name) < 0)
    return hd_throw_errno (error, errno, "making the link");
  if (fchownat (to_fd, to_name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0
      && is_serious (errno))
    return hd_throw_errno (error, errno, "setting the owner");
  const struct timespec times[] = { st->st_atim, st->st_mtim };
  if (utimensat (to_fd, to_name, times, AT_SYMLINK_NOFOLLOW) < 0)
    return hd_throw_errno (error, errno, "setting the time");
  return TRUE;
}

static gboolean
copy_folder (int from_fd, const char *name, int to_fd, const char *to_name,
             GCancellable *cancellable, GError **error)
{
  hd_autofd from = openat (from_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0)
    return hd_throw_errno (error, errno, "copying %s: opening", name);
  if (mkdirat (to_fd, to_name, 0700) < 0)
    return hd_throw_errno (error, errno, "copying %s: making", name);
  hd_autofd to = openat (to_fd, to_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *dir = to >= 0 ? fdopendir (dup (from)) : NULL;
  if (dir == NULL)
    return hd_throw_errno (error, errno, "copying %s: opening", name);
  gboolean ok = TRUE;
  for (struct dirent *item = readdir (dir); ok && item != NULL; item = readdir (dir))
    if (strcmp (item->d_name, ".") != 0 && strcmp (item->d_name, "..") != 0)
      ok = hd_copytree (from, item->d_name, to, item->d_name, cancellable, error);
  closedir (dir);
  return ok && hd_copytree_metadata (from, to, error);
}

gboolean
hd_copytree (int from_fd, const char *name, int to_fd, const char *to_name,
             GCancellable *cancellable, GError **error)
{
  struct stat st;
  gboolean ok;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (fstatat (from_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    ok = hd_throw_errno (error, errno, "looking");
  else if (S_ISDIR (st.st_mode))
    return copy_folder (from_fd, name, to_fd, to_name, cancellable, error);
  else if (S_ISREG (st.st_mode))
    ok = copy_file (from_fd, name, to_fd, to_name, error);
  else if (S_ISLNK (st.st_mode))
    ok = copy_link (from_fd, name, to_fd, to_name, &st, error);
  else
    return TRUE;
  if (!ok)
    g_prefix_error (error, "copying %s: ", name);
  return ok;
}
