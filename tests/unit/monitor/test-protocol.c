/* monitor/protocol: messages with and without descriptors, and what is none. */
#include "monitor/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"

static mon_message message;

static void
test_there_and_back (void)
{
  int ends[2], fd = -1;
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
  g_assert_cmpint (mon_send (ends[0], MON_STDOUT, 3, -4, "bytes", 5, -1), ==, 0);
  g_assert_cmpint (mon_receive (ends[1], &message, &fd), ==, 5);
  g_assert_cmpuint (message.head.kind, ==, MON_STDOUT);
  g_assert_cmpint (message.head.a, ==, 3);
  g_assert_cmpint (message.head.b, ==, -4);
  g_assert_cmpstr (message.payload, ==, "bytes");
  g_assert_cmpint (fd, ==, -1);

  hd_autofd null = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (mon_send (ends[0], MON_LAUNCH, 7, 0, NULL, 0, null), ==, 0);
  g_assert_cmpint (mon_receive (ends[1], &message, &fd), ==, 0);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, FD_CLOEXEC);
  close (fd);
  close (ends[0]);
  g_assert_cmpint (mon_receive (ends[1], &message, &fd), ==, -ENODATA);
  close (ends[1]);
}

static void
test_no_message (void)
{
  int ends[2];
  static char large[2 * MON_PAYLOAD_MAX];
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
  g_assert_cmpint (send (ends[0], "abc", 3, 0), ==, 3);
  g_assert_cmpint (mon_receive (ends[1], &message, NULL), ==, -EBADMSG);
  g_assert_cmpint (send (ends[0], large, sizeof large, 0), ==, sizeof large);
  g_assert_cmpint (mon_receive (ends[1], &message, NULL), ==, -EBADMSG);
  close (ends[0]);
  close (ends[1]);
}

/* A name that is longer than a socket's address may be. */
static void
test_long_path (void)
{
  g_autofree char *top = g_dir_make_tmp ("atomic-socket-XXXXXX", NULL);
  g_autofree char *part = g_strnfill (120, 'd');
  g_autofree char *folder = g_build_filename (top, part, NULL);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  hd_autofd dir = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  hd_autofd listener = mon_listen (dir, "socket", SOCK_SEQPACKET);
  g_assert_cmpint (listener, >=, 0);
  hd_autofd client = mon_connect (dir, "socket", SOCK_SEQPACKET);
  g_assert_cmpint (client, >=, 0);
  g_assert_cmpint (mon_connect (dir, "none", SOCK_SEQPACKET), ==, -ENOENT);
  unlinkat (dir, "socket", 0);
  rmdir (folder);
  rmdir (top);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/monitor/protocol/there-and-back", test_there_and_back);
  g_test_add_func ("/monitor/protocol/no-message", test_no_message);
  g_test_add_func ("/monitor/protocol/long-path", test_long_path);
  return g_test_run ();
}
