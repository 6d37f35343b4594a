/* Interfaces that move into the container: one rtnetlink request each (rtnetlink(7)). */
#include "runtime/netdev.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"

typedef struct
{
  struct nlmsghdr header;
  struct ifinfomsg info;
  char attributes[64];
} link_request;

/* Lengths are of names that were checked against IFNAMSIZ, so 16 bits cannot overflow. */
static void
add_attribute (link_request *request, unsigned short type, const void *data, size_t length)
{
  struct rtattr *attribute
      = (struct rtattr *)((char *)request + NLMSG_ALIGN (request->header.nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = (unsigned short)RTA_LENGTH (length);
  memcpy (RTA_DATA (attribute), data, length);
  request->header.nlmsg_len
      = NLMSG_ALIGN (request->header.nlmsg_len) + (uint32_t)RTA_ALIGN (attribute->rta_len);
}

static int
ask (int fd, link_request *request)
{
  char answer[1024];
  if (send (fd, request, request->header.nlmsg_len, 0) < 0)
    return -errno;
  ssize_t n = recv (fd, answer, sizeof answer, 0);
  const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)answer;
  if (n < (ssize_t)NLMSG_LENGTH (sizeof (struct nlmsgerr)) || header->nlmsg_type != NLMSG_ERROR)
    return n < 0 ? -errno : -EPROTO;
  return ((const struct nlmsgerr *)NLMSG_DATA (header))->error;
}

static int
move_one (int fd, const rt_net_device *device, pid_t pid, hd_err *err)
{
  const char *name
      = device->name != NULL && device->name[0] != '\0' ? device->name : device->host_name;
  unsigned index = if_nametoindex (device->host_name);
  if (index == 0)
    return hd_err_set_errno (err, errno, "linux.netDevices.%.32s", device->host_name);
  if (strlen (name) >= IFNAMSIZ || strchr (name, '/') != NULL)
    return hd_err_set (err, HD_CONFIG, NULL, "linux.netDevices.%.32s.name: \"%.32s\" is no name",
                       device->host_name, name);
  link_request request = {
    .header = { .nlmsg_len = NLMSG_LENGTH (sizeof request.info),
                .nlmsg_type = RTM_NEWLINK,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
    .info = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index },
  };
  uint32_t target = (uint32_t)pid;
  add_attribute (&request, IFLA_NET_NS_PID, &target, sizeof target);
  add_attribute (&request, IFLA_IFNAME, name, strlen (name) + 1);
  int r = ask (fd, &request);
  return r < 0 ? hd_err_set_errno (err, -r, "linux.netDevices.%.32s: moving it into the container",
                                   device->host_name)
               : 0;
}

int
rt_netdev_move (const rt_spec *spec, pid_t pid, hd_err *err)
{
  hd_autofd fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  int r = fd < 0 ? hd_err_set_errno (err, errno, "linux.netDevices: opening a netlink socket") : 0;
  for (size_t i = 0; r == 0 && i < spec->linux_->net_devices.count; i++)
    r = move_one (fd, &spec->linux_->net_devices.items[i], pid, err);
  return r;
}
