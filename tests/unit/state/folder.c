/* Short ways to fill a temporary folder and to look into it. */
#include "folder.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define MEMORY "/dev/shm"
#define MAX_FILE_BYTES (8u << 20)

static void
make_in (Folder *folder, const char *place)
{
  folder->path = g_mkdtemp (g_build_filename (place, "atomic-test-XXXXXX", NULL));
  g_assert_nonnull (folder->path);
  folder->fd = open (folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (folder->fd, >=, 0);
}

void
folder_set_up (Folder *folder, gconstpointer data)
{
  make_in (folder, g_get_tmp_dir ());
}

void
folder_set_up_in_memory (Folder *folder, gconstpointer data)
{
  make_in (folder, access (MEMORY, W_OK) == 0 ? MEMORY : g_get_tmp_dir ());
}

void
folder_tear_down (Folder *folder, gconstpointer data)
{
  int r = hd_fs_remove_tree (AT_FDCWD, folder->path);
  close (folder->fd);
  g_assert_cmpint (r, ==, 0);
  g_free (folder->path);
}

void
folder_make (const Folder *folder, const char *path)
{
  int r = hd_fs_mkdirs (folder->fd, path, 0755);
  g_assert_cmpint (r, ==, 0);
}

int
folder_open (const Folder *folder, const char *path)
{
  int fd = openat (folder->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
make_parent (const Folder *folder, const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path);
  if (strcmp (parent, ".") != 0)
    folder_make (folder, parent);
}

void
folder_write_bytes (const Folder *folder, const char *path, const void *data, gsize size_bytes)
{
  make_parent (folder, path);
  hd_autofd fd = openat (folder->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  g_assert_cmpint (fd, >=, 0);
  int r = hd_fs_write_all (fd, data, size_bytes);
  g_assert_cmpint (r, ==, 0);
}

void
folder_write (const Folder *folder, const char *path, const char *text)
{
  folder_write_bytes (folder, path, text, strlen (text));
}

void
folder_link (const Folder *folder, const char *target, const char *path)
{
  make_parent (folder, path);
  int r = symlinkat (target, folder->fd, path);
  g_assert_cmpint (r, ==, 0);
}

void
folder_remove (const Folder *folder, const char *path)
{
  int r = hd_fs_remove_tree (folder->fd, path);
  g_assert_cmpint (r, ==, 0);
}

gboolean
folder_has (const Folder *folder, const char *path)
{
  return faccessat (folder->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

guint
folder_count (const Folder *folder, const char *path)
{
  guint n = 0;
  g_autofree char *whole = g_build_filename (folder->path, path, NULL);
  g_autoptr (GDir) dir = g_dir_open (whole, 0, NULL);
  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

char *
folder_read (const Folder *folder, const char *path)
{
  hd_autofree char *text = NULL;
  int r = hd_fs_read (folder->fd, path, MAX_FILE_BYTES, &text, NULL);
  g_assert_cmpint (r, ==, 0);
  return g_strdup (text);
}

void
assert_refused (const GError *error, hd_code code, const char *part)
{
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_cmpstr (hd_code_name (hd_error_code (error)), ==, hd_code_name (code));
  g_assert_nonnull (strstr (error->message, part));
  g_assert_false (g_str_has_suffix (error->message, "."));
}

void
assert_words (const char *const *words, const char *expected)
{
  g_autofree char *joined = g_strjoinv ("|", (char **)words);
  g_assert_cmpstr (joined, ==, expected);
}
