/* Requests of rtnetlink(7): one message and its acknowledgement, or a dump. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>

typedef struct
{
  struct nlmsghdr header;
  char payload[512];
} rt_netlink_request;

/* Begin a request; `body` is the structure that the type wants, of at most 64 bytes. */
void rt_netlink_begin (rt_netlink_request *request, uint16_t type, uint16_t flags, const void *body,
                       size_t length_bytes);
/* Add an attribute: 0, or -EMSGSIZE when the request is full; lengths cannot overflow. */
int rt_netlink_add (rt_netlink_request *request, uint16_t type, const void *data,
                    size_t length_bytes);
/* Send and wait for the answer: 0 or the kernel's negative errno. */
int rt_netlink_ask (int fd, rt_netlink_request *request);
/* Send and call `visit` for each message of the dump.  Returns 0 or a negative errno. */
int rt_netlink_dump (int fd, rt_netlink_request *request,
                     void (*visit) (const struct nlmsghdr *message, void *data), void *data);
