/* host/kernel: which kernel a tree has, and how it comes to /boot: linked, copied, whole. */
#include "host/kernel.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "folder.h"

#define MODULES "tree/usr/lib/modules"
#define TARGET "boot/ostree/d-abc"

static void
assert_release (const Folder *f, const char *expected)
{
  hd_autofd tree_fd = folder_open (f, "tree");
  g_autofree char *release = hd_kernel_release (tree_fd);
  g_assert_cmpstr (release, ==, expected);
}

static void
test_release (Folder *f, gconstpointer data)
{
  folder_make (f, "tree");
  assert_release (f, NULL);
  folder_make (f, MODULES "/6.0");
  folder_write (f, MODULES "/.6.1/vmlinuz", "hidden");
  folder_write (f, MODULES "/vmlinuz", "in no folder");
  assert_release (f, NULL);
  folder_write (f, MODULES "/6.12.1+deb13-amd64/vmlinuz", "kernel");
  assert_release (f, "6.12.1+deb13-amd64");
}

static gboolean
install (const Folder *f, const Folder *boot, const char *boot_path, GError **error)
{
  hd_autofd tree_fd = folder_open (f, "tree");
  hd_autofd boot_fd = folder_open (boot, boot_path);
  return hd_kernel_install (tree_fd, boot_fd, "d", "abc", error);
}

static void
make_kernel (const Folder *f)
{
  folder_write (f, MODULES "/6.1/vmlinuz", "kernel");
  folder_write (f, MODULES "/6.1/initramfs.img", "initramfs");
  folder_make (f, "boot");
}

static void
assert_installed (const Folder *f)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = install (f, f, "boot", &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  folder_assert_text (f, TARGET "/vmlinuz-6.1", "kernel");
}

static nlink_t
links_of (const Folder *f, const char *path)
{
  struct stat st;
  int r = fstatat (f->fd, path, &st, AT_SYMLINK_NOFOLLOW);
  g_assert_cmpint (r, ==, 0);
  return st.st_nlink;
}

/* On one file system nothing is copied; doing it again changes nothing. */
static void
test_links (Folder *f, gconstpointer data)
{
  make_kernel (f);
  for (int i = 0; i < 2; i++)
    {
      assert_installed (f);
      folder_assert_text (f, TARGET "/initramfs-6.1.img", "initramfs");
      g_assert_cmpuint (links_of (f, TARGET "/vmlinuz-6.1"), ==, 2);
    }
}

/* What is there under that checksum is what is meant. */
static void
test_keeps (Folder *f, gconstpointer data)
{
  make_kernel (f);
  folder_write (f, TARGET "/initramfs-6.1.img", "there already");
  assert_installed (f);
  folder_assert_text (f, TARGET "/initramfs-6.1.img", "there already");
}

static void
test_without_initramfs (Folder *f, gconstpointer data)
{
  make_kernel (f);
  folder_remove (f, MODULES "/6.1/initramfs.img");
  assert_installed (f);
  g_assert_false (folder_has (f, TARGET "/initramfs-6.1.img"));
}

/* Another file system: copied by a temporary name, of which nothing remains; one that an
 * interruption left is no hindrance. */
static void
test_copies (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  struct stat here, there;
  Folder memory = { g_strdup ("/dev/shm/atomic-test-XXXXXX"), -1 };
  g_assert_nonnull (g_mkdtemp (memory.path));
  memory.fd = open (memory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int r = fstat (f->fd, &here) == 0 ? fstat (memory.fd, &there) : -1;
  g_assert_cmpint (r, ==, 0);
  if (here.st_dev == there.st_dev)
    g_test_skip ("/dev/shm and the temporary folder are one file system");
  else
    {
      make_kernel (f);
      folder_write (&memory, "ostree/d-abc/.vmlinuz-6.1.tmp", "half a ker");
      gboolean ok = install (f, &memory, ".", &error);
      g_assert_no_error (error);
      g_assert_true (ok);
      folder_assert_text (&memory, "ostree/d-abc/vmlinuz-6.1", "kernel");
      folder_assert_text (&memory, "ostree/d-abc/initramfs-6.1.img", "initramfs");
      g_assert_false (folder_has (&memory, "ostree/d-abc/.vmlinuz-6.1.tmp"));
      g_assert_false (folder_has (&memory, "ostree/d-abc/.initramfs-6.1.img.tmp"));
    }
  folder_tear_down (&memory, NULL);
}

static void
test_refused (Folder *f, gconstpointer data)
{
  g_autoptr (GError) no_kernel = NULL;
  g_autoptr (GError) no_folder = NULL;
  folder_make (f, MODULES "/6.1");
  folder_make (f, "boot");
  gboolean ok = install (f, f, "boot", &no_kernel);
  g_assert_false (ok);
  assert_refused (no_kernel, HD_NOT_FOUND, "has no kernel in /usr/lib/modules");
  make_kernel (f);
  folder_write (f, "boot/ostree", "a file");
  ok = install (f, f, "boot", &no_folder);
  g_assert_false (ok);
  assert_refused (no_folder, HD_FAILED, "making /boot/ostree/d-abc");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/kernel/release", test_release);
  folder_test ("/kernel/links", test_links);
  folder_test ("/kernel/keeps", test_keeps);
  folder_test ("/kernel/without-initramfs", test_without_initramfs);
  folder_test ("/kernel/copies", test_copies);
  folder_test ("/kernel/refused", test_refused);
  return g_test_run ();
}
