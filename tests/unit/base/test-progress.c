/* base/progress: lines where standard error is a file, a bar where it is a (pseudo) terminal. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/progress.h"

static void
download (HdProgress *progress)
{
  hd_progress_phase (progress, "Downloading");
  for (guint64 done = 0; done <= 40; done++)
    hd_progress_update (progress, done * 1000000, 40000000, "bytes");
  hd_progress_message (progress, "half\033way");
  hd_progress_phase (progress, "Writing");
  hd_progress_update (progress, 3, 4, "objects");
}

static void
run_download (gboolean quiet)
{
  g_autoptr (HdProgress) progress = hd_progress_new (quiet);

  download (progress);
}

static void
test_lines (void)
{
  if (g_test_subprocess ())
    {
      run_download (FALSE);
      exit (0);
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("Downloading ...\n"
                             "Downloading: 10% (4.0 MB of 40.0 MB)\n"
                             "Downloading: 20% (8.0 MB of 40.0 MB)\n"
                             "*"
                             "Downloading: 100% (40.0 MB of 40.0 MB)\n"
                             "half�way\n"
                             "Downloading: done in * s, 40.0 MB of 40.0 MB\n"
                             "Writing ...\n"
                             "Writing: 70% (3 of 4 objects)\n"
                             "Writing: done in * s, 3 of 4 objects\n");
}

static void
test_quiet (void)
{
  if (g_test_subprocess ())
    {
      run_download (TRUE);
      exit (0);
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

/* Make standard error a terminal of `columns` columns; returns its other end. */
static int
become_terminal (unsigned short columns, int *ret_saved)
{
  struct winsize size = { .ws_row = 24, .ws_col = columns };
  int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  int slave;

  g_assert_cmpint (master, >=, 0);
  g_assert_cmpint (grantpt (master), ==, 0);
  g_assert_cmpint (unlockpt (master), ==, 0);
  slave = open (ptsname (master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_cmpint (slave, >=, 0);
  g_assert_cmpint (ioctl (slave, TIOCSWINSZ, &size), ==, 0);
  *ret_saved = dup (STDERR_FILENO);
  dup2 (slave, STDERR_FILENO);
  close (slave);
  return master;
}

/* What a terminal was sent while the download ran. */
static char *
download_on_terminal (const char *term, unsigned short columns)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char part[4096];
  int saved, master;
  ssize_t n;

  g_setenv ("TERM", term, TRUE);
  master = become_terminal (columns, &saved);
  run_download (FALSE);
  dup2 (saved, STDERR_FILENO);
  close (saved);
  /* It comes in pieces, and ends with EIO when nobody has the other end open. */
  while ((n = read (master, part, sizeof part)) > 0)
    g_string_append_len (text, part, n);
  close (master);
  return g_strdup (text->str);
}

static void
test_bar (void)
{
  g_autofree char *text = download_on_terminal ("xterm", 80);

  g_assert_nonnull (strstr (text, "\rDownloading ...\033[K"));
  g_assert_nonnull (
      strstr (text, "\rDownloading  [########################] 100%  40.0 MB of 40.0 MB"));
  g_assert_nonnull (strstr (text, "\r\033[Khalf�way\r\n"));
  g_assert_nonnull (strstr (text, "\rWriting  [##################......]  75%  3 of 4 objects"));
  g_assert_true (g_str_has_suffix (text, "\033[K\r\n"));
}

/* A line that wrapped could not be redrawn. */
static void
test_narrow (void)
{
  g_autofree char *text = download_on_terminal ("xterm", 20);

  g_assert_nonnull (strstr (text, "\rDownloading  [#####\033[K"));
}

static void
test_dumb (void)
{
  g_autofree char *text = download_on_terminal ("dumb", 80);

  g_assert_null (strchr (text, '\033'));
  g_assert_nonnull (strstr (text, "Downloading: 100% (40.0 MB of 40.0 MB)\r\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress/lines", test_lines);
  g_test_add_func ("/progress/quiet", test_quiet);
  g_test_add_func ("/progress/bar", test_bar);
  g_test_add_func ("/progress/narrow", test_narrow);
  g_test_add_func ("/progress/dumb", test_dumb);
  return g_test_run ();
}
