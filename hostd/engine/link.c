/* Interfaces, addresses and routes of containers. */
#include "engine/link.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "base/error.h"
#include "engine/cidr.h"

#define CREATE (NLM_F_CREATE | NLM_F_EXCL)
#define ADDR_GEN_NONE 1 /* IN6_ADDR_GEN_MODE_NONE */

guint
hd_link_index (const HdNetlink *netlink, const char *name)
{
  struct ifreq request = { 0 };
  g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
  return ioctl (hd_netlink_fd (netlink), SIOCGIFINDEX, &request) == 0 ? (guint)request.ifr_ifindex
                                                                      : 0;
}

/* No link-local address: nobody speaks IPv6 by this interface itself. */
static void
put_no_autoconf (struct nlmsghdr *message)
{
  struct nlattr *families = mnl_attr_nest_start (message, IFLA_AF_SPEC);
  struct nlattr *family = mnl_attr_nest_start (message, AF_INET6);
  mnl_attr_put_u8 (message, IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_NONE);
  mnl_attr_nest_end (message, family);
  mnl_attr_nest_end (message, families);
}

static gboolean
put_mac (struct nlmsghdr *message, const char *mac)
{
  guint8 bytes[6];
  for (guint i = 0; i < 6; i++)
    bytes[i]
        = (guint8)(g_ascii_xdigit_value (mac[i * 3]) << 4 | g_ascii_xdigit_value (mac[i * 3 + 1]));
  mnl_attr_put (message, IFLA_ADDRESS, sizeof bytes, bytes);
  return TRUE;
}

static struct nlmsghdr *
add_link (HdNetlink *netlink, guint16 flags, guint index, gboolean up, const char *doing)
{
  struct ifinfomsg body
      = { .ifi_index = (int)index, .ifi_flags = up ? IFF_UP : 0, .ifi_change = up ? IFF_UP : 0 };
  return hd_netlink_add (netlink, RTM_NEWLINK, flags, &body, sizeof body, doing);
}

static void
add_address (HdNetlink *netlink, guint index, guint8 scope, const HdCidr *address, guint8 flags,
             const char *doing)
{
  guint size = hd_cidr_n_bytes (address);
  struct ifaddrmsg body = { .ifa_family = (guint8)address->family,
                            .ifa_prefixlen = (guint8)address->prefix,
                            .ifa_flags = flags,
                            .ifa_scope = scope,
                            .ifa_index = index };
  struct nlmsghdr *message
      = hd_netlink_add (netlink, RTM_NEWADDR, CREATE, &body, sizeof body, doing);
  hd_netlink_tolerate (netlink, EEXIST);
  mnl_attr_put (message, IFA_LOCAL, size, address->bytes);
  mnl_attr_put (message, IFA_ADDRESS, size, address->bytes);
  if (address->family == AF_INET && address->prefix < 31)
    {
      HdCidr broadcast = *address;
      for (guint bit = address->prefix; bit < 32; bit++)
        broadcast.bytes[bit / 8] |= (guint8)(0x80 >> bit % 8);
      mnl_attr_put (message, IFA_BROADCAST, size, broadcast.bytes);
    }
}

static void
add_default_route (HdNetlink *netlink, guint index, const HdCidr *gateway)
{
  struct rtmsg body = { .rtm_family = (guint8)gateway->family,
                        .rtm_table = RT_TABLE_MAIN,
                        .rtm_protocol = RTPROT_STATIC,
                        .rtm_scope = RT_SCOPE_UNIVERSE,
                        .rtm_type = RTN_UNICAST };
  struct nlmsghdr *message = hd_netlink_add (netlink, RTM_NEWROUTE, CREATE, &body, sizeof body,
                                             "adding the container's default route");
  hd_netlink_tolerate (netlink, EEXIST);
  mnl_attr_put (message, RTA_GATEWAY, hd_cidr_n_bytes (gateway), gateway->bytes);
  mnl_attr_put_u32 (message, RTA_OIF, index);
}

/* ---- Bridges ---- */

static gboolean
make_bridge_link (HdNetlink *host, const HdNetwork *network, GError **error)
{
  const char *mtu = hd_network_option (network, "com.docker.network.driver.mtu");
  struct nlmsghdr *message = add_link (host, CREATE, 0, TRUE, "making the bridge");
  hd_netlink_tolerate (host, EEXIST);
  mnl_attr_put_strz (message, IFLA_IFNAME, network->bridge);
  if (mtu != NULL && g_ascii_strtoull (mtu, NULL, 10) >= 68)
    mnl_attr_put_u32 (message, IFLA_MTU, (guint32)g_ascii_strtoull (mtu, NULL, 10));
  struct nlattr *info = mnl_attr_nest_start (message, IFLA_LINKINFO);
  mnl_attr_put_strz (message, IFLA_INFO_KIND, "bridge");
  struct nlattr *data = mnl_attr_nest_start (message, IFLA_INFO_DATA);
  mnl_attr_put_u32 (message, IFLA_BR_STP_STATE, 0);
  mnl_attr_put_u32 (message, IFLA_BR_FORWARD_DELAY, 0);
  mnl_attr_nest_end (message, data);
  mnl_attr_nest_end (message, info);
  return hd_netlink_send (host, NULL, error);
}

static void
add_gateway (HdNetlink *host, guint index, const HdSubnet *subnet)
{
  HdCidr cidr, gateway;
  if (subnet->cidr == NULL || subnet->gateway == NULL || !hd_cidr_parse (subnet->cidr, &cidr)
      || !hd_address_parse (subnet->gateway, &gateway))
    return;
  gateway.prefix = cidr.prefix;
  add_address (host, index, RT_SCOPE_UNIVERSE, &gateway, IFA_F_NODAD,
               "giving the bridge its address");
}

gboolean
hd_link_make_bridge (HdNetlink *host, const HdNetwork *network, GError **error)
{
  if (!make_bridge_link (host, network, error))
    return FALSE;
  guint index = hd_link_index (host, network->bridge);
  if (index == 0)
    return hd_throw (error, HD_FAILED, NULL, "bridge %s went away while it was made",
                     network->bridge);
  add_link (host, 0, index, TRUE, "setting the bridge up");
  add_gateway (host, index, &network->v4);
  add_gateway (host, index, &network->v6);
  return hd_netlink_send (host, NULL, error);
}

/* ---- Pairs ---- */

/* What the kernel takes only when the interface is there. */
static void
add_port_flags (HdNetlink *host, const char *name, gboolean isolated)
{
  struct nlmsghdr *message = add_link (host, 0, 0, TRUE, "setting up the container's interface");
  mnl_attr_put_strz (message, IFLA_IFNAME, name);
  put_no_autoconf (message);
  struct nlattr *info = mnl_attr_nest_start (message, IFLA_LINKINFO);
  mnl_attr_put_strz (message, IFLA_INFO_SLAVE_KIND, "bridge");
  struct nlattr *data = mnl_attr_nest_start (message, IFLA_INFO_SLAVE_DATA);
  mnl_attr_put_u8 (message, IFLA_BRPORT_MODE, 1); /* hairpin */
  if (isolated)
    mnl_attr_put_u8 (message, IFLA_BRPORT_ISOLATED, 1);
  mnl_attr_nest_end (message, data);
  mnl_attr_nest_end (message, info);
}

gboolean
hd_link_make_pair (HdNetlink *host, const HdNetworkEndpoint *endpoint, int netns_fd,
                   gboolean isolated, gboolean *ret_no_bridge, GError **error)
{
  guint bridge = hd_link_index (host, endpoint->bridge);
  struct ifinfomsg peer = { 0 };
  *ret_no_bridge = bridge == 0;
  if (bridge == 0)
    return hd_throw (error, HD_NOT_FOUND, NULL, "there is no bridge %s", endpoint->bridge);
  struct nlmsghdr *message = add_link (host, CREATE, 0, FALSE, "making the container's interface");
  mnl_attr_put_strz (message, IFLA_IFNAME, endpoint->host_link);
  mnl_attr_put_u32 (message, IFLA_MASTER, bridge);
  struct nlattr *info = mnl_attr_nest_start (message, IFLA_LINKINFO);
  mnl_attr_put_strz (message, IFLA_INFO_KIND, "veth");
  struct nlattr *data = mnl_attr_nest_start (message, IFLA_INFO_DATA);
  struct nlattr *inner = mnl_attr_nest_start (message, VETH_INFO_PEER);
  memcpy (mnl_nlmsg_put_extra_header (message, sizeof peer), &peer, sizeof peer);
  mnl_attr_put_strz (message, IFLA_IFNAME, endpoint->interface);
  mnl_attr_put_u32 (message, IFLA_NET_NS_FD, (guint32)netns_fd);
  put_mac (message, endpoint->mac);
  mnl_attr_nest_end (message, inner);
  mnl_attr_nest_end (message, data);
  mnl_attr_nest_end (message, info);
  add_port_flags (host, endpoint->host_link, isolated);
  return hd_netlink_send (host, NULL, error);
}

static gboolean
parse_inner (const char *text, guint prefix, HdCidr *ret)
{
  if (text == NULL || !hd_address_parse (text, ret))
    return FALSE;
  ret->prefix = prefix;
  return TRUE;
}

gboolean
hd_link_configure (HdNetlink *inner, const HdNetworkEndpoint *endpoint, gboolean routes4,
                   gboolean routes6, GError **error)
{
  HdCidr address;
  guint index = hd_link_index (inner, endpoint->interface);
  if (index == 0)
    return hd_throw (error, HD_NOT_FOUND, NULL, "the container has no interface %s",
                     endpoint->interface);
  if (parse_inner (endpoint->ip4, endpoint->prefix4, &address))
    add_address (inner, index, RT_SCOPE_UNIVERSE, &address, 0, "giving the container its address");
  if (parse_inner (endpoint->ip6, endpoint->prefix6, &address))
    add_address (inner, index, RT_SCOPE_UNIVERSE, &address, IFA_F_NODAD,
                 "giving the container its IPv6 address");
  add_link (inner, 0, index, TRUE, "setting the container's interface up");
  if (routes4 && endpoint->gateway4 != NULL && hd_address_parse (endpoint->gateway4, &address))
    add_default_route (inner, index, &address);
  if (routes6 && endpoint->gateway6 != NULL && hd_address_parse (endpoint->gateway6, &address))
    add_default_route (inner, index, &address);
  return hd_netlink_send (inner, NULL, error);
}

gboolean
hd_link_retire (HdNetlink *host, const char *name, GError **error)
{
  struct nlmsghdr *message = add_link (host, 0, 0, FALSE, "retiring the container's interface");
  hd_netlink_tolerate (host, ENODEV);
  mnl_attr_put_strz (message, IFLA_IFNAME, name);
  struct nlattr *info = mnl_attr_nest_start (message, IFLA_LINKINFO);
  mnl_attr_put_strz (message, IFLA_INFO_SLAVE_KIND, "bridge");
  struct nlattr *data = mnl_attr_nest_start (message, IFLA_INFO_SLAVE_DATA);
  mnl_attr_put_u8 (message, IFLA_BRPORT_STATE, BR_STATE_DISABLED);
  mnl_attr_put (message, IFLA_BRPORT_FLUSH, 0, NULL);
  mnl_attr_nest_end (message, data);
  mnl_attr_nest_end (message, info);
  return hd_netlink_send (host, NULL, error);
}

gboolean
hd_link_remove (HdNetlink *host, const char *name, GError **error)
{
  struct ifinfomsg body = { 0 };
  struct nlmsghdr *message
      = hd_netlink_add (host, RTM_DELLINK, 0, &body, sizeof body, "removing an interface");
  hd_netlink_tolerate (host, ENODEV);
  mnl_attr_put_strz (message, IFLA_IFNAME, name);
  return hd_netlink_send (host, NULL, error);
}

/* ---- The detour ---- */

/* Of the end where packets come in: without an address the kernel refuses sources from elsewhere,
 * even with rp_filter 2. */
#define DETOUR_ADDRESS4 "169.254.77.3"

static const guint8 detour_mac[6] = { 0x02, 0x61, 0x74, 0x6f, 0x6d, 0x01 };

/* What is sent to the gateway's address reaches the other end. The route matters although the
 * device is given: without it the kernel looks for the packet's own destination there. */
static void
add_neighbour (HdNetlink *host, guint index, const char *text)
{
  HdCidr address;
  g_assert (hd_address_parse (text, &address));
  struct ndmsg neighbour = { .ndm_family = (guint8)address.family,
                             .ndm_ifindex = (int)index,
                             .ndm_state = NUD_PERMANENT };
  struct rtmsg route = { .rtm_family = (guint8)address.family,
                         .rtm_dst_len = (guint8)address.prefix,
                         .rtm_table = RT_TABLE_MAIN,
                         .rtm_protocol = RTPROT_STATIC,
                         .rtm_scope = RT_SCOPE_LINK,
                         .rtm_type = RTN_UNICAST };
  struct nlmsghdr *message
      = hd_netlink_add (host, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &neighbour,
                        sizeof neighbour, "preparing the way to published ports");
  mnl_attr_put (message, NDA_DST, hd_cidr_n_bytes (&address), address.bytes);
  mnl_attr_put (message, NDA_LLADDR, sizeof detour_mac, detour_mac);
  message = hd_netlink_add (host, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &route, sizeof route,
                            "preparing the way to published ports");
  mnl_attr_put (message, RTA_DST, hd_cidr_n_bytes (&address), address.bytes);
  mnl_attr_put_u32 (message, RTA_OIF, index);
}

static void
add_detour_up (HdNetlink *host, const char *name)
{
  struct nlmsghdr *message = add_link (host, 0, 0, TRUE, "setting up the way to published ports");
  mnl_attr_put_strz (message, IFLA_IFNAME, name);
  put_no_autoconf (message);
}

gboolean
hd_link_make_detour (HdNetlink *host, gboolean *ret_new, GError **error)
{
  struct ifinfomsg peer = { 0 };
  HdCidr address;
  *ret_new = hd_link_index (host, HD_DETOUR_OUT) == 0;
  if (!*ret_new)
    return TRUE;
  struct nlmsghdr *message
      = add_link (host, CREATE, 0, FALSE, "preparing the way to published ports");
  hd_netlink_tolerate (host, EEXIST);
  mnl_attr_put_strz (message, IFLA_IFNAME, HD_DETOUR_OUT);
  struct nlattr *info = mnl_attr_nest_start (message, IFLA_LINKINFO);
  mnl_attr_put_strz (message, IFLA_INFO_KIND, "veth");
  struct nlattr *data = mnl_attr_nest_start (message, IFLA_INFO_DATA);
  struct nlattr *inner = mnl_attr_nest_start (message, VETH_INFO_PEER);
  memcpy (mnl_nlmsg_put_extra_header (message, sizeof peer), &peer, sizeof peer);
  mnl_attr_put_strz (message, IFLA_IFNAME, HD_DETOUR_IN);
  mnl_attr_put (message, IFLA_ADDRESS, sizeof detour_mac, detour_mac);
  mnl_attr_nest_end (message, inner);
  mnl_attr_nest_end (message, data);
  mnl_attr_nest_end (message, info);
  add_detour_up (host, HD_DETOUR_OUT);
  add_detour_up (host, HD_DETOUR_IN);
  if (!hd_netlink_send (host, NULL, error))
    return FALSE;
  guint index = hd_link_index (host, HD_DETOUR_OUT);
  add_neighbour (host, index, HD_DETOUR_GATEWAY4);
  add_neighbour (host, index, HD_DETOUR_GATEWAY6);
  g_assert (hd_address_parse (DETOUR_ADDRESS4, &address));
  add_address (host, hd_link_index (host, HD_DETOUR_IN), RT_SCOPE_LINK, &address, 0,
               "preparing the way to published ports");
  return hd_netlink_send (host, NULL, error);
}

/* ---- Lists ---- */

static void
collect_name (const struct nlmsghdr *message, gpointer data)
{
  struct nlattr *attribute;
  mnl_attr_for_each (attribute, message, sizeof (struct ifinfomsg))
    if (mnl_attr_get_type (attribute) == IFLA_IFNAME
        && mnl_attr_validate (attribute, MNL_TYPE_NUL_STRING) >= 0)
      g_ptr_array_add (data, g_strdup (mnl_attr_get_str (attribute)));
}

GPtrArray *
hd_link_list (HdNetlink *host, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  struct ifinfomsg body = { 0 };
  hd_netlink_add (host, RTM_GETLINK, 0, &body, sizeof body, "listing the host's interfaces");
  return hd_netlink_dump (host, collect_name, names, error) ? g_steal_pointer (&names) : NULL;
}

static void
collect_route (const struct nlmsghdr *message, gpointer data)
{
  const struct rtmsg *route = mnl_nlmsg_get_payload (message);
  HdCidr cidr = { .family = route->rtm_family, .prefix = route->rtm_dst_len };
  struct nlattr *attribute;
  if (route->rtm_dst_len == 0 || route->rtm_type != RTN_UNICAST
      || (cidr.family != AF_INET && cidr.family != AF_INET6))
    return;
  mnl_attr_for_each (attribute, message, sizeof *route)
    if (mnl_attr_get_type (attribute) == RTA_DST
        && mnl_attr_get_payload_len (attribute) == hd_cidr_n_bytes (&cidr))
      {
        memcpy (cidr.bytes, mnl_attr_get_payload (attribute), hd_cidr_n_bytes (&cidr));
        g_array_append_val ((GArray *)data, cidr);
      }
}

gboolean
hd_link_routes (GArray *used, GError **error)
{
  g_autoptr (HdNetlink) host = hd_netlink_open (NETLINK_ROUTE, 0, error);
  struct rtmsg body = { 0 };
  if (host == NULL)
    return FALSE;
  hd_netlink_add (host, RTM_GETROUTE, 0, &body, sizeof body, "listing the host's routes");
  return hd_netlink_dump (host, collect_route, used, error);
}
