/* Names of interfaces, and what stands above others: VLANs, bonds, bridges. Each has a file that
 * makes it, and is named in the files of the interfaces below it. */
#include <string.h>

#include "common/parse.h"
#include "kickstart/settings-internal.h"

/* ---- Names ---- */

static gboolean
is_mac (const char *text)
{
  guint pairs = 0;

  for (; g_ascii_isxdigit (text[0]) && g_ascii_isxdigit (text[1]); text += 3)
    {
      pairs++;
      if (text[2] != ':')
        return text[2] == '\0' && pairs == 6;
    }
  return FALSE;
}

static gboolean
is_device (const char *name)
{
  return *name != '\0' && *name != '.' && strlen (name) <= 15
         && name[strspn (name, HD_KS_DEVICE_CHARS)] == '\0';
}

gboolean
hd_ks_check_device (const HdKsEntry *entry, const char *option, const char *name, GError **error)
{
  if (strcmp (name, "bootif") == 0 || strcmp (name, "ibft") == 0)
    return hd_ks_setting_refuse (entry, option, "write its name, or its address", error,
                                 "which interface %s is cannot be written down", name);
  if (!is_device (name) && !is_mac (name))
    return hd_ks_setting_refuse (entry, option, "write it as eth0, or 52:54:00:12:34:56", error,
                                 "\"%s\" is no interface", name);
  return TRUE;
}

char *
hd_ks_network_file (const char *device, const char *suffix)
{
  g_autofree char *name = NULL;

  if (device == NULL)
    return g_strdup_printf ("etc/systemd/network/60-ethernet.%s", suffix);
  name
      = is_mac (device) ? g_strdelimit (g_ascii_strdown (device, -1), ":", '-') : g_strdup (device);
  return g_strdup_printf ("etc/systemd/network/50-%s.%s", name, suffix);
}

void
hd_ks_put_match (GString *text, const char *device)
{
  g_string_append (text, "[Match]\n");
  if (device == NULL)
    g_string_append (text, "Type=ether\nKind=!*\n");
  else
    g_string_append_printf (text, "%s=%s\n", is_mac (device) ? "PermanentMACAddress" : "Name",
                            device);
}

/* Say in the file of a lower interface that it belongs to another; it has no address then, unless
 * it has a line of its own. */
static void
put_under (GPtrArray *settings, const char *device, const char *key, const char *upper,
           gboolean primary)
{
  g_autofree char *file = hd_ks_network_file (device, "network");
  GString *text = hd_ks_setting_add (settings, HD_KS_SETTING_FILE, file);

  if (text->len == 0)
    {
      hd_ks_put_match (text, device);
      g_string_append (text, "\n[Network]\nLinkLocalAddressing=no\n");
    }
  else
    g_string_append (text, "\n[Network]\n");
  g_string_append_printf (text, "%s=%s\n%s", key, upper, primary ? "PrimarySlave=yes\n" : "");
}

/* ---- What is above others ---- */

typedef enum
{
  AS_IT_IS,
  MILLISECONDS,
  SPACES, /* a list */
  NAMED,  /* a number stands for one of `names` */
} Form;

/* An option of a bond or bridge, as in --bondopts, and its line. */
typedef struct
{
  const char *name;
  const char *key;
  Form form;
  const char *names[8];
} Knob;

static const Knob bond_knobs[] = {
  { "mode",
    "Mode",
    NAMED,
    { "balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb",
      "balance-alb" } },
  { "miimon", "MIIMonitorSec", MILLISECONDS },
  { "updelay", "UpDelaySec", MILLISECONDS },
  { "downdelay", "DownDelaySec", MILLISECONDS },
  { "arp_interval", "ARPIntervalSec", MILLISECONDS },
  { "arp_ip_target", "ARPIPTargets", SPACES },
  { "arp_validate", "ARPValidate", NAMED, { "none", "active", "backup", "all" } },
  { "lacp_rate", "LACPTransmitRate", NAMED, { "slow", "fast" } },
  { "xmit_hash_policy", "TransmitHashPolicy", NAMED, { "layer2", "layer3+4", "layer2+3" } },
  { "fail_over_mac", "FailOverMACPolicy", NAMED, { "none", "active", "follow" } },
  { "primary_reselect", "PrimaryReselectPolicy", NAMED, { "always", "better", "failure" } },
  { "ad_select", "AdSelect", NAMED, { "stable", "bandwidth", "count" } },
  { "min_links", "MinLinks" },
  { "num_grat_arp", "GratuitousARP" },
  { "num_unsol_na", "GratuitousARP" },
  { "resend_igmp", "ResendIGMP" },
  { "packets_per_slave", "PacketsPerSlave" },
  { NULL },
};

static const Knob bridge_knobs[] = {
  { "stp", "STP" },
  { "priority", "Priority" },
  { "forward-delay", "ForwardDelaySec" },
  { "hello-time", "HelloTimeSec" },
  { "max-age", "MaxAgeSec" },
  { "ageing-time", "AgeingTimeSec" },
  { "multicast-snooping", "MulticastSnooping" },
  { NULL },
};

static void
put_knob (GString *text, const Knob *knob, const char *value)
{
  g_autofree char *clean = g_strdelimit (g_strdup (value), ",", ' ');
  gboolean number = value[0] >= '0' && value[0] < '8' && value[1] == '\0';

  if (knob->form == NAMED && number && knob->names[value[0] - '0'] != NULL)
    value = knob->names[value[0] - '0'];
  else if (knob->form == SPACES)
    value = clean;
  g_string_append_printf (text, "%s=%s%s\n", knob->key, value,
                          knob->form == MILLISECONDS ? "ms" : "");
}

/* "mode=active-backup,miimon=100"; with a semicolon in it, that separates. Gives the primary port
 * of a bond. */
static gboolean
put_knobs (GString *text, const Knob *knobs, const HdKsEntry *entry, const char *option,
           char **ret_primary, GError **error)
{
  const char *options = hd_ks_text (entry, option);
  g_auto (GStrv) parts = NULL;

  if (options == NULL)
    return TRUE;
  parts = g_strsplit (options, strchr (options, ';') != NULL ? ";" : ",", -1);
  for (char **part = parts; *part != NULL; part++)
    {
      const char *equals = strchr (g_strstrip (*part), '=');
      g_autofree char *name
          = g_strndup (*part, equals != NULL ? (gsize)(equals - *part) : strlen (*part));
      const Knob *knob = knobs;
      while (knob->name != NULL && strcmp (knob->name, name) != 0)
        knob++;
      if (equals == NULL || equals[1] == '\0')
        return hd_ks_setting_refuse (entry, option, "write KEY=VALUE,KEY=VALUE", error,
                                     "\"%s\" has no value", *part);
      if (knob->name != NULL)
        put_knob (text, knob, equals + 1);
      else if (strcmp (name, "primary") == 0 && ret_primary != NULL)
        {
          g_free (*ret_primary);
          *ret_primary = g_strdup (equals + 1);
        }
      else
        return hd_ks_setting_refuse (entry, option, NULL, error,
                                     "systemd-networkd has nothing for \"%s\"", name);
    }
  return TRUE;
}

gboolean
hd_ks_put_upper (GPtrArray *settings, const HdKsEntry *entry, gboolean bond, GError **error)
{
  const char *device = hd_ks_text (entry, "device");
  const char *ports_option = bond ? "bondslaves" : "bridgeslaves";
  g_auto (GStrv) ports = hd_ks_list (entry, ports_option);
  g_autofree char *file = hd_ks_network_file (device, "netdev");
  g_autofree char *primary = NULL;
  GString *text;

  if (device == NULL || !is_device (device))
    return hd_ks_setting_refuse (entry, "device", bond ? "add --device=bond0" : "add --device=br0",
                                 error, "it has no name");
  text = hd_ks_setting_add (settings, HD_KS_SETTING_FILE, file);
  g_string_append_printf (text, "[NetDev]\nName=%s\nKind=%s\n\n[%s]\n", device,
                          bond ? "bond" : "bridge", bond ? "Bond" : "Bridge");
  if (!put_knobs (text, bond ? bond_knobs : bridge_knobs, entry, bond ? "bondopts" : "bridgeopts",
                  bond ? &primary : NULL, error))
    return FALSE;
  for (char **port = ports; *port != NULL; port++)
    {
      if (!hd_ks_check_device (entry, ports_option, *port, error))
        return FALSE;
      put_under (settings, *port, bond ? "Bond" : "Bridge", device,
                 g_strcmp0 (primary, *port) == 0);
    }
  return TRUE;
}

char *
hd_ks_put_vlan (GPtrArray *settings, const HdKsEntry *entry, GError **error)
{
  const char *device = hd_ks_text (entry, "device");
  const char *id = hd_ks_text (entry, "vlanid");
  int64_t number;
  g_autofree char *name = NULL;
  g_autofree char *file = NULL;

  if (device == NULL)
    hd_ks_setting_refuse (entry, "vlanid", "add --device=", error, "a VLAN wants an interface");
  else if (hd_parse_int64 (id, &number) < 0 || number < 1 || number > 4094)
    hd_ks_setting_refuse (entry, "vlanid", "a number from 1 to 4094", error, "\"%s\" is no VLAN",
                          id);
  else
    {
      name = hd_ks_given (entry, "interfacename") ? g_strdup (hd_ks_text (entry, "interfacename"))
                                                  : g_strdup_printf ("%s.%d", device, (int)number);
      if (!is_device (name))
        hd_ks_setting_refuse (entry, "interfacename", "at most 15 letters and digits", error,
                              "\"%s\" is no interface", name);
      else
        {
          file = hd_ks_network_file (name, "netdev");
          g_string_append_printf (hd_ks_setting_add (settings, HD_KS_SETTING_FILE, file),
                                  "[NetDev]\nName=%s\nKind=vlan\n\n[VLAN]\nId=%d\n", name,
                                  (int)number);
          put_under (settings, device, "VLAN", name, FALSE);
          return g_steal_pointer (&name);
        }
    }
  return NULL;
}
