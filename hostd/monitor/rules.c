/* Notice that somebody removed our packet filter rules, and have them put back. */
#include "monitor/rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "common/cleanup.h"

/* Of hostd/engine/rules.h: our tables, and the upper half of the port id by which our own changes
 * are known. */
#define TABLE "atomic"
#define OWN_PORT_ID 0x4154u

#define TYPE(message) (NFNL_SUBSYS_NFTABLES << 8 | (message))
#define RESTORE_LOCK "locks/watch"

#define UPPER_HALF (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 2 : 0)

/* Without waking anybody: elements that come and go with containers, ends of transactions, and all
 * that we do ourselves. A packet holds several messages of one transaction; the first tells enough.
 * Words of BPF are in network order. */
static int
attach_filter (int fd)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_H | BPF_ABS, offsetof (struct nlmsghdr, nlmsg_pid) + UPPER_HALF),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, htons (OWN_PORT_ID), 4, 0),
    BPF_STMT (BPF_LD | BPF_H | BPF_ABS, offsetof (struct nlmsghdr, nlmsg_type)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, htons (TYPE (NFT_MSG_NEWSETELEM)), 2, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, htons (TYPE (NFT_MSG_DELSETELEM)), 1, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, htons (TYPE (NFT_MSG_NEWGEN)), 0, 1),
    BPF_STMT (BPF_RET | BPF_K, 0),
    BPF_STMT (BPF_RET | BPF_K, UINT32_MAX),
  };
  struct sock_fprog program = { sizeof code / sizeof code[0], code };
  return setsockopt (fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ? -errno : 0;
}

/* Rules may have been removed before we listened: the answer to this comes like a change. */
static int
ask_for_table (int fd)
{
  struct
  {
    struct nlmsghdr header;
    struct nfgenmsg generic;
    struct nlattr attribute;
    char table[sizeof TABLE + 1];
  } question = { .header = { .nlmsg_len = sizeof question,
                             .nlmsg_type = TYPE (NFT_MSG_GETTABLE),
                             .nlmsg_flags = NLM_F_REQUEST },
                 .generic = { .nfgen_family = NFPROTO_INET },
                 .attribute = { sizeof (struct nlattr) + sizeof TABLE, NFTA_TABLE_NAME },
                 .table = TABLE };
  return send (fd, &question, sizeof question, 0) < 0 ? -errno : 0;
}

int
hd_rules_watch (void)
{
  struct sockaddr_nl address = { .nl_family = AF_NETLINK };
  int group = NFNLGRP_NFTABLES;
  hd_autofd fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
  if (fd < 0)
    return -errno;
  int result = attach_filter (fd);
  if (result < 0)
    return result;
  if (bind (fd, (struct sockaddr *)&address, sizeof address) < 0
      || setsockopt (fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
    return -errno;
  result = ask_for_table (fd);
  return result < 0 ? result : hd_steal_fd (&fd);
}

/* The answer to our question: there is no such table. */
static bool
is_missing (const struct nlmsghdr *message)
{
  const struct nlmsgerr *answer = NLMSG_DATA (message);
  return message->nlmsg_type == NLMSG_ERROR && message->nlmsg_len >= NLMSG_LENGTH (sizeof *answer)
         && answer->error == -ENOENT;
}

static bool
is_removal (const struct nlmsghdr *message)
{
  switch (message->nlmsg_type)
    {
    case TYPE (NFT_MSG_DELTABLE):
    case TYPE (NFT_MSG_DELCHAIN):
    case TYPE (NFT_MSG_DELRULE):
    case TYPE (NFT_MSG_DELSET):
      return message->nlmsg_pid >> 16 != OWN_PORT_ID;
    default:
      return false;
    }
}

/* The table's name is attribute 1 of each of these messages. */
static bool
names_our_table (const struct nlmsghdr *message)
{
  const char *at = (const char *)message + NLMSG_LENGTH (sizeof (struct nfgenmsg));
  const char *end = (const char *)message + message->nlmsg_len;
  while (end - at >= (ptrdiff_t)sizeof (struct nlattr))
    {
      struct nlattr attribute;
      memcpy (&attribute, at, sizeof attribute);
      if (attribute.nla_len < sizeof attribute || attribute.nla_len > end - at)
        return false;
      if ((attribute.nla_type & NLA_TYPE_MASK) == NFTA_TABLE_NAME)
        return attribute.nla_len == sizeof attribute + sizeof TABLE
               && memcmp (at + sizeof attribute, TABLE, sizeof TABLE) == 0;
      at += NLA_ALIGN (attribute.nla_len);
    }
  return false;
}

bool
hd_rules_lost (int fd)
{
  _Alignas(struct nlmsghdr) char buffer[8192];
  bool lost = false;
  for (;;)
    {
      ssize_t n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT | MSG_TRUNC);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return lost || errno == ENOBUFS;
      lost = lost || (size_t)n > sizeof buffer;
      size_t left = (size_t)n > sizeof buffer ? 0 : (size_t)n;
      for (const struct nlmsghdr *message = (const void *)buffer; NLMSG_OK (message, left);
           message = NLMSG_NEXT (message, left))
        lost = lost || is_missing (message) || (is_removal (message) && names_our_table (message));
    }
}

static int64_t
now_ns (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* In the child, which keeps the lock until it ends; its exit status. The file says when the last
 * restore began: one that began after the loss was noticed has made it good. */
static int
restore_once (int lock, int64_t noticed_ns, const char *program)
{
  int64_t began_ns = 0;
  sigset_t none;
  while (flock (lock, LOCK_EX) < 0)
    if (errno != EINTR)
      return 127;
  if (pread (lock, &began_ns, sizeof began_ns, 0) == sizeof began_ns && began_ns >= noticed_ns)
    return 0;
  began_ns = now_ns ();
  sigemptyset (&none);
  if (pwrite (lock, &began_ns, sizeof began_ns, 0) != sizeof began_ns
      || fcntl (lock, F_SETFD, 0) < 0 || sigprocmask (SIG_SETMASK, &none, NULL) < 0)
    return 127;
  execl (program, program, "network", "restore", (char *)NULL);
  return 127;
}

int
hd_rules_restore (const char *run_root, const char *program, pid_t *ret_pid)
{
  char path[PATH_MAX];
  int64_t noticed_ns = now_ns ();
  *ret_pid = 0;
  if (snprintf (path, sizeof path, "%s/" RESTORE_LOCK, run_root) >= (int)sizeof path)
    return -ENAMETOOLONG;
  hd_autofd lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0)
    return -errno;
  pid_t pid = fork ();
  if (pid < 0)
    return -errno;
  if (pid == 0)
    _exit (restore_once (lock, noticed_ns, program));
  *ret_pid = pid;
  return 0;
}
