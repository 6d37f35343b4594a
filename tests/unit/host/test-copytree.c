/* host/copytree: files, links and folders with all that belongs to them. */
#include "host/copytree.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "common/cleanup.h"
#include "folder.h"

#define TIME 1000000000

static void
copy (const Folder *f, const char *name, const char *to_name)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_copytree (f->fd, name, f->fd, to_name, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
set_mode (const Folder *f, const char *path, mode_t mode)
{
  int r = fchmodat (f->fd, path, mode, 0);
  g_assert_cmpint (r, ==, 0);
}

static void
set_time (const Folder *f, const char *path)
{
  const struct timespec times[] = { { TIME, 1 }, { TIME + 1, 2 } };
  int r = utimensat (f->fd, path, times, AT_SYMLINK_NOFOLLOW);
  g_assert_cmpint (r, ==, 0);
}

static void
assert_metadata (const Folder *f, const char *path, mode_t mode)
{
  struct stat st;
  int r = fstatat (f->fd, path, &st, AT_SYMLINK_NOFOLLOW);
  g_assert_cmpint (r, ==, 0);
  g_assert_cmpint (st.st_mode, ==, mode);
  g_assert_cmpint (st.st_mtim.tv_sec, ==, TIME + 1);
  g_assert_cmpint (st.st_mtim.tv_nsec, ==, 2);
}

static void
test_file (Folder *f, gconstpointer data)
{
  g_autofree char *large = g_strnfill (200000, 'x');
  large[150000] = 'y';
  folder_write (f, "a", large);
  folder_write (f, "empty", "");
  set_mode (f, "a", 04751);
  set_time (f, "a");
  copy (f, "a", "b");
  copy (f, "empty", "empty2");
  folder_assert_text (f, "b", large);
  folder_assert_text (f, "empty2", "");
  assert_metadata (f, "b", S_IFREG | 04751);
}

/* A link is copied as it is, wherever it leads. */
static void
test_link (Folder *f, gconstpointer data)
{
  folder_link (f, "../nowhere at all", "a");
  set_time (f, "a");
  copy (f, "a", "b");
  g_autofree char *path = g_build_filename (f->path, "b", NULL);
  g_autofree char *target = g_file_read_link (path, NULL);
  g_assert_cmpstr (target, ==, "../nowhere at all");
  assert_metadata (f, "b", S_IFLNK | 0777);
}

static void
test_folder (Folder *f, gconstpointer data)
{
  folder_write (f, "a/sub/file", "text");
  folder_write (f, "a/.hidden", "dot");
  folder_link (f, "sub", "a/link");
  folder_make (f, "a/empty");
  set_mode (f, "a/sub", 0500);
  set_time (f, "a/sub");
  set_mode (f, "a", 02775);
  set_time (f, "a");
  copy (f, "a", "b");
  folder_assert_text (f, "b/sub/file", "text");
  folder_assert_text (f, "b/link/file", "text");
  folder_assert_text (f, "b/.hidden", "dot");
  g_assert_true (folder_has (f, "b/empty"));
  assert_metadata (f, "b/sub", S_IFDIR | 0500);
  assert_metadata (f, "b", S_IFDIR | 02775);
  set_mode (f, "a/sub", 0700);
  set_mode (f, "b/sub", 0700);
}

static void
test_left_out (Folder *f, gconstpointer data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *path = g_build_filename (f->path, "a/socket", NULL);
  folder_write (f, "a/file", "text");
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  hd_autofd fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int r = bind (fd, (const struct sockaddr *)&address, sizeof address);
  g_assert_cmpint (r, ==, 0);
  r = mkfifoat (f->fd, "a/pipe", 0600);
  g_assert_cmpint (r, ==, 0);
  copy (f, "a", "b");
  g_assert_true (folder_has (f, "b/file"));
  g_assert_false (folder_has (f, "b/socket"));
  g_assert_false (folder_has (f, "b/pipe"));
}

/* Attributes of the kind user.*, where the file system has them. */
static gboolean
set_attribute (const Folder *f, const char *path, const char *name, const char *value)
{
  hd_autofd fd = openat (f->fd, path, O_RDONLY | O_CLOEXEC);
  int r = fsetxattr (fd, name, value, strlen (value), 0);
  return r == 0;
}

static void
assert_attribute (const Folder *f, const char *path, const char *name, const char *expected)
{
  char value[64] = "";
  hd_autofd fd = openat (f->fd, path, O_RDONLY | O_CLOEXEC);
  gssize length = fgetxattr (fd, name, value, sizeof value);
  g_assert_cmpint (length, ==, strlen (expected));
  g_assert_cmpstr (value, ==, expected);
}

static gboolean
same (const Folder *f, const char *a, const char *b)
{
  hd_autofd a_fd = openat (f->fd, a, O_RDONLY | O_CLOEXEC);
  hd_autofd b_fd = openat (f->fd, b, O_RDONLY | O_CLOEXEC);
  return hd_copytree_same_metadata (a_fd, b_fd);
}

static void
test_attributes (Folder *f, gconstpointer data)
{
  folder_write (f, "a/file", "text");
  if (!set_attribute (f, "a/file", "user.one", "1") || !set_attribute (f, "a", "user.two", "22"))
    {
      g_test_skip ("the temporary folder's file system has no attributes");
      return;
    }
  copy (f, "a", "b");
  assert_attribute (f, "b/file", "user.one", "1");
  assert_attribute (f, "b", "user.two", "22");
  g_assert_true (same (f, "a", "b"));
  g_assert_true (same (f, "a/file", "b/file"));
  set_attribute (f, "b/file", "user.one", "2");
  g_assert_false (same (f, "a/file", "b/file"));
  set_attribute (f, "b/file", "user.one", "1");
  set_attribute (f, "b/file", "user.three", "");
  g_assert_false (same (f, "a/file", "b/file"));
}

static void
test_same_metadata (Folder *f, gconstpointer data)
{
  folder_write (f, "a", "one");
  folder_write (f, "b", "another");
  set_mode (f, "a", 0644);
  set_mode (f, "b", 0644);
  set_time (f, "a");
  g_assert_true (same (f, "a", "b")); /* neither content nor time is looked at */
  set_mode (f, "b", 0600);
  g_assert_false (same (f, "a", "b"));
  g_assert_false (same (f, "a", "absent"));
}

static void
test_give_metadata (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  folder_make (f, "a");
  folder_make (f, "b");
  set_mode (f, "a", 01770);
  set_time (f, "a");
  hd_autofd a_fd = folder_open (f, "a");
  hd_autofd b_fd = folder_open (f, "b");
  gboolean ok = hd_copytree_metadata (a_fd, b_fd, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_metadata (f, "b", S_IFDIR | 01770);
}

static void
assert_copy_refused (const Folder *f, GCancellable *cancellable, const char *name,
                     const char *to_name, hd_code code, const char *part)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_copytree (f->fd, name, f->fd, to_name, cancellable, &error);
  g_assert_false (ok);
  assert_refused (error, code, part);
}

static void
test_refused (Folder *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_cancellable_cancel (cancelled);
  folder_write (f, "a/file", "text");
  folder_write (f, "there", "kept");
  folder_link (f, "there", "link");
  assert_copy_refused (f, NULL, "absent", "b", HD_NOT_FOUND, "copying absent: ");
  assert_copy_refused (f, NULL, "a/file", "there", HD_FAILED, "copying a/file: ");
  assert_copy_refused (f, NULL, "a/file", "link", HD_FAILED, "copying a/file: ");
  assert_copy_refused (f, NULL, "a", "there", HD_FAILED, "copying a: making: File exists");
  assert_copy_refused (f, NULL, "link", "there", HD_FAILED, "copying link: ");
  assert_copy_refused (f, cancelled, "a", "b", HD_CANCELLED, "");
  folder_assert_text (f, "there", "kept");
  g_assert_false (folder_has (f, "b"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/copytree/file", test_file);
  folder_test ("/copytree/link", test_link);
  folder_test ("/copytree/folder", test_folder);
  folder_test ("/copytree/left-out", test_left_out);
  folder_test ("/copytree/attributes", test_attributes);
  folder_test ("/copytree/same-metadata", test_same_metadata);
  folder_test ("/copytree/give-metadata", test_give_metadata);
  folder_test ("/copytree/refused", test_refused);
  return g_test_run ();
}
