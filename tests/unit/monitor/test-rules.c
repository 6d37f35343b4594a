/* monitor/rules: which changes of the packet filter concern us, and who puts the rules back. */
#include "monitor/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#define OURS 0x41540007u
#define OTHERS 4711u

typedef struct
{
  struct nlmsghdr header;
  struct nfgenmsg generic;
  struct nlattr attribute;
  char table[16];
} Message;

static Message
message_of (guint16 type, const char *table, guint32 sender)
{
  Message message = { .header = { .nlmsg_len = sizeof (Message),
                                  .nlmsg_type = (guint16)(NFNL_SUBSYS_NFTABLES << 8 | type),
                                  .nlmsg_pid = sender },
                      .attribute = { (guint16)(sizeof (struct nlattr) + strlen (table) + 1),
                                     NFTA_TABLE_NAME } };
  g_strlcpy (message.table, table, sizeof message.table);
  return message;
}

/* Whether these messages, in one packet each, mean that something of ours was lost. */
static gboolean
lost (const Message *messages, gsize n)
{
  int fds[2];
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpint (send (fds[0], &messages[i], sizeof messages[i], 0), ==, sizeof messages[i]);
  gboolean result = hd_rules_lost (fds[1]);
  /* All that waited was read. */
  char byte;
  g_assert_cmpint (recv (fds[1], &byte, 1, 0), ==, -1);
  close (fds[0]);
  close (fds[1]);
  return result;
}

static gboolean
one_lost (guint16 type, const char *table, guint32 sender)
{
  const Message message = message_of (type, table, sender);
  return lost (&message, 1);
}

static void
test_lost (void)
{
  g_assert_true (one_lost (NFT_MSG_DELTABLE, "atomic", OTHERS));
  g_assert_true (one_lost (NFT_MSG_DELCHAIN, "atomic", OTHERS));
  g_assert_true (one_lost (NFT_MSG_DELRULE, "atomic", OTHERS));
  g_assert_true (one_lost (NFT_MSG_DELSET, "atomic", OTHERS));
  g_assert_false (one_lost (NFT_MSG_DELTABLE, "atomic", OURS));
  g_assert_false (one_lost (NFT_MSG_DELTABLE, "atom", OTHERS));
  g_assert_false (one_lost (NFT_MSG_DELTABLE, "atomic2", OTHERS));
  g_assert_false (one_lost (NFT_MSG_NEWTABLE, "atomic", OTHERS));
  g_assert_false (one_lost (NFT_MSG_DELSETELEM, "atomic", OTHERS));
  g_assert_false (lost (NULL, 0));
}

static void
test_several (void)
{
  const Message messages[] = { message_of (NFT_MSG_DELTABLE, "filter", OTHERS),
                               message_of (NFT_MSG_DELTABLE, "atomic", OTHERS),
                               message_of (NFT_MSG_NEWTABLE, "filter", OTHERS) };
  g_assert_true (lost (messages, G_N_ELEMENTS (messages)));
}

/* What the kernel answers when there is no table. */
static void
test_missing (void)
{
  struct
  {
    struct nlmsghdr header;
    struct nlmsgerr error;
  } answer = { .header = { .nlmsg_len = sizeof answer, .nlmsg_type = NLMSG_ERROR },
               .error = { .error = -ENOENT } };
  int fds[2];
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  g_assert_cmpint (send (fds[0], &answer, sizeof answer, 0), ==, sizeof answer);
  g_assert_true (hd_rules_lost (fds[1]));
  answer.error.error = -EPERM;
  g_assert_cmpint (send (fds[0], &answer, sizeof answer, 0), ==, sizeof answer);
  g_assert_false (hd_rules_lost (fds[1]));
  close (fds[0]);
  close (fds[1]);
}

/* Lengths that do not fit are no message of ours, and are not read past. */
static void
test_damaged (void)
{
  Message message = message_of (NFT_MSG_DELTABLE, "atomic", OTHERS);
  message.attribute.nla_len = 200;
  g_assert_false (lost (&message, 1));
  message.attribute.nla_len = 3;
  g_assert_false (lost (&message, 1));
  message.header.nlmsg_len = 4096;
  g_assert_false (lost (&message, 1));
}

/* A packet that is larger than what is read may have held anything. */
static void
test_cut (void)
{
  int fds[2];
  g_autofree char *big = g_malloc0 (9000);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  g_assert_cmpint (send (fds[0], big, 9000, 0), ==, 9000);
  g_assert_true (hd_rules_lost (fds[1]));
  close (fds[0]);
  close (fds[1]);
}

static int
status_of (pid_t pid)
{
  int status;
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

/* One restores for all who noticed before it began; who notices later has another one. */
static void
test_restore (void)
{
  g_autofree char *top = g_dir_make_tmp ("atomic-rules-XXXXXX", NULL);
  g_autofree char *locks = g_build_filename (top, "locks", NULL);
  g_autofree char *lock = g_build_filename (locks, "watch", NULL);
  g_autofree char *program = g_build_filename (top, "program", NULL);
  g_autofree char *gate = g_build_filename (top, "gate", NULL);
  g_autofree char *script = g_strdup_printf (
      "#!/bin/sh\n[ \"$*\" = \"network restore\" ] || exit 9\nread x < %s\n", gate);
  pid_t first, second, third;
  char byte;
  g_assert_cmpint (g_mkdir (locks, 0700), ==, 0);
  g_assert_cmpint (mkfifo (gate, 0600), ==, 0);
  g_assert_true (g_file_set_contents (program, script, -1, NULL));
  g_assert_cmpint (chmod (program, 0700), ==, 0);

  /* Three notice while the lock is held: the first that gets it works, and waits at the gate. */
  int held = open (lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  g_assert_cmpint (flock (held, LOCK_EX), ==, 0);
  g_assert_cmpint (hd_rules_restore (top, program, &first), ==, 0);
  g_assert_cmpint (hd_rules_restore (top, program, &second), ==, 0);
  g_assert_cmpint (hd_rules_restore (top, program, &third), ==, 0);
  g_assert_cmpint (flock (held, LOCK_UN), ==, 0);
  close (held);
  int fd = open (gate, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (write (fd, "\n", 1), ==, 1);
  close (fd);
  /* The others end without coming to the gate. */
  g_assert_cmpint (status_of (first) + status_of (second) + status_of (third), ==, 0);

  /* A loss that is noticed later: its child starts the program, whatever that is. */
  g_assert_cmpint (hd_rules_restore (top, "/nonexistent", &first), ==, 0);
  g_assert_cmpint (status_of (first), ==, 127);
  fd = open (gate, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  g_assert_cmpint (read (fd, &byte, 1), ==, 0);
  close (fd);

  g_assert_cmpint (unlink (lock) | unlink (program) | unlink (gate), ==, 0);
  g_assert_cmpint (rmdir (locks) | rmdir (top), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rules/lost", test_lost);
  g_test_add_func ("/rules/several", test_several);
  g_test_add_func ("/rules/missing", test_missing);
  g_test_add_func ("/rules/damaged", test_damaged);
  g_test_add_func ("/rules/cut", test_cut);
  g_test_add_func ("/rules/restore", test_restore);
  return g_test_run ();
}
