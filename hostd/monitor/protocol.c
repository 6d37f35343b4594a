/* Messages and unix sockets. */
#include "monitor/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"

#define BACKLOG 16

typedef union
{
  struct cmsghdr align;
  char bytes[CMSG_SPACE (sizeof (int))];
} control_data;

int
mon_send (int socket_fd, mon_kind kind, int a, int b, const void *payload, size_t size, int fd)
{
  mon_header head = { (uint32_t)kind, a, b };
  struct iovec parts[] = { { &head, sizeof head }, { (void *)payload, size } };
  struct msghdr message = { .msg_iov = parts, .msg_iovlen = size > 0 ? 2 : 1 };
  control_data control = { 0 };
  ssize_t n;
  if (fd >= 0)
    {
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      struct cmsghdr *item = CMSG_FIRSTHDR (&message);
      *item = (struct cmsghdr){ .cmsg_len = CMSG_LEN (sizeof fd),
                                .cmsg_level = SOL_SOCKET,
                                .cmsg_type = SCM_RIGHTS };
      memcpy (CMSG_DATA (item), &fd, sizeof fd);
    }
  do
    n = sendmsg (socket_fd, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : 0;
}

static int
take_fd (struct msghdr *message)
{
  int fd = -1;
  for (struct cmsghdr *item = CMSG_FIRSTHDR (message); item != NULL;
       item = CMSG_NXTHDR (message, item))
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS
        && item->cmsg_len == CMSG_LEN (sizeof fd))
      memcpy (&fd, CMSG_DATA (item), sizeof fd);
  return fd;
}

int
mon_receive (int socket_fd, mon_message *ret, int *ret_fd)
{
  struct iovec parts[] = { { &ret->head, sizeof ret->head }, { ret->payload, MON_PAYLOAD_MAX } };
  control_data control = { 0 };
  struct msghdr message = { .msg_iov = parts,
                            .msg_iovlen = 2,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes };
  ssize_t n;
  do
    n = recvmsg (socket_fd, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return errno == ECONNRESET ? -ENODATA : -errno;
  hd_autofd fd = take_fd (&message);
  if (n == 0)
    return -ENODATA;
  if ((size_t)n < sizeof ret->head || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    return -EBADMSG;
  if (ret_fd != NULL)
    *ret_fd = hd_steal_fd (&fd);
  n -= (ssize_t)sizeof ret->head;
  ret->payload[n] = '\0';
  return (int)n;
}

int
mon_receive_fd (int socket_fd, int *ret_fd)
{
  char bytes[256];
  struct iovec part = { bytes, sizeof bytes };
  control_data control = { 0 };
  struct msghdr message = { .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes };
  ssize_t n;
  do
    n = recvmsg (socket_fd, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return -errno;
  *ret_fd = take_fd (&message);
  return *ret_fd < 0 ? -ENODATA : 0;
}

static int
make_address (int dir_fd, const char *name, struct sockaddr_un *ret)
{
  *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
  int n = snprintf (ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/%s", dir_fd, name);
  return n < (int)sizeof ret->sun_path ? 0 : -ENAMETOOLONG;
}

int
mon_listen (int dir_fd, const char *name, int type)
{
  struct sockaddr_un address;
  int r = make_address (dir_fd, name, &address);
  if (r < 0)
    return r;
  hd_autofd fd = socket (AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -errno;
  if (unlinkat (dir_fd, name, 0) < 0 && errno != ENOENT)
    return -errno;
  if (bind (fd, (struct sockaddr *)&address, sizeof address) < 0 || listen (fd, BACKLOG) < 0)
    return -errno;
  return hd_steal_fd (&fd);
}

int
mon_accept (int listener_fd, int flags)
{
  struct sockaddr_un peer;
  socklen_t size = sizeof peer;
  int fd = accept4 (listener_fd, (struct sockaddr *)&peer, &size, flags | SOCK_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int
mon_connect (int dir_fd, const char *name, int type)
{
  struct sockaddr_un address;
  int r = make_address (dir_fd, name, &address);
  if (r < 0)
    return r;
  hd_autofd fd = socket (AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -errno;
  if (connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
    return -errno;
  return hd_steal_fd (&fd);
}
