/* Requests of rtnetlink(7). */
#include "runtime/netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#define DUMP_BYTES (32u << 10) /* what the kernel puts into one message of a dump at most */

void
rt_netlink_begin (rt_netlink_request *r, uint16_t type, uint16_t flags, const void *body,
                  size_t length_bytes)
{
  *r = (rt_netlink_request){
    .header = { .nlmsg_len = (uint32_t)NLMSG_LENGTH (length_bytes),
                .nlmsg_type = type,
                .nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST) },
  };
  memcpy (r->payload, body, length_bytes);
}

int
rt_netlink_add (rt_netlink_request *r, uint16_t type, const void *data, size_t length_bytes)
{
  size_t used = NLMSG_ALIGN (r->header.nlmsg_len);
  if (length_bytes > sizeof r->payload || used + RTA_SPACE (length_bytes) > sizeof *r)
    return -EMSGSIZE;
  struct rtattr *attribute = (struct rtattr *)(void *)((char *)r + used);
  attribute->rta_type = type;
  attribute->rta_len = (unsigned short)RTA_LENGTH (length_bytes);
  memcpy (RTA_DATA (attribute), data, length_bytes);
  r->header.nlmsg_len = (uint32_t)(used + RTA_SPACE (length_bytes));
  return 0;
}

static int
send_request (int fd, const rt_netlink_request *r)
{
  return send (fd, r, r->header.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* A message into `buffer`: its length or a negative errno. */
static ssize_t
receive (int fd, void *buffer, size_t size)
{
  ssize_t n;
  do
    n = recv (fd, buffer, size, 0);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}

static int
error_of (const struct nlmsghdr *message)
{
  const struct nlmsgerr *error = NLMSG_DATA (message);
  return message->nlmsg_len >= NLMSG_LENGTH (sizeof *error) ? error->error : -EPROTO;
}

int
rt_netlink_ask (int fd, rt_netlink_request *r)
{
  _Alignas(struct nlmsghdr) char answer[1024];
  r->header.nlmsg_flags |= NLM_F_ACK;
  int sent = send_request (fd, r);
  if (sent < 0)
    return sent;
  ssize_t n = receive (fd, answer, sizeof answer);
  const struct nlmsghdr *message = (const void *)answer;
  if (n < 0)
    return (int)n;
  return NLMSG_OK (message, (size_t)n) && message->nlmsg_type == NLMSG_ERROR ? error_of (message)
                                                                             : -EPROTO;
}

int
rt_netlink_dump (int fd, rt_netlink_request *r,
                 void (*visit) (const struct nlmsghdr *message, void *data), void *data)
{
  static _Alignas(struct nlmsghdr) char buffer[DUMP_BYTES];
  r->header.nlmsg_flags |= NLM_F_DUMP;
  int sent = send_request (fd, r);
  if (sent < 0)
    return sent;
  for (;;)
    {
      ssize_t n = receive (fd, buffer, sizeof buffer);
      if (n <= 0)
        return n < 0 ? (int)n : -EPROTO;
      size_t left = (size_t)n;
      for (const struct nlmsghdr *message = (const void *)buffer; NLMSG_OK (message, left);
           message = NLMSG_NEXT (message, left))
        {
          if (message->nlmsg_type == NLMSG_DONE)
            return 0;
          if (message->nlmsg_type == NLMSG_ERROR)
            return error_of (message);
          visit (message, data);
        }
    }
}
