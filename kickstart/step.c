/* The texts of steps: a table of functions, one for each kind. */
#include "kickstart/step.h"

#include <string.h>

typedef struct
{
  HdKsStep *step;
  const HdKsEntry *entry;
  GString *detail;
  const GPtrArray *volumes;
} Text;

static void G_GNUC_PRINTF (2, 3) title (Text *text, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_free (text->step->title);
  text->step->title = g_strdup_vprintf (format, args);
  va_end (args);
}

static void G_GNUC_PRINTF (2, 3) line (Text *text, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (text->detail, format, args);
  g_string_append_c (text->detail, '\n');
  va_end (args);
}

/* "name: value" when the option was given. */
static void
say (Text *text, const char *option, const char *label)
{
  const HdKsOption *row = hd_ks_option_find (text->entry->command, option);

  if (!hd_ks_given (text->entry, option))
    return;
  if (row->type == HD_KS_FLAG)
    line (text, "%s", label);
  else if ((row->flags & HD_KS_SECRET) != 0)
    line (text, "%s: (not shown)", label);
  else if (row->type == HD_KS_LIST)
    {
      g_auto (GStrv) list = hd_ks_list (text->entry, option);
      g_autofree char *joined = g_strjoinv (" ", list);
      line (text, "%s: %s", label, joined);
    }
  else if (row->type == HD_KS_BOOL)
    line (text, "%s: %s", label, hd_ks_bool (text->entry, option, FALSE) ? "yes" : "no");
  else
    line (text, "%s: %s", label, hd_ks_text (text->entry, option));
}

/* A table of options and labels, ending with a NULL. */
static void
say_all (Text *text, const char *const *pairs)
{
  for (; *pairs != NULL; pairs += 2)
    say (text, pairs[0], pairs[1]);
}

/* ---- Scripts and files ---- */

static void
describe_script (Text *text)
{
  const HdKsSection *section = text->step->section;
  const char *name = section->header->name;
  const char *interpreter = hd_ks_text (section->header, "interpreter");
  gboolean in_host
      = hd_ks_is (section->header, "%post") && !hd_ks_given (section->header, "nochroot");
  guint lines = 0;

  for (const char *p = section->body->str; *p != '\0'; p++)
    lines += *p == '\n';
  if (hd_ks_is (section->header, "%onerror") || hd_ks_is (section->header, "%traceback"))
    title (text, "On failure: run %s", name);
  else
    title (text, "Run %s", name);
  line (text, "%s, %u line%s, in the %s", interpreter != NULL ? interpreter : "/bin/sh", lines,
        lines == 1 ? "" : "s", in_host ? "host" : "installer");
  say (text, "erroronfail", "stops the installation when it fails");
  say (text, "log", "log");
}

static void
describe_read (Text *text)
{
  title (text, "Read %s and plan again", text->step->deferred->name);
}

static void
describe_certificate (Text *text)
{
  title (text, "Add a certificate");
  say (text, "dir", "folder");
  say (text, "filename", "file");
}

/* ---- Disks ---- */

static void
describe_disks (Text *text)
{
  title (text, "Choose the disks");
  if (text->entry == NULL)
    {
      line (text, "all that are not removable");
      return;
    }
  say (text, "only-use", "only");
  say (text, "drives", "all but");
}

static void
describe_zero (Text *text)
{
  title (text, "Initialise disks whose content is not understood");
}

static void
describe_clear (Text *text)
{
  const HdKsEntry *entry = text->entry;
  /* Of the types the last counts, as in the reference parser; a list is stronger than all. */
  const char *type = NULL;

  for (guint i = 0; i < entry->values->len; i++)
    {
      const HdKsValue *value = &g_array_index (entry->values, HdKsValue, i);
      const char *name = value->option->names;
      if (strcmp (name, "all") == 0 || strcmp (name, "linux") == 0 || strcmp (name, "none") == 0)
        type = name;
    }
  if (hd_ks_given (entry, "list"))
    title (text, "Remove the partitions that are named");
  else if (type == NULL || strcmp (type, "none") == 0)
    title (text, "Remove no partition");
  else
    title (text, "Remove all partitions%s", strcmp (type, "linux") == 0 ? " of Linux" : "");
  say (text, "list", "partitions");
  say (text, "drives", "on");
  say (text, "initlabel", "new partition table");
  say (text, "disklabel", "type of partition table");
}

static const char *
kind_name (const HdKsVolume *volume)
{
  switch (volume->kind)
    {
    case HD_KS_RAID:
      return "RAID";
    case HD_KS_GROUP:
      return "volume group";
    case HD_KS_LOGICAL:
      return volume->use == HD_KS_USE_POOL ? "thin pool" : "logical volume";
    case HD_KS_BTRFS:
      return "btrfs volume";
    case HD_KS_SUBVOLUME:
      return "btrfs subvolume";
    case HD_KS_MOUNT:
      return "file system";
    case HD_KS_PARTITION:
    default:
      return "partition";
    }
}

/* What it is for: "for /boot", "for swap", "pv.01". Free with g_free. */
static char *
purpose (const HdKsVolume *volume)
{
  if (volume->mount != NULL)
    return g_strdup_printf (" for %s", volume->mount);
  switch (volume->use)
    {
    case HD_KS_USE_SWAP:
      return g_strdup (" for swap");
    case HD_KS_USE_BIOS:
      return g_strdup (" for GRUB under BIOS");
    case HD_KS_USE_EFI:
      return g_strdup (" for UEFI");
    case HD_KS_USE_PREP:
      return g_strdup (" for PReP");
    case HD_KS_USE_PV:
    case HD_KS_USE_RAID:
    case HD_KS_USE_BTRFS:
      return g_strdup_printf (" %s", volume->id);
    case HD_KS_USE_FS:
    case HD_KS_USE_POOL:
    case HD_KS_USE_NONE:
    default:
      return g_strdup ("");
    }
}

static void
say_size (Text *text, const HdKsVolume *volume)
{
  g_autoptr (GString) size = g_string_new (NULL);

  if (volume->size_mib != HD_KS_NO_SIZE)
    g_string_append_printf (size, "%" G_GINT64_FORMAT " MiB", volume->size_mib);
  if (volume->percent != HD_KS_NO_SIZE)
    g_string_append_printf (size, "%" G_GINT64_FORMAT "%% of the group", volume->percent);
  if (volume->hibernation)
    g_string_append (size,
                     size->len > 0 ? ", by memory, for hibernation" : "by memory, for hibernation");
  else if (volume->recommended)
    g_string_append (size, size->len > 0 ? ", by memory" : "by memory");
  if (volume->grow)
    g_string_append (size, size->len > 0 ? ", and what is left" : "what is left");
  if (volume->grow && volume->max_mib != HD_KS_NO_SIZE)
    g_string_append_printf (size, ", at most %" G_GINT64_FORMAT " MiB", volume->max_mib);
  if (size->len > 0)
    line (text, "size: %s", size->str);
}

static void
say_format (Text *text, const HdKsVolume *volume)
{
  if (volume->encrypted)
    line (text, "encrypted with LUKS");
  if (volume->fstype != NULL)
    line (text, "%s: %s", volume->format ? "format" : "kept", volume->fstype);
  else if (!volume->format)
    line (text, "kept as it is");
}

/* What only some commands have. */
static void
say_options (Text *text, const char *command)
{
  static const char *const part[]
      = { "ondisk", "disk", "onpart", "on", "resize", "resized", "asprimary", "primary", NULL };
  static const char *const raid[]
      = { "level", "level", "spares", "spares", "chunksize", "chunk size in KiB", NULL };
  static const char *const group[] = { "pesize",
                                       "extent in KiB",
                                       "reserved-space",
                                       "left free in MiB",
                                       "reserved-percent",
                                       "left free in percent",
                                       NULL };
  static const char *const logical[] = { "poolname",
                                         "in the pool",
                                         "chunksize",
                                         "chunk size in KiB",
                                         "metadatasize",
                                         "metadata in MiB",
                                         "profile",
                                         "profile",
                                         "cachesize",
                                         "cache in MiB",
                                         "cachemode",
                                         "mode of the cache",
                                         "cachepvs",
                                         "cache on",
                                         "resize",
                                         "resized",
                                         NULL };
  static const char *const btrfs[]
      = { "data",        "level of data",    "metadata", "level of metadata", "label", "label",
          "mkfsoptions", "options for mkfs", NULL };
  static const char *const mount[]
      = { "mkfsoptions", "options for mkfs", "mountoptions", "mount options", NULL };
  static const char *const format[]
      = { "label",     "label",      "fsoptions",    "mount options",
          "fsprofile", "usage type", "mkfsoptions",  "options for mkfs",
          "cipher",    "cipher",     "luks-version", "LUKS",
          NULL };
  static const struct
  {
    const char *command;
    const char *const *pairs;
    gboolean format;
  } rows[] = {
    { "part", part, TRUE },      { "raid", raid, TRUE },    { "volgroup", group, FALSE },
    { "logvol", logical, TRUE }, { "btrfs", btrfs, FALSE }, { "mount", mount, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (command, rows[i].command) == 0)
      {
        say_all (text, rows[i].pairs);
        if (rows[i].format)
          say_all (text, format);
      }
}

static void
describe_volume (Text *text)
{
  const HdKsVolume *volume = text->step->volume;
  g_autofree char *what = purpose (volume);
  g_autofree char *members = g_strjoinv (" ", volume->members);
  g_autofree char *command
      = volume->entry != NULL ? hd_ks_first_name (volume->entry->command->names) : NULL;

  title (text, "%s %s%s%s%s", volume->existing ? "Use the" : "Make the", kind_name (volume),
         volume->name != NULL ? " " : "", volume->name != NULL ? volume->name : "", what);
  if (*members != '\0')
    line (text, "of: %s", members);
  say_size (text, volume);
  say_format (text, volume);
  if (command != NULL)
    say_options (text, command);
  else
    line (text, "added, since no line asks for it");
}

static void
describe_snapshot (Text *text)
{
  title (text, "Snapshot %s", hd_ks_operand (text->entry, 0));
  say (text, "name", "name");
}

static int
compare_mounts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Outer folders before what is in them. */
static void
describe_mount (Text *text)
{
  g_autoptr (GPtrArray) mounts = g_ptr_array_new ();

  title (text, "Mount the host at /mnt/sysimage");
  for (guint i = 0; i < text->volumes->len; i++)
    {
      const HdKsVolume *volume = g_ptr_array_index (text->volumes, i);
      if (volume->mount != NULL)
        g_ptr_array_add (mounts, volume->mount);
    }
  g_ptr_array_sort (mounts, compare_mounts);
  for (guint i = 0; i < mounts->len; i++)
    line (text, "%s", (const char *)g_ptr_array_index (mounts, i));
}

/* ---- Content and boot ---- */

static void
describe_deploy (Text *text)
{
  const char *remote = hd_ks_text (text->entry, "remote");

  title (text, "Deploy %s from %s", hd_ks_text (text->entry, "ref"),
         hd_ks_text (text->entry, "url"));
  line (text, "stateroot: %s", hd_ks_text (text->entry, "osname"));
  line (text, "remote: %s", remote != NULL ? remote : hd_ks_text (text->entry, "osname"));
  line (text, "signatures: %s",
        hd_ks_given (text->entry, "nogpg") ? "not checked, now and later" : "checked");
}

static void
describe_fstab (Text *text)
{
  title (text, "Write fstab");
}

static void
describe_bootloader (Text *text)
{
  static const char *const pairs[] = { "append",
                                       "kernel arguments",
                                       "boot-drive",
                                       "disk",
                                       "driveorder",
                                       "order of disks",
                                       "timeout",
                                       "seconds of the menu",
                                       "password",
                                       "password",
                                       "md5pass",
                                       "password",
                                       "iscrypted",
                                       "the password is a hash",
                                       "leavebootorder",
                                       "the firmware's list stays as it is",
                                       "nombr",
                                       "nothing in front of the partitions",
                                       NULL };
  gboolean none = text->entry != NULL
                  && (hd_ks_given (text->entry, "disabled")
                      || g_strcmp0 (hd_ks_text (text->entry, "location"), "none") == 0);

  title (text, none ? "Write boot entries, and install no boot loader"
                    : "Install GRUB for BIOS and UEFI, and write boot entries");
  if (text->entry != NULL)
    say_all (text, pairs);
}

/* ---- Network ---- */

gboolean
hd_ks_is_network_of_host (const HdKsEntry *entry)
{
  for (guint i = 0; i < entry->values->len; i++)
    if (strcmp (g_array_index (entry->values, HdKsValue, i).option->names, "hostname") != 0)
      return TRUE;
  return FALSE;
}

static const char *
device_of (const HdKsEntry *entry)
{
  const char *device = hd_ks_text (entry, "device");

  return device == NULL || strcmp (device, "link") == 0 ? "the first interface with a link"
                                                        : device;
}

static void
describe_link (Text *text)
{
  title (text, "Set up %s in the installer", device_of (text->entry));
}

static void
describe_network (Text *text)
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

  title (text, "Configure %s", device_of (text->entry));
  say_all (text, pairs);
}

static void
describe_hostname (Text *text)
{
  const char *name = hd_ks_operand (text->entry, 0);

  title (text, "Name the host %s", name != NULL ? name : hd_ks_text (text->entry, "hostname"));
}

static void
describe_firewall (Text *text)
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

  if (hd_ks_given (text->entry, "use-system-defaults"))
    title (text, "Leave the firewall as the commit has it");
  else if (g_strcmp0 (state, "disabled") == 0)
    title (text, "Write no firewall");
  else
    title (text, "Write a firewall that lets in only what is named");
  say_all (text, pairs);
}

/* ---- The host's settings ---- */

static void
describe_lang (Text *text)
{
  title (text, "Set the language %s", hd_ks_operand (text->entry, 0));
  say (text, "addsupport", "also");
}

static void
describe_keyboard (Text *text)
{
  const char *layout = hd_ks_text (text->entry, "vckeymap");

  title (text, "Set the keyboard %s",
         layout != NULL                           ? layout
         : hd_ks_operand (text->entry, 0) != NULL ? hd_ks_operand (text->entry, 0)
                                                  : "");
  say (text, "xlayouts", "layouts");
}

static void
describe_timezone (Text *text)
{
  const char *zone = hd_ks_operand (text->entry, 0);

  title (text, "Set the time zone %s", zone != NULL ? zone : "Etc/UTC");
  line (text, "the machine's clock has %s",
        hd_ks_given (text->entry, "utc") ? "UTC" : "local time");
  say (text, "nontp", "no time from the network");
  say (text, "ntpservers", "time servers");
}

static void
describe_timesource (Text *text)
{
  title (text, hd_ks_given (text->entry, "ntp-disable") ? "Take no time from the network"
                                                        : "Add a time server");
  say (text, "ntp-server", "server");
  say (text, "ntp-pool", "pool");
}

static void
say_password (Text *text, gboolean given)
{
  const char *kind = hd_ks_last_of (text->entry, "iscrypted", "plaintext");

  if (given)
    line (text, "password: (not shown)%s", g_strcmp0 (kind, "iscrypted") == 0 ? ", a hash" : "");
  say (text, "lock", "locked");
}

static void
describe_root (Text *text)
{
  title (text, "Set the password of root");
  say_password (text, hd_ks_n_operands (text->entry) > 0);
  say (text, "allow-ssh", "also over ssh");
}

static void
describe_group (Text *text)
{
  title (text, "Make the group %s", hd_ks_text (text->entry, "name"));
  say (text, "gid", "number");
}

static void
describe_user (Text *text)
{
  static const char *const pairs[]
      = { "uid",   "number", "gid",   "number of the group", "groups", "groups", "homedir", "home",
          "shell", "shell",  "gecos", "full name",           NULL };

  title (text, "Make the user %s", hd_ks_text (text->entry, "name"));
  say_all (text, pairs);
  say_password (text, hd_ks_given (text->entry, "password"));
}

static void
describe_key (Text *text)
{
  title (text, "Let a key in as %s", hd_ks_text (text->entry, "username"));
}

static void
describe_services (Text *text)
{
  title (text, "Enable and disable units");
  say (text, "disabled", "disable");
  say (text, "enabled", "enable");
}

static void
describe_end (Text *text)
{
  if (text->entry == NULL)
    {
      title (text, "Stop, and leave the machine on");
      return;
    }
  if (hd_ks_is (text->entry, "reboot"))
    title (text, "Start the host");
  else if (hd_ks_is (text->entry, "poweroff"))
    title (text, "Turn the machine off");
  else
    title (text, "Stop, and leave the machine on");
  say (text, "eject", "eject the medium");
}

static void (*const describers[]) (Text *text) = {
  [HD_KS_STEP_SCRIPT] = describe_script,
  [HD_KS_STEP_READ] = describe_read,
  [HD_KS_STEP_LINK] = describe_link,
  [HD_KS_STEP_DISKS] = describe_disks,
  [HD_KS_STEP_ZERO] = describe_zero,
  [HD_KS_STEP_CLEAR] = describe_clear,
  [HD_KS_STEP_VOLUME] = describe_volume,
  [HD_KS_STEP_SNAPSHOT] = describe_snapshot,
  [HD_KS_STEP_MOUNT] = describe_mount,
  [HD_KS_STEP_DEPLOY] = describe_deploy,
  [HD_KS_STEP_FSTAB] = describe_fstab,
  [HD_KS_STEP_BOOTLOADER] = describe_bootloader,
  [HD_KS_STEP_HOSTNAME] = describe_hostname,
  [HD_KS_STEP_NETWORK] = describe_network,
  [HD_KS_STEP_FIREWALL] = describe_firewall,
  [HD_KS_STEP_LANG] = describe_lang,
  [HD_KS_STEP_KEYBOARD] = describe_keyboard,
  [HD_KS_STEP_TIMEZONE] = describe_timezone,
  [HD_KS_STEP_TIMESOURCE] = describe_timesource,
  [HD_KS_STEP_ROOT] = describe_root,
  [HD_KS_STEP_GROUP] = describe_group,
  [HD_KS_STEP_USER] = describe_user,
  [HD_KS_STEP_KEY] = describe_key,
  [HD_KS_STEP_SERVICES] = describe_services,
  [HD_KS_STEP_CERTIFICATE] = describe_certificate,
  [HD_KS_STEP_END] = describe_end,
};

void
hd_ks_step_describe (HdKsStep *step, const GPtrArray *volumes)
{
  g_autoptr (GString) detail = g_string_new (NULL);
  Text text = { step, step->entry, detail, volumes };

  describers[step->kind](&text);
  g_free (step->detail);
  step->detail = detail->len > 0 ? g_strdup (detail->str) : NULL;
}
