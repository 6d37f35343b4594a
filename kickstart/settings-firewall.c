/* The firewall: a table of nftables of its own, so that others' tables stay. */
#include <string.h>

#include "common/parse.h"
#include "kickstart/settings-internal.h"

#define RULES_FILE "etc/nftables.conf"

/* Services by the names that firewalld gives them, with what they need. */
static const struct
{
  const char *name;
  const char *ports; /* "PORT/PROTOCOL ..." */
} services[] = {
  { "ssh", "22/tcp" },
  { "http", "80/tcp" },
  { "https", "443/tcp" },
  { "smtp", "25/tcp" },
  { "ftp", "21/tcp" },
  { "dns", "53/tcp 53/udp" },
  { "dhcp", "67/udp" },
  { "dhcpv6", "547/udp" },
  { "dhcpv6-client", "546/udp" },
  { "ntp", "123/udp" },
  { "mdns", "5353/udp" },
  { "imap", "143/tcp" },
  { "imaps", "993/tcp" },
  { "pop3", "110/tcp" },
  { "pop3s", "995/tcp" },
  { "snmp", "161/tcp 161/udp" },
  { "ldap", "389/tcp" },
  { "ldaps", "636/tcp" },
  { "nfs", "2049/tcp" },
  { "rsyncd", "873/tcp 873/udp" },
  { "tftp", "69/udp" },
  { "vnc-server", "5900-5903/tcp" },
  { "postgresql", "5432/tcp" },
  { "mysql", "3306/tcp" },
  { "redis", "6379/tcp" },
  { "cockpit", "9090/tcp" },
  { "docker-registry", "5000/tcp" },
  { "kube-apiserver", "6443/tcp" },
  { "kubelet", "10250/tcp" },
  { "etcd-client", "2379/tcp" },
  { "etcd-server", "2380/tcp" },
};

static const char *
find_ports (const char *service)
{
  for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
    if (strcmp (services[i].name, service) == 0)
      return services[i].ports;
  return NULL;
}

/* "22", or "5900-5903". */
static gboolean
is_port (const char *text)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 3);
  int64_t number, before = 0;

  for (char **end = ends; *end != NULL; end++)
    {
      if (end - ends > 1 || hd_parse_int64 (*end, &number) < 0 || number <= before
          || number > 65535)
        return FALSE;
      before = number;
    }
  return ends[0] != NULL;
}

static void
let_in (GString *rules, const char *ports)
{
  g_auto (GStrv) list = g_strsplit (ports, " ", -1);

  for (char **each = list; *each != NULL; each++)
    {
      const char *slash = strchr (*each, '/');
      g_string_append_printf (rules, "    %s dport %.*s accept\n", slash + 1, (int)(slash - *each),
                              *each);
    }
}

static gboolean
add_services (GString *rules, const HdKsEntry *entry, GError **error)
{
  static const char *const flags[] = { "http", "smtp", "ftp" };
  g_auto (GStrv) wanted = hd_ks_list (entry, "service");
  g_auto (GStrv) removed = hd_ks_list (entry, "remove-service");

  /* Ssh is let in unless it is taken out, or nobody would reach the host. */
  if (!g_strv_contains ((const char *const *)removed, "ssh"))
    let_in (rules, find_ports ("ssh"));
  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    if (hd_ks_given (entry, flags[i]) && !g_strv_contains ((const char *const *)wanted, flags[i]))
      let_in (rules, find_ports (flags[i]));
  for (char **each = wanted; *each != NULL; each++)
    {
      const char *ports = find_ports (*each);
      if (ports == NULL)
        return hd_ks_setting_refuse (entry, "service", "write --port=PORT:PROTOCOL", error,
                                     "the ports of the service %s are not known", *each);
      if (!g_strv_contains ((const char *const *)removed, *each) && strcmp (*each, "ssh") != 0)
        let_in (rules, ports);
    }
  return TRUE;
}

/* "8443:tcp", "8443", "imap:tcp". */
static gboolean
add_ports (GString *rules, const HdKsEntry *entry, GError **error)
{
  g_auto (GStrv) ports = hd_ks_list (entry, "port");

  for (char **each = ports; *each != NULL; each++)
    {
      const char *colon = strchr (*each, ':');
      const char *protocol = colon != NULL ? colon + 1 : "tcp";
      g_autofree char *port
          = g_strndup (*each, colon != NULL ? (gsize)(colon - *each) : strlen (*each));
      const char *known = find_ports (port);
      if (strcmp (protocol, "tcp") != 0 && strcmp (protocol, "udp") != 0
          && strcmp (protocol, "sctp") != 0 && strcmp (protocol, "dccp") != 0)
        return hd_ks_setting_refuse (entry, "port", "tcp, udp, sctp or dccp", error,
                                     "\"%s\" is no protocol", protocol);
      if (known != NULL)
        g_string_append_printf (rules, "    %s dport %.*s accept\n", protocol,
                                (int)strcspn (known, "/"), known);
      else if (is_port (port))
        g_string_append_printf (rules, "    %s dport %s accept\n", protocol, port);
      else
        return hd_ks_setting_refuse (entry, "port", "write it as 8443:tcp", error,
                                     "\"%s\" is no port", port);
    }
  return TRUE;
}

static gboolean
add_trusted (GString *rules, const HdKsEntry *entry, GError **error)
{
  g_auto (GStrv) devices = hd_ks_list (entry, "trust");

  for (char **each = devices; *each != NULL; each++)
    {
      if (strlen (*each) > 15 || (*each)[strspn (*each, HD_KS_DEVICE_CHARS)] != '\0')
        return hd_ks_setting_refuse (entry, "trust", NULL, error, "\"%s\" is no interface", *each);
      g_string_append_printf (rules, "    iifname \"%s\" accept\n", *each);
    }
  return TRUE;
}

gboolean
hd_ks_settings_firewall (GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  GString *rules;

  if (hd_ks_given (entry, "use-system-defaults"))
    return TRUE;
  if (g_strcmp0 (hd_ks_last_of (entry, "enabled", "disabled"), "disabled") == 0)
    {
      hd_ks_setting_add (settings, HD_KS_SETTING_DISABLE, "nftables.service");
      return TRUE;
    }
  rules = hd_ks_setting_add (settings, HD_KS_SETTING_FILE, RULES_FILE);
  g_string_append (rules, "#!/usr/sbin/nft -f\n"
                          "# Written by atomic-install. The first lines empty the table.\n"
                          "table inet kickstart\n"
                          "delete table inet kickstart\n"
                          "\n"
                          "table inet kickstart {\n"
                          "  chain input {\n"
                          "    type filter hook input priority filter; policy drop;\n"
                          "    ct state established,related accept\n"
                          "    ct state invalid drop\n"
                          "    iifname \"lo\" accept\n"
                          "    meta l4proto { icmp, ipv6-icmp } accept\n"
                          "    ip6 daddr fe80::/10 udp dport 546 accept\n");
  if (!add_trusted (rules, entry, error) || !add_services (rules, entry, error)
      || !add_ports (rules, entry, error))
    return FALSE;
  g_string_append (rules, "  }\n}\n");
  hd_ks_setting_add (settings, HD_KS_SETTING_ENABLE, "nftables.service");
  return TRUE;
}
