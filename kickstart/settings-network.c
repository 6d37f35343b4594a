/* Network: files of systemd-networkd, one for each interface. */
#include <arpa/inet.h>
#include <string.h>

#include "common/parse.h"
#include "kickstart/settings-internal.h"

/* ---- Addresses ---- */

static gboolean
has_ipv4 (const HdKsEntry *entry)
{
  return !hd_ks_given (entry, "noipv4");
}

static gboolean
has_ipv6 (const HdKsEntry *entry)
{
  return !hd_ks_given (entry, "noipv6") && g_strcmp0 (hd_ks_text (entry, "ipv6"), "ignore") != 0;
}

/* The address that --ipv6= gives, or NULL when it says how to get one. */
static const char *
ipv6_address (const HdKsEntry *entry)
{
  const char *text = hd_ks_text (entry, "ipv6");

  return has_ipv6 (entry) && text != NULL && strchr (text, ':') != NULL ? text : NULL;
}

/* Without --bootproto=, an address makes it static. */
static gboolean
has_dhcp (const HdKsEntry *entry)
{
  const char *proto = hd_ks_text (entry, "bootproto");

  return has_ipv4 (entry)
         && (proto != NULL ? strcmp (proto, "static") != 0 : !hd_ks_given (entry, "ip"));
}

static gboolean
is_address (const char *text, int family)
{
  unsigned char address[sizeof (struct in6_addr)];

  return inet_pton (family, text, address) == 1;
}

static gboolean
check_addresses (const HdKsEntry *entry, GError **error)
{
  static const struct
  {
    const char *option;
    int family, other;
  } rows[] = { { "ip", AF_INET, AF_INET },
               { "netmask", AF_INET, AF_INET },
               { "gateway", AF_INET, AF_INET6 },
               { "ipv6gateway", AF_INET6, AF_INET6 } };
  g_auto (GStrv) servers = hd_ks_list (entry, "nameserver");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *text = hd_ks_text (entry, rows[i].option);
      if (text != NULL && !is_address (text, rows[i].family) && !is_address (text, rows[i].other))
        return hd_ks_setting_refuse (entry, rows[i].option, NULL, error, "\"%s\" is no address",
                                     text);
    }
  for (char **server = servers; *server != NULL; server++)
    if (!is_address (*server, AF_INET) && !is_address (*server, AF_INET6))
      return hd_ks_setting_refuse (entry, "nameserver", NULL, error, "\"%s\" is no address",
                                   *server);
  return TRUE;
}

static gboolean
put_ipv4 (GString *text, const HdKsEntry *entry, GError **error)
{
  const char *ip = hd_ks_text (entry, "ip"), *netmask = hd_ks_text (entry, "netmask");
  struct in_addr mask = { .s_addr = G_MAXUINT32 };
  guint32 host;

  if (ip == NULL || !has_ipv4 (entry))
    return TRUE;
  if (netmask != NULL)
    inet_pton (AF_INET, netmask, &mask);
  host = ~ntohl (mask.s_addr);
  if ((host & (host + 1)) != 0)
    return hd_ks_setting_refuse (entry, "netmask", "write it as 255.255.255.0", error,
                                 "\"%s\" is no netmask", netmask);
  g_string_append_printf (text, "Address=%s/%d\n", ip,
                          32 - (int)g_bit_storage (host) * (host != 0));
  return TRUE;
}

static gboolean
put_ipv6 (GString *text, const HdKsEntry *entry, GError **error)
{
  const char *address = ipv6_address (entry);
  g_auto (GStrv) parts = NULL;
  int64_t length = 64;

  if (!has_ipv6 (entry))
    g_string_append (text, "LinkLocalAddressing=no\nIPv6AcceptRA=no\n");
  if (address == NULL)
    return TRUE;
  parts = g_strsplit (address, "/", 2);
  if (!is_address (parts[0], AF_INET6)
      || (parts[1] != NULL
          && (hd_parse_int64 (parts[1], &length) < 0 || length < 1 || length > 128)))
    return hd_ks_setting_refuse (entry, "ipv6", "write it as 2001:db8::5/64", error,
                                 "\"%s\" is no address", address);
  g_string_append_printf (text, "Address=%s/%d\nIPv6AcceptRA=no\n", parts[0], (int)length);
  return TRUE;
}

static gboolean
put_network (GString *text, const HdKsEntry *entry, GError **error)
{
  gboolean dhcpv6 = has_ipv6 (entry) && g_strcmp0 (hd_ks_text (entry, "ipv6"), "dhcp") == 0;
  g_auto (GStrv) servers = hd_ks_list (entry, "nameserver");
  g_auto (GStrv) domains = hd_ks_list (entry, "ipv4-dns-search");
  g_auto (GStrv) domains6 = hd_ks_list (entry, "ipv6-dns-search");
  gboolean route = !hd_ks_given (entry, "nodefroute");

  g_string_append_printf (text, "[Network]\nDHCP=%s\n",
                          has_dhcp (entry) ? dhcpv6 ? "yes" : "ipv4"
                          : dhcpv6         ? "ipv6"
                                           : "no");
  if (!put_ipv4 (text, entry, error) || !put_ipv6 (text, entry, error))
    return FALSE;
  if (hd_ks_given (entry, "gateway") && route)
    g_string_append_printf (text, "Gateway=%s\n", hd_ks_text (entry, "gateway"));
  if (hd_ks_given (entry, "ipv6gateway") && route)
    g_string_append_printf (text, "Gateway=%s\n", hd_ks_text (entry, "ipv6gateway"));
  for (char **server = servers; *server != NULL && !hd_ks_given (entry, "nodns"); server++)
    g_string_append_printf (text, "DNS=%s\n", *server);
  for (char **domain = domains; *domain != NULL; domain++)
    g_string_append_printf (text, "Domains=%s\n", *domain);
  for (char **domain = domains6; *domain != NULL; domain++)
    if (!g_strv_contains ((const char *const *)domains, *domain))
      g_string_append_printf (text, "Domains=%s\n", *domain);
  return TRUE;
}

/* What is taken from servers and routers. */
static void
put_leases (GString *text, const HdKsEntry *entry)
{
  gboolean no_dns = hd_ks_given (entry, "nodns");
  gboolean no_dns4 = no_dns || hd_ks_given (entry, "ipv4-ignore-auto-dns");
  gboolean no_dns6 = no_dns || hd_ks_given (entry, "ipv6-ignore-auto-dns");
  gboolean no_route = hd_ks_given (entry, "nodefroute");
  const char *class = hd_ks_text (entry, "dhcpclass");

  if (has_dhcp (entry) && (no_dns4 || no_route || class != NULL))
    {
      g_string_append_printf (text, "\n[DHCPv4]\n%s%s", no_dns4 ? "UseDNS=no\n" : "",
                              no_route ? "UseGateway=no\n" : "");
      if (class != NULL)
        g_string_append_printf (text, "VendorClassIdentifier=%s\n", class);
    }
  if (has_ipv6 (entry) && no_dns6)
    g_string_append (text, "\n[DHCPv6]\nUseDNS=no\n");
  if (has_ipv6 (entry) && ipv6_address (entry) == NULL && (no_dns6 || no_route))
    g_string_append_printf (text, "\n[IPv6AcceptRA]\n%s%s", no_dns6 ? "UseDNS=no\n" : "",
                            no_route ? "UseGateway=no\n" : "");
}

static gboolean
put_link (GString *text, const HdKsEntry *entry, GError **error)
{
  const char *mtu = hd_ks_text (entry, "mtu");
  gboolean on = hd_ks_bool (entry, "onboot", TRUE);
  int64_t bytes;

  if (mtu != NULL && (hd_parse_int64 (mtu, &bytes) < 0 || bytes < 68 || bytes > 65535))
    return hd_ks_setting_refuse (entry, "mtu", "a number from 68 to 65535", error,
                                 "\"%s\" is no MTU", mtu);
  if (mtu == NULL && on)
    return TRUE;
  g_string_append (text, "[Link]\n");
  if (mtu != NULL)
    g_string_append_printf (text, "MTUBytes=%s\n", mtu);
  if (!on)
    g_string_append (text, "ActivationPolicy=manual\nRequiredForOnline=no\n");
  g_string_append_c (text, '\n');
  return TRUE;
}

/* ---- A line ---- */

/* The file of the interface itself. When an upper one has named it, what was written stands in
 * front, and its "no address" is taken back. */
static gboolean
put_interface (GPtrArray *settings, const char *device, const HdKsEntry *entry, GError **error)
{
  g_autofree char *file = hd_ks_network_file (device, "network");
  GString *text = hd_ks_setting_add (settings, HD_KS_SETTING_FILE, file);

  if (strstr (text->str, "DHCP=") != NULL)
    return hd_ks_setting_refuse (entry, "device", "join the lines", error,
                                 "another line has this interface");
  if (text->len == 0)
    hd_ks_put_match (text, device);
  else if (has_ipv6 (entry))
    g_string_replace (text, "LinkLocalAddressing=no\n", "", 0);
  g_string_append_c (text, '\n');
  if (!put_link (text, entry, error) || !put_network (text, entry, error))
    return FALSE;
  put_leases (text, entry);
  return TRUE;
}

gboolean
hd_ks_settings_network (GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  const char *device = hd_ks_text (entry, "device");
  g_autofree char *vlan = NULL;
  g_auto (GStrv) bond = hd_ks_list (entry, "bondslaves");
  g_auto (GStrv) bridge = hd_ks_list (entry, "bridgeslaves");

  if (hd_ks_given (entry, "bindto"))
    return hd_ks_setting_refuse (entry, "bindto", "write the address as --device=", error,
                                 "which address the interface has cannot be written down");
  if (device != NULL && strcmp (device, "link") != 0
      && !hd_ks_check_device (entry, "device", device, error))
    return FALSE;
  if (device != NULL && strcmp (device, "link") == 0)
    device = NULL;
  if (!check_addresses (entry, error))
    return FALSE;
  if (*bond != NULL && !hd_ks_put_upper (settings, entry, TRUE, error))
    return FALSE;
  if (*bridge != NULL && !hd_ks_put_upper (settings, entry, FALSE, error))
    return FALSE;
  if (!hd_ks_given (entry, "vlanid"))
    return put_interface (settings, device, entry, error);
  vlan = hd_ks_put_vlan (settings, entry, error);
  return vlan != NULL && put_interface (settings, vlan, entry, error);
}
