/* What is written into /etc: whole files in tests/data/kickstart/NAME.settings, single lines, what
 * is refused, and the writing. */
#include "kickstart/settings.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "base/error.h"
#include "common/fs.h"
#include "sample.h"

static GPtrArray *
settings_of (const char *text, GError **error)
{
  g_autoptr (HdKickstart) kickstart = sample_kickstart (text);
  g_autoptr (HdKsPlan) plan = hd_ks_plan_new (kickstart);

  return hd_ks_settings_new (plan, NULL, error);
}

/* All but the first file, which each network has, on one line: "NAME{LINE|LINE}". */
static char *
brief (const GPtrArray *settings)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < settings->len; i++)
    {
      const HdKsSetting *setting = g_ptr_array_index (settings, i);
      g_auto (GStrv) lines = g_strsplit (setting->text->str, "\n", -1);
      const char *name = g_str_has_prefix (setting->name, "etc/systemd/network/")
                             ? setting->name + strlen ("etc/systemd/network/")
                             : setting->name;
      g_string_append_printf (text, "%s%s%s{", i > 0 ? " " : "",
                              setting->kind == HD_KS_SETTING_ENABLE    ? "+"
                              : setting->kind == HD_KS_SETTING_DISABLE ? "-"
                                                                       : "",
                              name);
      for (char **line = lines; *line != NULL; line++)
        if (**line != '\0')
          g_string_append_printf (text, "%s%s", line != lines ? "|" : "", *line);
      g_string_append_c (text, '}');
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

#define ANY "60-ethernet.network{[Match]|Type=ether|Kind=!*|"
#define ETH0 "50-eth0.network{[Match]|Name=eth0|"
#define UNDER_ETH0 ETH0 "[Network]|LinkLocalAddressing=no|"

static const struct
{
  const char *text, *expected;
} good[] = {
  { "text\n", "" },
  { "hostname a.example\n", "etc/hostname{a.example}" },
  { "network --hostname=b\n", "etc/hostname{b}" },
  { "lang de_DE.UTF-8\n", "etc/locale.conf{LANG=de_DE.UTF-8}" },
  { "keyboard us\n", "etc/vconsole.conf{KEYMAP=us}" },
  { "keyboard --xlayouts='cz (qwerty)',us\n",
    "etc/default/keyboard{XKBMODEL=\"pc105\"|XKBLAYOUT=\"cz,us\"|XKBVARIANT=\"qwerty,\"|"
    "XKBOPTIONS=\"\"}" },
  { "timezone Europe/Sofia\n", "etc/localtime{../usr/share/zoneinfo/Europe/Sofia} "
                               "etc/timezone{Europe/Sofia} etc/adjtime{0.0 0 0.0|0|LOCAL}" },
  { "timesource --ntp-server=a.example\ntimesource --ntp-pool=b.example\n",
    "etc/systemd/timesyncd.conf.d/50-kickstart.conf{[Time]|NTP=a.example|NTP=b.example}" },
  { "timesource --ntp-disable\n", "-systemd-timesyncd.service{}" },
  { "services --enabled=a,b --disabled=c,a\n", "-c{} -a{} +a{} +b{}" },
  { "network\n", "" },
  { "network --bootproto=dhcp\n", ANY "[Network]|DHCP=ipv4}" },
  { "network --device=link --ipv6=dhcp\n", ANY "[Network]|DHCP=yes}" },
  { "network --device=52:54:00:AB:cd:01\n",
    "50-52-54-00-ab-cd-01.network{[Match]|PermanentMACAddress=52:54:00:AB:cd:01|[Network]|"
    "DHCP=ipv4}" },
  { "network --device=eth0 --noipv4 --ipv6=dhcp\n", ETH0 "[Network]|DHCP=ipv6}" },
  { "network --device=eth0 --noipv6\n",
    ETH0 "[Network]|DHCP=ipv4|LinkLocalAddressing=no|IPv6AcceptRA=no}" },
  { "network --device=eth0 --ip=192.0.2.5 --netmask=255.255.240.0 --gateway=192.0.2.1 "
    "--nameserver=192.0.2.2,2001:db8::2\n",
    ETH0 "[Network]|DHCP=no|Address=192.0.2.5/20|Gateway=192.0.2.1|DNS=192.0.2.2|"
         "DNS=2001:db8::2}" },
  { "network --device=eth0 --bootproto=static --ip=192.0.2.5\n",
    ETH0 "[Network]|DHCP=no|Address=192.0.2.5/32}" },
  { "network --device=eth0 --ip=192.0.2.5 --netmask=0.0.0.0\n",
    ETH0 "[Network]|DHCP=no|Address=192.0.2.5/0}" },
  { "network --device=eth0 --ipv6=2001:db8::5/48 --ipv6gateway=2001:db8::1\n",
    ETH0 "[Network]|DHCP=ipv4|Address=2001:db8::5/48|IPv6AcceptRA=no|Gateway=2001:db8::1}" },
  { "network --device=eth0 --mtu=9000 --onboot=no\n",
    ETH0 "[Link]|MTUBytes=9000|ActivationPolicy=manual|RequiredForOnline=no|[Network]|"
         "DHCP=ipv4}" },
  { "network --device=eth0 --nodns --nameserver=192.0.2.2 --nodefroute --gateway=192.0.2.1 "
    "--dhcpclass=x\n",
    ETH0 "[Network]|DHCP=ipv4|[DHCPv4]|UseDNS=no|UseGateway=no|VendorClassIdentifier=x|[DHCPv6]|"
         "UseDNS=no|[IPv6AcceptRA]|UseDNS=no|UseGateway=no}" },
  { "network --device=eth0 --ipv4-dns-search=a,b --ipv6-dns-search=b,c --ipv4-ignore-auto-dns\n",
    ETH0 "[Network]|DHCP=ipv4|Domains=a|Domains=b|Domains=c|[DHCPv4]|UseDNS=no}" },
  { "network --device=eth0 --vlanid=7\n",
    "50-eth0.7.netdev{[NetDev]|Name=eth0.7|Kind=vlan|[VLAN]|Id=7} " UNDER_ETH0
    "VLAN=eth0.7} 50-eth0.7.network{[Match]|Name=eth0.7|[Network]|DHCP=ipv4}" },
  /* The interface below has a line of its own, before or behind that of the VLAN. */
  { "network --device=eth0 --noipv4\nnetwork --device=eth0 --vlanid=7 --interfacename=vlan7\n",
    ETH0 "[Network]|DHCP=no|[Network]|VLAN=vlan7} "
         "50-vlan7.netdev{[NetDev]|Name=vlan7|Kind=vlan|[VLAN]|Id=7} "
         "50-vlan7.network{[Match]|Name=vlan7|[Network]|DHCP=ipv4}" },
  { "network --device=eth0 --vlanid=7 --interfacename=vlan7\nnetwork --device=eth0 --noipv4\n",
    "50-vlan7.netdev{[NetDev]|Name=vlan7|Kind=vlan|[VLAN]|Id=7} " ETH0
    "[Network]|VLAN=vlan7|[Network]|DHCP=no} "
    "50-vlan7.network{[Match]|Name=vlan7|[Network]|DHCP=ipv4}" },
  { "network --device=b0 --bondslaves=eth0 --bondopts=mode=1,primary=eth0,updelay=5,min_links=1\n",
    "50-b0.netdev{[NetDev]|Name=b0|Kind=bond|[Bond]|Mode=active-backup|UpDelaySec=5ms|"
    "MinLinks=1} " UNDER_ETH0 "Bond=b0|PrimarySlave=yes} "
    "50-b0.network{[Match]|Name=b0|[Network]|DHCP=ipv4}" },
  { "network --device=b0 --bondslaves=eth0 "
    "--bondopts='mode=balance-xor;arp_ip_target=192.0.2.1,192.0.2.2;xmit_hash_policy=layer3+4'\n",
    "50-b0.netdev{[NetDev]|Name=b0|Kind=bond|[Bond]|Mode=balance-xor|"
    "ARPIPTargets=192.0.2.1 192.0.2.2|TransmitHashPolicy=layer3+4} " UNDER_ETH0
    "Bond=b0} 50-b0.network{[Match]|Name=b0|[Network]|DHCP=ipv4}" },
  { "network --device=br0 --bridgeslaves=eth0 --bridgeopts=stp=yes,forward-delay=4\n",
    "50-br0.netdev{[NetDev]|Name=br0|Kind=bridge|[Bridge]|STP=yes|ForwardDelaySec=4} " UNDER_ETH0
    "Bridge=br0} 50-br0.network{[Match]|Name=br0|[Network]|DHCP=ipv4}" },
  { "firewall --disabled\n", "-nftables.service{}" },
  { "firewall --use-system-defaults\n", "" },
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) settings = settings_of (good[i].text, &error);
      g_autofree char *text = NULL;
      g_assert_no_error (error);
      text = brief (settings);
      g_assert_cmpstr (text, ==, good[i].expected);
    }
}

/* The rules behind those that each firewall has. */
static const struct
{
  const char *text, *rules;
} firewalls[] = {
  { "firewall\n", "tcp dport 22 accept" },
  { "firewall --enabled --service=ssh\n", "tcp dport 22 accept" },
  { "firewall --remove-service=ssh\n", "" },
  { "firewall --remove-service=ssh --service=dns\n", "tcp dport 53 accept|udp dport 53 accept" },
  { "firewall --http --service=http,mdns\n",
    "tcp dport 22 accept|tcp dport 80 accept|udp dport 5353 accept" },
  { "firewall --port=8443,imap:tcp,5900-5910:udp\n",
    "tcp dport 22 accept|tcp dport 8443 accept|tcp dport 143 accept|udp dport 5900-5910 accept" },
  { "firewall --trust=eth1 --remove-service=ssh\n", "iifname \"eth1\" accept" },
};

static void
test_firewall (void)
{
  static const char before[] = "udp dport 546 accept|    ";

  for (gsize i = 0; i < G_N_ELEMENTS (firewalls); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) settings = settings_of (firewalls[i].text, &error);
      g_autofree char *text = NULL;
      g_autofree char *expected = NULL;
      g_auto (GStrv) lines = g_strsplit (firewalls[i].rules, "|", -1);
      g_autofree char *indented = g_strjoinv ("|    ", lines);
      g_assert_no_error (error);
      text = brief (settings);
      expected = g_strconcat (before, indented, "|  }|}} +nftables.service{}", NULL);
      if (*firewalls[i].rules != '\0')
        g_assert_nonnull (strstr (text, expected));
      else
        g_assert_nonnull (strstr (text, "udp dport 546 accept|  }|}}"));
    }
}

static const struct
{
  const char *text, *message;
} bad[] = {
  { "network --hostname='a b'\n", "-:1:20: network: \"a b\" is no name of a host" },
  { "lang 'a b'\n", "-:1:1: lang: \"a b\" is no locale" },
  { "keyboard 'a;b'\n", "-:1:1: keyboard: \"a;b\" is no keymap" },
  { "keyboard --xlayouts='a\"'\n", "-:1:21: keyboard: \"a\"\" is no layout" },
  { "timesource --ntp-server='a b'\n", "-:1:25: timesource: \"a b\" is no server" },
  { "services --enabled=../a\n", "-:1:20: services: \"../a\" is no unit" },
  { "services --disabled=--now\n", "-:1:21: services: \"--now\" is no unit" },
  { "network --device=bootif\n",
    "-:1:18: network: which interface bootif is cannot be written down" },
  { "network --device=../x\n", "-:1:18: network: \"../x\" is no interface" },
  { "network --device='eth*'\n", "-:1:18: network: \"eth*\" is no interface" },
  { "network --device=abcdefghijklmnop\n",
    "-:1:18: network: \"abcdefghijklmnop\" is no interface" },
  { "network --device=eth0 --bindto=mac\n",
    "-:1:32: network: which address the interface has cannot be written down" },
  { "network --ip=dhcp\n", "-:1:14: network: \"dhcp\" is no address" },
  { "network --ip=192.0.2.1 --netmask=255.0.255.0\n",
    "-:1:34: network: \"255.0.255.0\" is no netmask" },
  { "network --ipv6=2001:db8::1/200\n", "-:1:16: network: \"2001:db8::1/200\" is no address" },
  { "network --nameserver=ns\n", "-:1:22: network: \"ns\" is no address" },
  { "network --mtu=1\n", "-:1:15: network: \"1\" is no MTU" },
  { "network --vlanid=5\n", "-:1:18: network: a VLAN wants an interface" },
  { "network --device=eth0 --vlanid=4095\n", "-:1:32: network: \"4095\" is no VLAN" },
  { "network --bondslaves=a\n", "-:1:1: network: it has no name" },
  { "network --device=b0 --bondslaves=a/b\n", "-:1:34: network: \"a/b\" is no interface" },
  { "network --device=b0 --bondslaves=a --bondopts=colour=red\n",
    "-:1:47: network: systemd-networkd has nothing for \"colour\"" },
  { "network --device=b0 --bondslaves=a --bondopts=mode\n",
    "-:1:47: network: \"mode\" has no value" },
  { "network --bootproto=dhcp\nnetwork --device=link --activate\n",
    "-:2:18: network: another line has this interface" },
  { "network --device=eth0 --dhcpclass='a\rb'\n",
    "-:1:1: network: a control character stands in it" },
  { "firewall --service=xyzzy\n",
    "-:1:20: firewall: the ports of the service xyzzy are not known" },
  { "firewall --port=0\n", "-:1:17: firewall: \"0\" is no port" },
  { "firewall --port=9-5\n", "-:1:17: firewall: \"9-5\" is no port" },
  { "firewall --port=1-2-3\n", "-:1:17: firewall: \"1-2-3\" is no port" },
  { "firewall --port=5:icmp\n", "-:1:17: firewall: \"icmp\" is no protocol" },
  { "firewall --trust='a\"b'\n", "-:1:18: firewall: \"a\"b\" is no interface" },
};

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) settings = settings_of (bad[i].text, &error);
      g_assert_null (settings);
      g_assert_cmpint (hd_error_code (error), ==, HD_CONFIG);
      g_assert_cmpstr (error->message, ==, bad[i].message);
    }
}

/* ---- Writing ---- */

/* Links of a host that its owner may have made lead nowhere outside of it. */
static void
test_write (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("settings-XXXXXX", NULL);
  g_autofree char *root = g_build_filename (folder, "root", NULL);
  g_autofree char *etc = g_build_filename (root, "etc", NULL);
  g_autofree char *link = g_build_filename (etc, "systemd", NULL);
  g_autofree char *localtime = g_build_filename (etc, "localtime", NULL);
  g_autofree char *network = g_build_filename (root, "elsewhere/network/50-eth0.network", NULL);
  g_autofree char *outside = g_build_filename (folder, "elsewhere", NULL);
  g_autofree char *inside = g_build_filename (root, "elsewhere", NULL);
  g_autofree char *target = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) settings
      = settings_of ("timezone --utc Europe/Sofia\nnetwork --device=eth0\n", &error);
  struct stat st;

  g_assert_no_error (error);
  g_mkdir_with_parents (etc, 0755);
  g_mkdir_with_parents (inside, 0755);
  g_assert_cmpint (symlink ("../../elsewhere", link), ==, 0);
  g_file_set_contents (localtime, "old", -1, NULL);
  for (int twice = 0; twice < 2; twice++)
    {
      hd_ks_settings_write (settings, root, NULL, &error);
      g_assert_no_error (error);
    }
  target = g_file_read_link (localtime, NULL);
  g_assert_cmpstr (target, ==, "../usr/share/zoneinfo/Europe/Sofia");
  g_assert_true (g_file_get_contents (network, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "[Match]\nName=eth0\n"));
  g_assert_cmpint (stat (network, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0644);
  g_assert_false (g_file_test (outside, G_FILE_TEST_EXISTS));
  hd_fs_remove_tree (AT_FDCWD, folder);
}

static void
test_no_root (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) settings = settings_of ("hostname a\n", NULL);

  g_assert_false (hd_ks_settings_write (settings, "/nonexistent", NULL, &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_NOT_FOUND);
}

/* ---- Whole files ---- */

static void
test_golden (gconstpointer data)
{
  g_autofree char *source_name = g_strconcat (data, ".ks", NULL);
  g_autofree char *golden_name = g_strconcat (data, ".settings", NULL);
  g_autofree char *source = sample_path (source_name);
  g_autofree char *golden = sample_path (golden_name);
  g_autofree char *input = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *text = NULL;
  size_t length;
  FILE *out = open_memstream (&text, &length);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) settings = NULL;

  g_assert_true (g_file_get_contents (source, &input, NULL, NULL));
  g_assert_true (g_file_get_contents (golden, &expected, NULL, NULL));
  settings = settings_of (input, &error);
  g_assert_no_error (error);
  hd_ks_settings_print (settings, out);
  fclose (out);
  g_assert_cmpstr (text, ==, expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/settings/good", test_good);
  g_test_add_func ("/kickstart/settings/firewall", test_firewall);
  g_test_add_func ("/kickstart/settings/bad", test_bad);
  g_test_add_func ("/kickstart/settings/write", test_write);
  g_test_add_func ("/kickstart/settings/no-root", test_no_root);
  g_test_add_data_func ("/kickstart/settings/golden/metal", "rhel-bare-metal", test_golden);
  g_test_add_data_func ("/kickstart/settings/golden/edge", "edge", test_golden);
  g_test_add_data_func ("/kickstart/settings/golden/atomic", "centos-atomic", test_golden);
  return g_test_run ();
}
