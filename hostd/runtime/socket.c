/* Unix sockets by path. */
#include "runtime/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"

static int
make_address (int dir_fd, const char *name, struct sockaddr_un *ret)
{
  *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
  int n = snprintf (ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/%s", dir_fd, name);
  return n < (int)sizeof ret->sun_path ? 0 : -ENAMETOOLONG;
}

int
rt_socket_listen (int dir_fd, const char *name)
{
  struct sockaddr_un address;
  int r = make_address (dir_fd, name, &address);
  if (r < 0)
    return r;
  hd_autofd fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind (fd, (struct sockaddr *)&address, sizeof address) < 0 || listen (fd, 1) < 0)
    return -errno;
  return hd_steal_fd (&fd);
}

int
rt_socket_connect (int dir_fd, const char *name, int type)
{
  struct sockaddr_un address;
  hd_autofd folder = -1;
  if (dir_fd == AT_FDCWD)
    {
      char path[PATH_MAX];
      const char *slash = strrchr (name, '/');
      size_t length = slash != NULL ? (size_t)(slash - name) : 0;
      if (length >= sizeof path)
        return -ENAMETOOLONG;
      memcpy (path, name, length);
      path[length] = '\0';
      folder = open (slash == NULL ? "."
                     : length == 0 ? "/"
                                   : path,
                     O_PATH | O_DIRECTORY | O_CLOEXEC);
      if (folder < 0)
        return -errno;
      dir_fd = folder;
      name = slash != NULL ? slash + 1 : name;
    }
  int r = make_address (dir_fd, name, &address);
  if (r < 0)
    return r;
  hd_autofd fd = socket (AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
    return -errno;
  return hd_steal_fd (&fd);
}

int
rt_socket_receive_fd (int fd)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control;
  char text[64];
  struct iovec part = { text, sizeof text };
  struct msghdr message = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  ssize_t n;
  do
    n = recvmsg (fd, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  const struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  if (header == NULL || header->cmsg_type != SCM_RIGHTS
      || header->cmsg_len != CMSG_LEN (sizeof (int)))
    return n < 0 ? -errno : -EPROTO;
  int received;
  memcpy (&received, CMSG_DATA (header), sizeof received);
  return received;
}

int
rt_socket_send_fd (int socket_fd, int fd, const void *data, size_t size)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control;
  struct iovec text = { (void *)data, size };
  struct msghdr message = {
    .msg_iov = &text,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control,
  };
  memset (&control, 0, sizeof control);
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN (sizeof (int));
  memcpy (CMSG_DATA (&control.header), &fd, sizeof fd);
  return sendmsg (socket_fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}
