/* common/fs: in a temporary folder, as an ordinary user or as root. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/cleanup.h"
#include "common/fs.h"

typedef struct
{
  char *path;
  int fd;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->path = g_dir_make_tmp ("test-fs-XXXXXX", NULL);
  g_assert_nonnull (f->path);
  f->fd = open (f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (f->fd, >=, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close (f->fd);
  g_assert_cmpint (hd_fs_remove_tree (AT_FDCWD, f->path), ==, 0);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  g_free (f->path);
}

static void
write_file (Fixture *f, const char *path, const char *text)
{
  g_assert_cmpint (hd_fs_replace (f->fd, path, text, strlen (text), 0644), ==, 0);
}

static void
assert_content (Fixture *f, const char *path, const char *expected)
{
  hd_autofree char *text = NULL;

  g_assert_cmpint (hd_fs_read (f->fd, path, 1000, &text, NULL), ==, 0);
  g_assert_cmpstr (text, ==, expected);
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_replace (Fixture *f, gconstpointer data)
{
  struct stat st;

  write_file (f, "a", "old");
  g_assert_cmpint (hd_fs_replace (f->fd, "a", "newer", 5, 0600), ==, 0);
  assert_content (f, "a", "newer");
  g_assert_cmpint (fstatat (f->fd, "a", &st, 0), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0600);
  g_assert_cmpint (hd_fs_mkdirs (f->fd, "d", 0755), ==, 0);
  write_file (f, "d/b", "below");
  assert_content (f, "d/b", "below");
  g_assert_cmpuint (count_entries (f->path), ==, 2);
}

/* What cannot be replaced leaves nothing behind. */
static void
test_replace_fails (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (hd_fs_mkdirs (f->fd, "d/full", 0755), ==, 0);
  g_assert_cmpint (hd_fs_replace (f->fd, "d", "x", 1, 0644), ==, -EISDIR);
  g_assert_cmpint (hd_fs_replace (f->fd, "d/", "x", 1, 0644), ==, -EISDIR);
  g_assert_cmpint (hd_fs_replace (f->fd, "absent/x", "x", 1, 0644), ==, -ENOENT);
  g_assert_cmpuint (count_entries (f->path), ==, 1);
}

/* A link is replaced, not what it leads to. */
static void
test_replace_link (Fixture *f, gconstpointer data)
{
  struct stat st;

  write_file (f, "target", "kept");
  g_assert_cmpint (symlinkat ("target", f->fd, "link"), ==, 0);
  write_file (f, "link", "new");
  assert_content (f, "target", "kept");
  g_assert_cmpint (fstatat (f->fd, "link", &st, AT_SYMLINK_NOFOLLOW), ==, 0);
  g_assert_true (S_ISREG (st.st_mode));
}

static void
test_read (Fixture *f, gconstpointer data)
{
  hd_autofree char *text = NULL;
  size_t size = 0;

  g_assert_cmpint (hd_fs_replace (f->fd, "a", "x\0yz", 4, 0644), ==, 0);
  g_assert_cmpint (hd_fs_read (f->fd, "a", 3, &text, &size), ==, -EFBIG);
  g_assert_null (text);
  g_assert_cmpint (hd_fs_read (f->fd, "a", 4, &text, &size), ==, 0);
  g_assert_cmpmem (text, size + 1, "x\0yz\0", 5);
  g_assert_cmpint (hd_fs_read (f->fd, "absent", 3, &text, &size), ==, -ENOENT);
  g_assert_cmpint (hd_fs_read (f->fd, ".", 3, &text, &size), ==, -EISDIR);
}

/* A pipe has no size to start from: the buffer has to grow, up to the limit. */
static void
test_read_pipe (Fixture *f, gconstpointer data)
{
  g_autofree char *sent = g_strnfill (50000, 'p');
  hd_autofree char *text = NULL;
  size_t size = 0;
  int fds[2];

  for (size_t limit = 49999; limit <= 50000; limit++)
    {
      g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
      g_assert_cmpint (hd_fs_write_all (fds[1], sent, 50000), ==, 0);
      close (fds[1]);
      g_assert_cmpint (hd_fs_read_fd (fds[0], limit, &text, &size), ==, limit < 50000 ? -EFBIG : 0);
      close (fds[0]);
    }
  g_assert_cmpmem (text, size, sent, 50000);
}

static void
test_mkdirs (Fixture *f, gconstpointer data)
{
  struct stat st;

  g_assert_cmpint (hd_fs_mkdirs (f->fd, "a/b//c/", 0700), ==, 0);
  g_assert_cmpint (fstatat (f->fd, "a/b/c", &st, 0), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0700);
  g_assert_cmpint (hd_fs_mkdirs (f->fd, "a/b", 0755), ==, 0);
  g_assert_cmpint (fstatat (f->fd, "a/b", &st, 0), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0700);
  write_file (f, "file", "");
  g_assert_cmpint (hd_fs_mkdirs (f->fd, "file", 0755), ==, -ENOTDIR);
  g_assert_cmpint (hd_fs_mkdirs (f->fd, "file/x", 0755), ==, -ENOTDIR);
  g_assert_cmpint (hd_fs_sync_dir (f->fd, "a/b"), ==, 0);
  g_assert_cmpint (hd_fs_sync_dir (f->fd, "absent"), ==, -ENOENT);
}

/* Links are removed and not followed; folders without permissions are no obstacle. */
static void
test_remove_tree (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (hd_fs_mkdirs (f->fd, "keep", 0755), ==, 0);
  write_file (f, "keep/a", "kept");
  g_assert_cmpint (hd_fs_mkdirs (f->fd, "tree/x/y", 0755), ==, 0);
  write_file (f, "tree/x/file", "");
  g_assert_cmpint (symlinkat ("../keep", f->fd, "tree/link"), ==, 0);
  g_assert_cmpint (fchmodat (f->fd, "tree/x", 0500, 0), ==, 0);
  g_assert_cmpint (fchmodat (f->fd, "tree/x/y", 0, 0), ==, 0);

  g_assert_cmpint (hd_fs_remove_tree (f->fd, "tree"), ==, 0);
  g_assert_cmpint (faccessat (f->fd, "tree", F_OK, 0), ==, -1);
  assert_content (f, "keep/a", "kept");
  g_assert_cmpint (hd_fs_remove_tree (f->fd, "keep/a"), ==, 0);
  g_assert_cmpuint (count_entries (f->path), ==, 1);
  g_assert_cmpint (hd_fs_remove_tree (f->fd, "absent"), ==, 0);
  g_assert_cmpint (hd_fs_remove_tree (f->fd, "absent/below"), ==, 0);
}

/* Neither absolute links nor ".." leave the root. */
static void
test_open_in (Fixture *f, gconstpointer data)
{
  hd_autofree char *text = NULL;
  hd_autofd root = -1;
  hd_autofd fd = -1;

  g_assert_cmpint (hd_fs_mkdirs (f->fd, "root/etc", 0755), ==, 0);
  write_file (f, "root/etc/name", "inside");
  write_file (f, "outside", "outside");
  g_assert_cmpint (symlinkat ("/etc/name", f->fd, "root/absolute"), ==, 0);
  g_assert_cmpint (symlinkat ("../../outside", f->fd, "root/etc/up"), ==, 0);
  root = openat (f->fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  fd = hd_fs_open_in (root, "absolute", O_RDONLY, 0644, 0);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint (hd_fs_read_fd (fd, 100, &text, NULL), ==, 0);
  g_assert_cmpstr (text, ==, "inside");
  g_assert_cmpint (hd_fs_open_in (root, "etc/up", O_RDONLY, 0, 0), ==, -ENOENT);
  g_assert_cmpint (hd_fs_open_in (root, "../outside", O_RDONLY, 0, 0), ==, -ENOENT);
  g_assert_cmpint (hd_fs_open_in (root, "absolute", O_RDONLY, 0, RESOLVE_NO_SYMLINKS), ==, -ELOOP);
}

static void
test_open_in_creates (Fixture *f, gconstpointer data)
{
  hd_autofd fd = hd_fs_open_in (f->fd, "/new", O_WRONLY | O_CREAT | O_EXCL, 0600, 0);
  struct stat st;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (hd_fs_write_all (fd, "text", 4), ==, 0);
  assert_content (f, "new", "text");
  g_assert_cmpint (fstat (fd, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0600);
}

static void
test_write_fails (Fixture *f, gconstpointer data)
{
  hd_autofd full = open ("/dev/full", O_WRONLY | O_CLOEXEC);

  if (full < 0)
    {
      g_test_skip ("no /dev/full");
      return;
    }
  g_assert_cmpint (hd_fs_write_all (full, "x", 1), ==, -ENOSPC);
}

static void
test_free_bytes (Fixture *f, gconstpointer data)
{
  uint64_t bytes = 0;

  g_assert_cmpint (hd_fs_free_bytes (f->fd, &bytes), ==, 0);
  g_assert_cmpuint (bytes, >, 0);
  g_assert_cmpint (hd_fs_free_bytes (-1, &bytes), ==, -EBADF);
}

#define ADD(name, function) g_test_add ("/fs/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("replace", test_replace);
  ADD ("replace-fails", test_replace_fails);
  ADD ("replace-link", test_replace_link);
  ADD ("read", test_read);
  ADD ("read-pipe", test_read_pipe);
  ADD ("mkdirs", test_mkdirs);
  ADD ("remove-tree", test_remove_tree);
  ADD ("open-in", test_open_in);
  ADD ("open-in-creates", test_open_in_creates);
  ADD ("write-fails", test_write_fails);
  ADD ("free-bytes", test_free_bytes);
  return g_test_run ();
}
