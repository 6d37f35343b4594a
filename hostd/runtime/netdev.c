/* Interfaces that move into the container, with their addresses (specification, config-linux.md,
 * Network Devices). */
#include "runtime/netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "runtime/netlink.h"

/* Attributes of an address that go along. */
static const uint16_t kept[] = { IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST };
#define N_KEPT (sizeof kept / sizeof *kept)

typedef struct address
{
  struct address *next;
  struct ifaddrmsg info;
  uint8_t data[N_KEPT][16];
  size_t lengths[N_KEPT];
} address;

typedef struct interface
{
  struct interface *next;
  int index;
  char name[IFNAMSIZ];
} interface;

typedef struct
{
  rt_arena arena;
  int host_fd;      /* netlink, here */
  int container_fd; /* netlink, in the container's namespace */
  int namespace_fd; /* the container's */
} mover;

/* Reading */

typedef struct
{
  rt_arena *arena;
  int index;
  address *addresses;
} address_visit;

static void
visit_address (const struct nlmsghdr *message, void *data)
{
  address_visit *visit = data;
  const struct ifaddrmsg *info = NLMSG_DATA (message);
  uint32_t flags = info->ifa_flags;
  address found = { .info = *info };
  int left = (int)IFA_PAYLOAD (message);
  for (const struct rtattr *a = IFA_RTA (info); RTA_OK (a, left); a = RTA_NEXT (a, left))
    {
      if (a->rta_type == IFA_FLAGS && RTA_PAYLOAD (a) >= sizeof flags)
        memcpy (&flags, RTA_DATA (a), sizeof flags);
      for (size_t i = 0; i < N_KEPT; i++)
        if (a->rta_type == kept[i] && RTA_PAYLOAD (a) <= sizeof found.data[i])
          {
            found.lengths[i] = RTA_PAYLOAD (a);
            memcpy (found.data[i], RTA_DATA (a), found.lengths[i]);
          }
    }
  if ((int)info->ifa_index != visit->index || info->ifa_scope != RT_SCOPE_UNIVERSE
      || (flags & IFA_F_PERMANENT) == 0)
    return;
  found.next = visit->addresses;
  visit->addresses = rt_new (visit->arena, address);
  *visit->addresses = found;
}

typedef struct
{
  rt_arena *arena;
  interface *links;
} link_visit;

static void
visit_link (const struct nlmsghdr *message, void *data)
{
  link_visit *visit = data;
  const struct ifinfomsg *info = NLMSG_DATA (message);
  interface *found = rt_new (visit->arena, interface);
  found->index = info->ifi_index;
  int left = (int)IFLA_PAYLOAD (message);
  for (const struct rtattr *a = IFLA_RTA (info); RTA_OK (a, left); a = RTA_NEXT (a, left))
    if (a->rta_type == IFLA_IFNAME)
      snprintf (found->name, sizeof found->name, "%.*s", (int)RTA_PAYLOAD (a),
                (const char *)RTA_DATA (a));
  found->next = visit->links;
  visit->links = found;
}

static int
read_addresses (mover *m, int index, address **ret)
{
  const struct ifaddrmsg any = { .ifa_family = AF_UNSPEC };
  address_visit visit = { &m->arena, index, NULL };
  rt_netlink_request request;
  rt_netlink_begin (&request, RTM_GETADDR, 0, &any, sizeof any);
  int r = rt_netlink_dump (m->host_fd, &request, visit_address, &visit);
  *ret = visit.addresses;
  return r;
}

static int
read_links (mover *m, interface **ret)
{
  const struct ifinfomsg any = { .ifi_family = AF_UNSPEC };
  link_visit visit = { &m->arena, NULL };
  rt_netlink_request request;
  rt_netlink_begin (&request, RTM_GETLINK, 0, &any, sizeof any);
  int r = rt_netlink_dump (m->container_fd, &request, visit_link, &visit);
  *ret = visit.links;
  return r;
}

static bool
has_name (const interface *links, const char *name)
{
  for (; links != NULL; links = links->next)
    if (strcmp (links->name, name) == 0)
      return true;
  return false;
}

/* The link that was not there before, or 0. */
static int
find_new (const interface *after, const interface *before)
{
  for (; after != NULL; after = after->next)
    {
      const interface *old = before;
      while (old != NULL && old->index != after->index)
        old = old->next;
      if (old == NULL)
        return after->index;
    }
  return 0;
}

/* Changing */

static int
move_link (mover *m, int index, const char *name)
{
  const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
  rt_netlink_request request;
  rt_netlink_begin (&request, RTM_NEWLINK, 0, &info, sizeof info);
  int r = rt_netlink_add (&request, IFLA_NET_NS_FD, &m->namespace_fd, sizeof m->namespace_fd);
  if (r == 0)
    r = rt_netlink_add (&request, IFLA_IFNAME, name, strlen (name) + 1);
  return r == 0 ? rt_netlink_ask (m->host_fd, &request) : r;
}

static int
add_address (mover *m, int index, const address *a)
{
  struct ifaddrmsg info = a->info;
  rt_netlink_request request;
  info.ifa_index = (unsigned)index;
  info.ifa_flags = 0;
  rt_netlink_begin (&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof info);
  int r = 0;
  for (size_t i = 0; r == 0 && i < N_KEPT; i++)
    if (a->lengths[i] > 0)
      r = rt_netlink_add (&request, kept[i], a->data[i], a->lengths[i]);
  return r == 0 ? rt_netlink_ask (m->container_fd, &request) : r;
}

static int
set_up (mover *m, int index)
{
  const struct ifinfomsg info
      = { .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
  rt_netlink_request request;
  rt_netlink_begin (&request, RTM_NEWLINK, 0, &info, sizeof info);
  return rt_netlink_ask (m->container_fd, &request);
}

/* Once it is there: what the move took from it. */
static int
settle (mover *m, const interface *before, const address *addresses)
{
  interface *after;
  int r = read_links (m, &after);
  int index = r == 0 ? find_new (after, before) : 0;
  if (r == 0 && index == 0)
    r = -ENODEV;
  for (; r == 0 && addresses != NULL; addresses = addresses->next)
    r = add_address (m, index, addresses);
  return r == 0 ? set_up (m, index) : r;
}

static int
move_one (mover *m, const rt_net_device *device, hd_err *err)
{
  const char *name
      = device->name != NULL && device->name[0] != '\0' ? device->name : device->host_name;
  const int index = (int)if_nametoindex (device->host_name);
  address *addresses;
  interface *before;
  if (index == 0)
    return hd_err_set_errno (err, errno, "linux.netDevices.%.32s", device->host_name);
  int r = read_addresses (m, index, &addresses);
  if (r == 0)
    r = read_links (m, &before);
  if (r < 0)
    return hd_err_set_errno (err, -r, "linux.netDevices.%.32s: asking for addresses and links",
                             device->host_name);
  /* Before it is moved: from a namespace that goes away not every interface comes back. */
  if (has_name (before, name))
    return hd_err_set_errno (err, EEXIST, "linux.netDevices.%.32s: %.32s in the container",
                             device->host_name, name);
  if ((r = move_link (m, index, name)) < 0)
    return hd_err_set_errno (err, -r, "linux.netDevices.%.32s: moving it into the container",
                             device->host_name);
  r = settle (m, before, addresses);
  return r < 0 ? hd_err_set_errno (err, -r, "linux.netDevices.%.32s: addresses in the container",
                                   device->host_name)
               : 0;
}

/* Sockets */

/* A netlink socket of another network namespace: a socket stays in that of its birth. */
static int
open_inside (int namespace_fd)
{
  hd_autofd own = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (own < 0 || setns (namespace_fd, CLONE_NEWNET) < 0)
    return -errno;
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  int r = fd < 0 ? -errno : fd;
  if (setns (own, CLONE_NEWNET) < 0)
    {
      r = -errno;
      hd_closep (&fd);
    }
  return r;
}

static int
open_sockets (mover *m, pid_t pid, hd_err *err)
{
  char path[64];
  snprintf (path, sizeof path, "/proc/%d/ns/net", (int)pid);
  m->namespace_fd = open (path, O_RDONLY | O_CLOEXEC);
  if (m->namespace_fd < 0)
    return hd_err_set_errno (err, errno, "linux.netDevices: opening %s", path);
  m->host_fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (m->host_fd < 0)
    return hd_err_set_errno (err, errno, "linux.netDevices: opening a netlink socket");
  m->container_fd = open_inside (m->namespace_fd);
  return m->container_fd < 0 ? hd_err_set_errno (err, -m->container_fd,
                                                 "linux.netDevices: a socket in the container")
                             : 0;
}

int
rt_netdev_move (const rt_spec *spec, pid_t pid, hd_err *err)
{
  mover m = { .host_fd = -1, .container_fd = -1, .namespace_fd = -1 };
  int r = open_sockets (&m, pid, err);
  for (size_t i = 0; r == 0 && i < spec->linux_->net_devices.count; i++)
    r = move_one (&m, &spec->linux_->net_devices.items[i], err);
  hd_closep (&m.host_fd);
  hd_closep (&m.container_fd);
  hd_closep (&m.namespace_fd);
  rt_arena_free (&m.arena);
  return r;
}
