/* host/disksync: an ordinary folder, and one that is none. That the blocks are in their place after
 * it is shown by tests/crash. */
#include "host/disksync.h"

#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"

static void
settle (const Folder *f)
{
  g_autoptr (GError) error = NULL;
  folder_write (f, "file", "text");
  gboolean ok = hd_disksync_settle (f->fd, "/boot", &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  /* Nothing is frozen, and no child is left. */
  folder_write (f, "file", "more");
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
}

static void
test_folder (Folder *f, gconstpointer data)
{
  settle (f);
}

static void
test_closed (void)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = hd_disksync_settle (-1, "/boot", &error);
  g_assert_false (ok);
  assert_refused (error, HD_FAILED, "bringing /boot to the disk");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder_test ("/disksync/disk", test_folder);
  g_test_add ("/disksync/memory", Folder, NULL, folder_set_up_in_memory, test_folder,
              folder_tear_down);
  g_test_add_func ("/disksync/closed", test_closed);
  return g_test_run ();
}
