/* Top-level keys by their lines: a key of a mapping in block style stands in the first column, and
 * nothing else does. A document in flow style has to be JSON. */
#include "tools/seed-check.h"

#include <string.h>

#include "base/error.h"
#include "common/json.h"
#include "common/parse.h"

/* cloud-init's handlers: DataFormats of its documentation. */
static const char *const kinds[] = {
  "#cloud-config",
  "#cloud-config-archive",
  "#cloud-config-jsonp",
  "#!",
  "#include",
  "#include-once",
  "#cloud-boothook",
  "#part-handler",
  "## template: jinja",
  "Content-Type:",
  "MIME-Version:",
  "From ",
  NULL,
};

/* Top-level keys of cloud-init's modules, 22.4 to 25.2, and those that merging and logging read. */
static const char *const config_keys[] = {
  "allow_public_ssh_keys",
  "ansible",
  "apk_repos",
  "apt",
  "apt_pipelining",
  "apt_preserve_sources_list",
  "apt_reboot_if_required",
  "apt_update",
  "apt_upgrade",
  "authkey_hash",
  "autoinstall",
  "bootcmd",
  "byobu_by_default",
  "ca-certs",
  "ca_certs",
  "chef",
  "chpasswd",
  "cloud_config_modules",
  "cloud_final_modules",
  "cloud_init_modules",
  "create_hostname_file",
  "datasource",
  "datasource_list",
  "debug",
  "def_log_file",
  "device_aliases",
  "disable_ec2_metadata",
  "disable_root",
  "disable_root_opts",
  "disk_setup",
  "drivers",
  "fan",
  "final_message",
  "fqdn",
  "fs_setup",
  "groups",
  "growpart",
  "grub-dpkg",
  "grub_dpkg",
  "hostname",
  "keyboard",
  "landscape",
  "launch-index",
  "locale",
  "locale_configfile",
  "log_cfgs",
  "lxd",
  "manage-resolv-conf",
  "manage_etc_hosts",
  "manage_resolv_conf",
  "manual_cache_clean",
  "mcollective",
  "merge_how",
  "merge_type",
  "migrate",
  "mount_default_fields",
  "mounts",
  "no_ssh_fingerprints",
  "ntp",
  "output",
  "package_reboot_if_required",
  "package_update",
  "package_upgrade",
  "packages",
  "password",
  "phone_home",
  "power_state",
  "prefer_fqdn_over_hostname",
  "preserve_hostname",
  "puppet",
  "random_seed",
  "reporting",
  "resize_rootfs",
  "resolv_conf",
  "rh_subscription",
  "rpi",
  "rsyslog",
  "runcmd",
  "salt_minion",
  "snap",
  "spacewalk",
  "ssh",
  "ssh_authorized_keys",
  "ssh_deletekeys",
  "ssh_fp_console_blacklist",
  "ssh_genkeytypes",
  "ssh_import_id",
  "ssh_key_console_blacklist",
  "ssh_keys",
  "ssh_publish_hostkeys",
  "ssh_pwauth",
  "ssh_quiet_keygen",
  "swap",
  "syslog_fix_perms",
  "system_info",
  "timezone",
  "ubuntu_advantage",
  "ubuntu_autoinstall",
  "ubuntu_pro",
  "unverified_modules",
  "updates",
  "user",
  "users",
  "vendor_data",
  "vendor_data2",
  "wireguard",
  "write_files",
  "yum_repo_dir",
  "yum_repos",
  "zypper",
  NULL,
};

static const char *const network_keys[] = {
  "network",  "version", "config",  "ethernets", "bonds",  "bridges",       "vlans",
  "renderer", "wifis",   "tunnels", "vrfs",      "modems", "dummy-devices", NULL,
};

static gboolean
starts_with (const char *text, gsize length, const char *prefix)
{
  return length >= strlen (prefix) && strncmp (text, prefix, strlen (prefix)) == 0;
}

gboolean
hd_seed_is_cloud_config (const char *text, gsize length)
{
  gsize line = 0;
  while (line < length && text[line] != '\n' && text[line] != '\r')
    line++;
  g_autofree char *first = g_strndup (text, line);
  return g_str_equal (g_strchomp (first), "#cloud-config");
}

/* The key at the beginning of a line of block style, free with g_free; NULL: there is none. */
static char *
key_of (const char *line)
{
  char quote = *line == '"' || *line == '\'' ? *line : '\0';
  const char *start = line + (quote != '\0' ? 1 : 0);
  const char *end = start;
  while (*end != '\0' && (quote != '\0' ? *end != quote : *end != ':'))
    end++;
  const char *colon = quote != '\0' && *end != '\0' ? end + 1 : end;
  if (*colon != ':'
      || (colon[1] != '\0' && colon[1] != ' ' && colon[1] != '\t' && colon[1] != '\r'))
    return NULL;
  return g_strndup (start, (gsize)(end - start));
}

/* Append a key; FALSE when it is there already. */
static gboolean
add_key (GPtrArray *keys, const char *key)
{
  for (guint i = 0; i < keys->len; i++)
    if (g_str_equal (g_ptr_array_index (keys, i), key))
      return FALSE;
  g_ptr_array_add (keys, g_strdup (key));
  return TRUE;
}

static int
note_member (const char *key, const hd_json *value, void *keys)
{
  g_ptr_array_add (keys, g_strdup (key));
  return 0;
}

/* Whether cloud-init knows the key; `line` 0: the place is unknown. */
static gboolean
check_known (const char *name, guint line, const char *key, const char *const *known,
             GError **error)
{
  if (known == NULL || g_strv_contains (known, key))
    return TRUE;
  const char *near = hd_nearest_word (key, known);
  g_autofree char *hint = near != NULL ? g_strdup_printf ("did you mean %s?", near) : NULL;
  g_autofree char *place = line > 0 ? g_strdup_printf (":%u", line) : g_strdup ("");
  if (g_str_equal (key, "network") || g_str_equal (key, "ethernets"))
    {
      g_free (hint);
      hint = g_strdup ("give a file of its own with --network-config");
    }
  return hd_throw (error, HD_CONFIG, hint, "%s%s: cloud-init knows no %s here, and would ignore it",
                   name, place, key);
}

static gboolean
json_keys (const char *name, const char *text, const char *const *known, GPtrArray *keys,
           GError **error)
{
  hd_err problem = { 0 };
  hd_autojson value = hd_json_parse (text, strlen (text), &problem);
  if (value == NULL || hd_json_get_type (value) != HD_JSON_OBJECT)
    return hd_throw (error, HD_CONFIG, "a mapping: \"key: value\" on lines, or JSON", "%s: %s",
                     name, value == NULL ? problem.message : "it is no mapping");
  hd_json_each (value, note_member, keys);
  for (guint i = 0; i < keys->len; i++)
    if (!check_known (name, 0, g_ptr_array_index (keys, i), known, error))
      return FALSE;
  return TRUE;
}

/* One line that begins in the first column and is no comment. */
static gboolean
take_line (const char *name, guint number, const char *line, const char *const *known,
           GPtrArray *keys, GError **error)
{
  g_autofree char *key = *line != '-' ? key_of (line) : NULL;
  if (key == NULL)
    return hd_throw (error, HD_CONFIG, "a mapping: \"key: value\"",
                     "%s:%u: this is no key: cloud-init would ignore all of it", name, number);
  if (!add_key (keys, key))
    return hd_throw (error, HD_CONFIG, "put both into one",
                     "%s:%u: %s is there twice: cloud-init would ignore the first", name, number,
                     key);
  return check_known (name, number, key, known, error);
}

/* The top-level keys, with `known` (may be NULL) the only ones. */
static gboolean
check_keys (const char *name, const char *text, gsize length, const char *const *known,
            GPtrArray *keys, GError **error)
{
  if (memchr (text, '\0', length) != NULL || !g_utf8_validate (text, (gssize)length, NULL))
    return hd_throw (error, HD_CONFIG, "save it as UTF-8", "%s is no UTF-8 text", name);
  g_autofree char *copy = g_strndup (text, length);
  g_auto (GStrv) lines = g_strsplit (copy, "\n", -1);
  gsize offset = 0; /* of the line in the text */
  for (guint i = 0; lines[i] != NULL; offset += strlen (lines[i]) + 1, i++)
    {
      const char *line = lines[i];
      gsize indent = strspn (line, " ");
      /* After a space it may be a text's own. */
      if (*line == '\t' && line[strspn (line, " \t\r")] != '\0')
        return hd_throw (error, HD_CONFIG, "indent by spaces",
                         "%s:%u: YAML knows no tabs before text", name, i + 1);
      if (indent > 0 || *line == '\0' || strchr ("#\r]}", *line) != NULL
          || g_str_has_prefix (line, "---") || g_str_has_prefix (line, "..."))
        continue;
      if (*line == '{' && keys->len == 0)
        return json_keys (name, copy + offset, known, keys, error);
      if (*line == '-' && keys->len > 0)
        continue; /* a list may stand in the column of its key */
      if (!take_line (name, i + 1, line, known, keys, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
has_key (GPtrArray *keys, const char *key)
{
  for (guint i = 0; i < keys->len; i++)
    if (g_str_equal (g_ptr_array_index (keys, i), key))
      return TRUE;
  return FALSE;
}

/* Why cloud-init would not take the first line for what it was meant to be. */
static const char *
guess_hint (const char *text, gsize length)
{
  gsize space = 0;
  while (space < length && strchr (" \t\r\n", text[space]) != NULL)
    space++;
  if (starts_with (text, length, "\xef\xbb\xbf"))
    return "save it without a byte order mark";
  if (space > 0 && space < length && text[space] == '#')
    return "nothing may stand before the first #, not even an empty line";
  return "the first line is #cloud-config, #! and an interpreter, or another of cloud-init's kinds";
}

gboolean
hd_seed_check_user_data (const char *name, const char *text, gsize length, GError **error)
{
  if (length == 0 || starts_with (text, length, "\x1f\x8b"))
    return TRUE; /* nothing, or packed */
  gboolean known = FALSE;
  for (const char *const *kind = kinds; *kind != NULL; kind++)
    known = known || starts_with (text, length, *kind);
  /* "#cloud-confg" begins like a comment, and is one to cloud-init. */
  if (starts_with (text, length, "#cloud-config") && !hd_seed_is_cloud_config (text, length)
      && !starts_with (text, length, "#cloud-config-"))
    known = FALSE;
  if (!known)
    return hd_throw (error, HD_CONFIG, guess_hint (text, length),
                     "%s:1: cloud-init does not know this kind of data, and would ignore it", name);
  if (starts_with (text, length, "#!"))
    {
      const char *end = memchr (text, '\n', length);
      if (end != NULL && end[-1] == '\r')
        return hd_throw (error, HD_CONFIG, "save it with the line ends of Unix",
                         "%s:1: the interpreter's name would end with a carriage return", name);
      return TRUE;
    }
  if (!hd_seed_is_cloud_config (text, length))
    return TRUE;
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  return check_keys (name, text, length, config_keys, keys, error);
}

gboolean
hd_seed_check_meta_data (const char *name, const char *text, gsize length, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  if (!check_keys (name, text, length, NULL, keys, error))
    return FALSE;
  if (!has_key (keys, "instance-id"))
    return hd_throw (error, HD_CONFIG, "add \"instance-id: NAME\", a new one for each machine",
                     "%s has no instance-id: cloud-init would not know a new machine", name);
  return TRUE;
}

gboolean
hd_seed_check_network (const char *name, const char *text, gsize length, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  if (!check_keys (name, text, length, network_keys, keys, error))
    return FALSE;
  if (!has_key (keys, "version") && !has_key (keys, "network"))
    return hd_throw (error, HD_CONFIG, "add \"version: 2\"",
                     "%s has no version: cloud-init would ignore it", name);
  return TRUE;
}

gboolean
hd_seed_check_hostname (const char *hostname, GError **error)
{
  gsize label = 0;
  gboolean ok = *hostname != '\0' && strlen (hostname) <= 253;
  for (const char *at = hostname; ok && *at != '\0'; at++)
    {
      gboolean edge = label == 0 || at[1] == '.' || at[1] == '\0';
      label = *at == '.' ? 0 : label + 1;
      ok = *at == '.' ? at > hostname && at[-1] != '.' && at[1] != '\0'
                      : label <= 63 && (g_ascii_isalnum (*at) || (*at == '-' && !edge));
    }
  return ok
         || hd_throw (error, HD_CONFIG, "letters, digits and dashes, 63 between dots",
                      "%s is no name of a host", hostname);
}
