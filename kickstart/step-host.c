/* Texts of the steps for the host: network, language, time, accounts, units. */
#include <string.h>

#include "kickstart/step-internal.h"

/* ---- Network ---- */

gboolean
hd_ks_is_network_of_host (const HdKsEntry *entry)
{
  for (guint i = 0; i < entry->values->len; i++)
    if (strcmp (g_array_index (entry->values, HdKsValue, i).option->names, "hostname") != 0)
      return TRUE;
  return FALSE;
}

/* The name of the interface, or `any` when the line is not about a certain one. */
static const char *
device_of (const HdKsEntry *entry, const char *any)
{
  const char *device = hd_ks_text (entry, "device");

  return device == NULL || strcmp (device, "link") == 0 ? any : device;
}

void
hd_ks_describe_link (HdKsText *text)
{
  hd_ks_title (text, "Set up %s in the installer",
               device_of (text->entry, "the first interface with a link"));
}

void
hd_ks_describe_network (HdKsText *text)
{
  static const char *const pairs[] = { "bootproto",
                                       "addresses",
                                       "ip",
                                       "address",
                                       "netmask",
                                       "netmask",
                                       "gateway",
                                       "gateway",
                                       "ipv6",
                                       "IPv6",
                                       "ipv6gateway",
                                       "IPv6 gateway",
                                       "nameserver",
                                       "name servers",
                                       "nodns",
                                       "no name server",
                                       "noipv4",
                                       "no IPv4",
                                       "noipv6",
                                       "no IPv6",
                                       "onboot",
                                       "at each start",
                                       "nodefroute",
                                       "no default route",
                                       "mtu",
                                       "MTU",
                                       "dhcpclass",
                                       "DHCP class",
                                       "vlanid",
                                       "VLAN",
                                       "interfacename",
                                       "name",
                                       "bondslaves",
                                       "bond of",
                                       "bondopts",
                                       "bond",
                                       "bridgeslaves",
                                       "bridge of",
                                       "bridgeopts",
                                       "bridge",
                                       "bindto",
                                       "bound to",
                                       "ipv4-dns-search",
                                       "search domains",
                                       "ipv6-dns-search",
                                       "search domains",
                                       "ipv4-ignore-auto-dns",
                                       "no name servers from DHCP",
                                       "ipv6-ignore-auto-dns",
                                       "no name servers from DHCPv6",
                                       NULL };

  hd_ks_title (text, "Configure %s",
               device_of (text->entry, "each interface without a line of its own"));
  hd_ks_say_all (text, pairs);
}

void
hd_ks_describe_hostname (HdKsText *text)
{
  const char *name = hd_ks_operand (text->entry, 0);

  hd_ks_title (text, "Name the host %s",
               name != NULL ? name : hd_ks_text (text->entry, "hostname"));
}

void
hd_ks_describe_firewall (HdKsText *text)
{
  static const char *const pairs[] = { "port",
                                       "ports",
                                       "service",
                                       "services",
                                       "remove-service",
                                       "not",
                                       "trust",
                                       "trusted",
                                       "ssh",
                                       "service: ssh",
                                       "http",
                                       "service: http",
                                       "smtp",
                                       "service: smtp",
                                       "ftp",
                                       "service: ftp",
                                       NULL };
  const char *state = hd_ks_last_of (text->entry, "enabled", "disabled");
  g_auto (GStrv) removed = hd_ks_list (text->entry, "remove-service");

  if (hd_ks_given (text->entry, "use-system-defaults"))
    hd_ks_title (text, "Leave the firewall as the commit has it");
  else if (g_strcmp0 (state, "disabled") == 0)
    hd_ks_title (text, "Write no firewall");
  else
    hd_ks_title (text, "Write a firewall that lets in %s is named",
                 g_strv_contains ((const char *const *)removed, "ssh") ? "only what"
                                                                       : "ssh, and what");
  hd_ks_say_all (text, pairs);
}

/* ---- The host's settings ---- */

void
hd_ks_describe_lang (HdKsText *text)
{
  hd_ks_title (text, "Set the language %s", hd_ks_operand (text->entry, 0));
  hd_ks_say (text, "addsupport", "also");
}

void
hd_ks_describe_keyboard (HdKsText *text)
{
  const char *layout = hd_ks_text (text->entry, "vckeymap");

  hd_ks_title (text, "Set the keyboard %s",
               layout != NULL                           ? layout
               : hd_ks_operand (text->entry, 0) != NULL ? hd_ks_operand (text->entry, 0)
                                                        : "");
  hd_ks_say (text, "xlayouts", "layouts");
}

void
hd_ks_describe_timezone (HdKsText *text)
{
  const char *zone = hd_ks_operand (text->entry, 0);

  hd_ks_title (text, "Set the time zone %s", zone != NULL ? zone : "Etc/UTC");
  hd_ks_line (text, "the machine's clock has %s",
              hd_ks_given (text->entry, "utc") ? "UTC" : "local time");
  hd_ks_say (text, "nontp", "no time from the network");
  hd_ks_say (text, "ntpservers", "time servers");
}

void
hd_ks_describe_timesource (HdKsText *text)
{
  hd_ks_title (text, hd_ks_given (text->entry, "ntp-disable") ? "Take no time from the network"
                                                              : "Add a time server");
  hd_ks_say (text, "ntp-server", "server");
  hd_ks_say (text, "ntp-pool", "pool");
}

static void
say_password (HdKsText *text, gboolean given)
{
  const char *kind = hd_ks_last_of (text->entry, "iscrypted", "plaintext");

  if (given)
    hd_ks_line (text, "password: (not shown)%s",
                g_strcmp0 (kind, "iscrypted") == 0 ? ", a hash" : "");
  hd_ks_say (text, "lock", "locked");
}

void
hd_ks_describe_root (HdKsText *text)
{
  hd_ks_title (text, "Set the password of root");
  say_password (text, hd_ks_n_operands (text->entry) > 0);
  hd_ks_say (text, "allow-ssh", "also over ssh");
}

void
hd_ks_describe_group (HdKsText *text)
{
  hd_ks_title (text, "Make the group %s", hd_ks_text (text->entry, "name"));
  hd_ks_say (text, "gid", "number");
}

void
hd_ks_describe_user (HdKsText *text)
{
  static const char *const pairs[]
      = { "uid",   "number", "gid",   "number of the group", "groups", "groups", "homedir", "home",
          "shell", "shell",  "gecos", "full name",           NULL };

  hd_ks_title (text, "Make the user %s", hd_ks_text (text->entry, "name"));
  hd_ks_say_all (text, pairs);
  say_password (text, hd_ks_given (text->entry, "password"));
}

void
hd_ks_describe_key (HdKsText *text)
{
  hd_ks_title (text, "Let a key in as %s", hd_ks_text (text->entry, "username"));
}

void
hd_ks_describe_services (HdKsText *text)
{
  hd_ks_title (text, "Enable and disable units");
  hd_ks_say (text, "disabled", "disable");
  hd_ks_say (text, "enabled", "enable");
}
