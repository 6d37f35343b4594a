/* Network, host name, firewall. */
#include <arpa/inet.h>
#include <string.h>

#include "kickstart/entry.h"

#define F HD_KS_FEDORA

#define WIRELESS_NOTE "the host has no wireless network"

static void
refuse (const HdKsEntry *entry, HdKsReport *report, const char *option, const char *hint,
        const char *what)
{
  hd_ks_error (report, hd_ks_value_place (entry, option), hint, "%s: %s", entry->name, what);
}

/* A number of a VLAN at `text`, up to its end. */
static gboolean
is_vlan_id (const char *text)
{
  gsize digits = strspn (text, "0123456789");

  return digits > 0 && digits <= 4 && text[digits] == '\0' && atoi (text) <= 4095;
}

/* "vlan123", "eth0.123", or a plain name. */
static gboolean
is_interface_name (const char *name)
{
  const char *dot = strchr (name, '.');

  if (*name == '\0' || strpbrk (name, " \t/") != NULL)
    return FALSE;
  if (g_str_has_prefix (name, "vlan"))
    return is_vlan_id (name + 4);
  return dot == NULL || (dot != name && is_vlan_id (dot + 1));
}

static gboolean
is_ip (const char *text, int family)
{
  unsigned char address[sizeof (struct in6_addr)];

  return inet_pton (family, text, address) == 1;
}

/* 255.255.240.0 and the like, or the length of a prefix. */
static gboolean
is_netmask (const char *text)
{
  struct in_addr address;
  guint32 mask;

  if (inet_pton (AF_INET, text, &address) != 1)
    return FALSE;
  mask = ~ntohl (address.s_addr);
  return (mask & (mask + 1)) == 0;
}

static void
check_addresses (const HdKsEntry *entry, HdKsReport *report)
{
  const char *ip = hd_ks_text (entry, "ip"), *netmask = hd_ks_text (entry, "netmask");
  const char *ipv6 = hd_ks_text (entry, "ipv6"), *gateway = hd_ks_text (entry, "gateway");
  g_auto (GStrv) servers = hd_ks_list (entry, "nameserver");

  /* RHEL 5's documentation has --ip=dhcp and the like; the reference parser looks at none. */
  if (ip != NULL && !is_ip (ip, AF_INET))
    hd_ks_warn (report, hd_ks_value_place (entry, "ip"), "write it as 192.0.2.10",
                "network: \"%s\" is no IPv4 address", ip);
  if (netmask != NULL && !is_netmask (netmask))
    hd_ks_warn (report, hd_ks_value_place (entry, "netmask"), "write it as 255.255.255.0",
                "network: \"%s\" is no netmask", netmask);
  if (gateway != NULL && !is_ip (gateway, AF_INET) && !is_ip (gateway, AF_INET6))
    hd_ks_warn (report, hd_ks_value_place (entry, "gateway"), "write it as 192.0.2.1",
                "network: \"%s\" is no address", gateway);
  if (ipv6 != NULL && strcmp (ipv6, "auto") != 0 && strcmp (ipv6, "dhcp") != 0
      && strcmp (ipv6, "ignore") != 0)
    {
      g_autofree char *address = g_strndup (ipv6, strcspn (ipv6, "/"));
      if (!is_ip (address, AF_INET6))
        hd_ks_warn (report, hd_ks_value_place (entry, "ipv6"),
                    "write auto, dhcp, or an address as 2001:db8::5/64",
                    "network: \"%s\" is no IPv6 address", ipv6);
    }
  for (char **server = servers; *server != NULL; server++)
    if (!is_ip (*server, AF_INET) && !is_ip (*server, AF_INET6))
      hd_ks_warn (report, hd_ks_value_place (entry, "nameserver"), "a name server has no name yet",
                  "network: \"%s\" is no address", *server);
}

static void
check_bridge (const HdKsEntry *entry, HdKsReport *report)
{
  const char *options = hd_ks_text (entry, "bridgeopts");
  g_auto (GStrv) parts = NULL;

  if (options == NULL)
    return;
  if (!hd_ks_given (entry, "bridgeslaves"))
    refuse (entry, report, "bridgeopts",
            "add --bridgeslaves=", "--bridgeopts is for a bridge with ports");
  parts = g_strsplit (options, ",", -1);
  for (char **part = parts; *part != NULL; part++)
    {
      const char *equals = strchr (*part, '=');
      if (equals == NULL || equals == *part || equals[1] == '\0' || strchr (equals + 1, '=') != NULL
          || strpbrk (*part, " \t") != NULL)
        {
          refuse (entry, report, "bridgeopts", "write KEY=VALUE,KEY=VALUE",
                  "--bridgeopts is not understood");
          return;
        }
    }
}

static void
check_network (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  const char *name = hd_ks_text (entry, "interfacename");
  const char *vlan = hd_ks_text (entry, "vlanid");
  const char *proto = hd_ks_text (entry, "bootproto");

  if (name != NULL && !is_interface_name (name))
    refuse (entry, report, "interfacename", "write it as vlan123 or eth0.123",
            "--interfacename is no name of an interface");
  if (vlan != NULL && !is_vlan_id (vlan))
    hd_ks_warn (report, hd_ks_value_place (entry, "vlanid"), "write a number from 0 to 4095",
                "network: \"%s\" is no VLAN", vlan);
  if (vlan != NULL && hd_ks_given (entry, "bindto") && !hd_ks_given (entry, "bondslaves"))
    refuse (entry, report, "bindto", "leave out one of them", "a VLAN is not bound to an address");
  check_bridge (entry, report);
  check_addresses (entry, report);
  if (g_strcmp0 (proto, "static") == 0 && !hd_ks_given (entry, "ip")
      && !hd_ks_given (entry, "ipv6"))
    hd_ks_warn (report, hd_ks_value_place (entry, "bootproto"),
                "add --ip= and --netmask=", "network: --bootproto=static gives no address");
  if (hd_ks_given (entry, "ip") && !hd_ks_given (entry, "netmask"))
    hd_ks_warn (report, hd_ks_value_place (entry, "ip"),
                "add --netmask=", "network: --ip without --netmask is a single host");
  if (g_strcmp0 (proto, "ibft") == 0 || g_strcmp0 (proto, "query") == 0)
    hd_ks_warn (report, hd_ks_value_place (entry, "bootproto"), NULL,
                "network: --bootproto=%s is not done: DHCP is used", proto);
}

static void
check_hostname (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  const char *name = hd_ks_operand (entry, 0);
  const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

  if (*name == '\0' || strlen (name) > 253 || *name == '-' || *name == '.'
      || name[strspn (name, allowed)] != '\0')
    hd_ks_error (report, hd_ks_operand_place (entry, 0), "letters, digits, dots and -",
                 "hostname: \"%s\" is no name of a host", name);
}

static const HdKsOption network_options[] = {
  { "device", HD_KS_TEXT, "DEVICE", "interface: name, MAC address, link, bootif [each other]" },
  { "bootproto", HD_KS_CHOICE, "HOW", "how it gets its address [dhcp]",
    .choices = "dhcp bootp static query ibft" },
  { "ip", HD_KS_TEXT, "ADDRESS", "IPv4 address" },
  { "netmask", HD_KS_TEXT, "MASK", "netmask" },
  { "gateway", HD_KS_TEXT, "ADDRESS", "gateway" },
  { "nameserver", HD_KS_LIST, "ADDRESS,...", "name servers" },
  { "nodns", HD_KS_FLAG, NULL, "no name server" },
  { "hostname", HD_KS_TEXT, "NAME", "name of the host" },
  { "ipv6", HD_KS_TEXT, "HOW", "auto, dhcp, or ADDRESS/LENGTH", .span = { .since = F (8) } },
  { "ipv6gateway", HD_KS_TEXT, "ADDRESS", "IPv6 gateway", .span = { .since = F (19) } },
  { "noipv4", HD_KS_FLAG, NULL, "no IPv4", .span = { .since = F (6) } },
  { "noipv6", HD_KS_FLAG, NULL, "no IPv6", .span = { .since = F (6) } },
  { "onboot", HD_KS_BOOL, "BOOL", "set it up at each start [on]" },
  { "activate", HD_KS_FLAG, NULL, "set it up in the installer, too",
    .span = { .since = F (16), .also = HD_KS_IN_RHEL6 } },
  { "no-activate", HD_KS_FLAG, NULL, "do not set it up in the installer",
    .span = { .since = F (25), .also = HD_KS_IN_RHEL7 } },
  { "nodefroute", HD_KS_FLAG, NULL, "no default route through it",
    .span = { .since = F (16), .also = HD_KS_IN_RHEL6 } },
  { "mtu", HD_KS_TEXT, "BYTES", "MTU" },
  { "dhcpclass", HD_KS_TEXT, "CLASS", "vendor class for DHCP" },
  { "vlanid", HD_KS_TEXT, "ID", "a VLAN on the device",
    .span = { .since = F (19), .also = HD_KS_IN_RHEL6 } },
  { "interfacename", HD_KS_TEXT, "NAME", "name of the VLAN's interface",
    .span = { .since = F (21) } },
  { "bondslaves", HD_KS_LIST, "DEVICE,...", "ports of a bond",
    .span = { .since = F (19), .also = HD_KS_IN_RHEL6 } },
  { "bondopts", HD_KS_TEXT, "KEY=VALUE,...", "options of a bond",
    .span = { .since = F (19), .also = HD_KS_IN_RHEL6 } },
  { "bridgeslaves", HD_KS_LIST, "DEVICE,...", "ports of a bridge",
    .span = { .since = F (22), .also = HD_KS_IN_RHEL7 } },
  { "bridgeopts", HD_KS_TEXT, "KEY=VALUE,...", "options of a bridge",
    .span = { .since = F (22), .also = HD_KS_IN_RHEL7 } },
  { "teamslaves", HD_KS_TEXT, "DEVICE,...", "ports of a team", .span = { .since = F (20) },
    .note = "systemd-networkd has no teams; use --bondslaves" },
  { "teamconfig", HD_KS_TEXT, "JSON", "configuration of a team", .span = { .since = F (20) },
    .note = "systemd-networkd has no teams; use --bondopts" },
  { "bindto", HD_KS_CHOICE, "HOW", "bind to the address", .choices = "mac",
    .span = { .since = F (27), .also = HD_KS_IN_RHEL7 } },
  { "ipv4-dns-search", HD_KS_LIST, "DOMAIN,...", "search domains",
    .span = { .since = F (39), .also = HD_KS_IN_RHEL9 } },
  { "ipv6-dns-search", HD_KS_LIST, "DOMAIN,...", "search domains",
    .span = { .since = F (39), .also = HD_KS_IN_RHEL9 } },
  { "ipv4-ignore-auto-dns", HD_KS_FLAG, NULL, "no name servers from DHCP",
    .span = { .since = F (39), .also = HD_KS_IN_RHEL9 } },
  { "ipv6-ignore-auto-dns", HD_KS_FLAG, NULL, "no name servers from DHCPv6",
    .span = { .since = F (39), .also = HD_KS_IN_RHEL9 } },
  { "ethtool", HD_KS_TEXT, "OPTIONS", "options for ethtool",
    .note = "settings of a link belong into a .link file" },
  { "notksdevice", HD_KS_FLAG, NULL, "not for the installer", .span = { .since = F (4) } },
  { "essid", HD_KS_TEXT, "NAME", "wireless network", .note = WIRELESS_NOTE },
  { "wepkey", HD_KS_TEXT, "KEY", "key of a wireless network", HD_KS_SECRET, .note = WIRELESS_NOTE },
  { "wpakey", HD_KS_TEXT, "KEY", "key of a wireless network", HD_KS_SECRET,
    .span = { .since = F (16) }, .note = WIRELESS_NOTE },
  { NULL }
};

static const HdKsOption firewall_options[] = {
  { "enabled enable", HD_KS_FLAG, NULL, "refuse what nobody asked for (the default)" },
  { "disabled disable", HD_KS_FLAG, NULL, "no rules" },
  { "use-system-defaults", HD_KS_FLAG, NULL, "leave the host's own rules",
    .span = { .since = F (29), .also = HD_KS_IN_RHEL8 } },
  { "port", HD_KS_LIST, "PORT[:PROTOCOL],...", "let these ports in" },
  { "service", HD_KS_LIST, "NAME,...", "let these services in", .span = { .since = F (10) } },
  { "remove-service", HD_KS_LIST, "NAME,...", "do not let these in", .span = { .since = F (20) } },
  { "trust", HD_KS_LIST, "DEVICE", "let everything in from this device" },
  { "ssh", HD_KS_FLAG, NULL, "let ssh in" },
  { "http", HD_KS_FLAG, NULL, "let http in" },
  { "smtp", HD_KS_FLAG, NULL, "let smtp in" },
  { "ftp", HD_KS_FLAG, NULL, "let ftp in" },
  { "telnet", HD_KS_FLAG, NULL, "let telnet in",
    .span = { .deprecated = F (10), .removed = F (14) } },
  { "high", HD_KS_FLAG, NULL, "old levels", .span = { .deprecated = F (3), .removed = F (9) } },
  { "medium", HD_KS_FLAG, NULL, "old levels", .span = { .deprecated = F (3), .removed = F (9) } },
  { NULL }
};

static const HdKsOption no_options[] = { { NULL } };

const HdKsCommand hd_ks_network_commands[] = {
  { "network", "", 0, 0, network_options, "an interface, and the name of the host", HD_KS_MANY,
    .check = check_network },
  { "hostname", "NAME", 1, 1, no_options, "the name of the host, as network --hostname=", 0,
    .check = check_hostname },
  { "firewall", "", 0, 0, firewall_options, "what the network may reach", 0 },
  { NULL },
};
