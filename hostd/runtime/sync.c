/* Messages between parent and child. */
#include "runtime/sync.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int
rt_msg_send (int fd, const rt_msg *message)
{
  ssize_t n;
  do
    n = send (fd, message, sizeof *message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : 0;
}

int
rt_msg_parse (const void *bytes, size_t length_bytes, rt_msg *ret)
{
  if (length_bytes != sizeof *ret)
    return -EBADMSG;
  memcpy (ret, bytes, sizeof *ret);
  if (ret->kind < RT_MSG_ERROR || ret->kind > RT_MSG_GO || ret->errnum < 0 || ret->step < 0)
    return -EBADMSG;
  ret->text[sizeof ret->text - 1] = '\0';
  return 0;
}

int
rt_msg_receive (int fd, rt_msg *ret)
{
  rt_msg raw;
  ssize_t n;
  do
    n = recv (fd, &raw, sizeof raw, 0);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return errno == ECONNRESET ? 0 : -errno;
  if (n == 0)
    return 0;
  int r = rt_msg_parse (&raw, (size_t)n, ret);
  return r < 0 ? r : 1;
}
