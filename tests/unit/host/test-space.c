/* host/space: what fits, what does not, and the figures that are told. */
#include "host/space.h"

#include <fcntl.h>
#include <sys/statvfs.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "folder.h"

#define TIB (G_GUINT64_CONSTANT (1) << 40)

static void
test_fits (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_space_check (f->fd, "/boot", 1, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

/* What needs nothing fits even where not a byte is free. */
static void
test_nothing (void)
{
  g_autoptr (GError) error = NULL;
  hd_autofd proc = open ("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct statvfs st;
  int r = fstatvfs (proc, &st);
  g_assert_cmpint (r, ==, 0);
  g_assert_cmpuint (st.f_bavail, ==, 0);
  gboolean ok = hd_space_check (proc, "/proc", 0, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  ok = hd_space_check (proc, "/proc", 1, &error);
  g_assert_false (ok);
  assert_refused (error, HD_NO_SPACE, "no room on /proc: 1.0 MB needed, 0 B free");
  g_assert_nonnull (hd_error_hint (error));
}

static void
test_refused (Folder *f, gconstpointer data)
{
  g_autoptr (GError) full = NULL;
  g_autoptr (GError) closed = NULL;
  gboolean ok = hd_space_check (f->fd, "/boot", 1024 * 1024 * TIB, &full);
  g_assert_false (ok);
  assert_refused (full, HD_NO_SPACE, "no room on /boot: ");
  ok = hd_space_check (-1, "/boot", 1, &closed);
  g_assert_false (ok);
  assert_refused (closed, HD_FAILED, "asking for the room on /boot");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/space/fits", test_fits);
  g_test_add_func ("/space/nothing", test_nothing);
  folder_test ("/space/refused", test_refused);
  return g_test_run ();
}
