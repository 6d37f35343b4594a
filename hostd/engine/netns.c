/* Network namespaces by descriptor. */
#include "engine/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"

#define SELF "/proc/thread-self/ns/net"
#define DISABLE_IPV6 "/proc/sys/net/ipv6/conf/default/disable_ipv6"

static int
open_self (GError **error)
{
  int fd = open (SELF, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    hd_throw_errno (error, errno, "opening %s", SELF);
  return fd;
}

static gboolean
enter (int fd, GError **error)
{
  return setns (fd, CLONE_NEWNET) == 0
         || hd_throw_errno (error, errno, "entering a network namespace");
}

/* Nothing can go on in the wrong namespace. */
static void
leave (int home)
{
  if (setns (home, CLONE_NEWNET) < 0)
    g_error ("cannot return to the host's network namespace: %s", g_strerror (errno));
}

/* In the namespace where the caller is. A kernel without IPv6 has nothing to switch. */
static gboolean
write_ipv6 (gboolean on, GError **error)
{
  hd_autofd fd = open (DISABLE_IPV6, O_WRONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return TRUE;
  if (fd < 0 || write (fd, on ? "0" : "1", 1) < 0)
    return hd_throw_errno (error, errno, "writing %s", DISABLE_IPV6);
  return TRUE;
}

static gboolean
set_lo_up (GError **error)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
  hd_autofd fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl (fd, SIOCSIFFLAGS, &request) < 0)
    return hd_throw_errno (error, errno, "setting the container's lo up");
  return TRUE;
}

int
hd_netns_new (gboolean ipv6, GError **error)
{
  hd_autofd home = open_self (error);
  if (home < 0)
    return -1;
  if (unshare (CLONE_NEWNET) < 0)
    {
      hd_throw_errno (error, errno, "making a network namespace");
      return -1;
    }
  hd_autofd made = open_self (error);
  gboolean good = made >= 0 && set_lo_up (error) && (ipv6 || write_ipv6 (FALSE, error));
  leave (home);
  return good ? hd_steal_fd (&made) : -1;
}

HdNetlink *
hd_netns_netlink (int netns_fd, GError **error)
{
  hd_autofd home = open_self (error);
  if (home < 0 || !enter (netns_fd, error))
    return NULL;
  HdNetlink *netlink = hd_netlink_open (NETLINK_ROUTE, 0, error);
  leave (home);
  return netlink;
}

gboolean
hd_netns_set_ipv6 (int netns_fd, gboolean on, GError **error)
{
  hd_autofd home = open_self (error);
  if (home < 0 || !enter (netns_fd, error))
    return FALSE;
  gboolean good = write_ipv6 (on, error);
  leave (home);
  return good;
}
