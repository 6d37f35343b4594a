/* The rules of the layout, as tables. The first rule that fits a path counts. */
#include "tools/layout.h"

#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

/* `to` NULL: dropped. A rule without '*' fits the path and everything below it. */
static const struct
{
  const char *from;
  const char *to;
} rules[] = {
  /* of one machine, or of the build */
  { "etc/machine-id", NULL },
  { "etc/hostname", NULL },
  { "etc/resolv.conf", NULL },
  { "etc/.pwd.lock", NULL },
  { "etc/*-", NULL },
  { "etc/ssh/ssh_host_*", NULL },
  { "etc/udev/rules.d/70-persistent-*", NULL },
  { "usr/lib/systemd/random-seed", NULL },
  { "atomic-image", NULL },
  { "dev", NULL },
  { "proc", NULL },
  { "sys", NULL },
  { "run", NULL },
  { "tmp", NULL },
  { "boot", NULL },
  { "media", NULL },
  { "vmlinuz*", NULL },
  { "initrd.img*", NULL },
  { "var/lib/dpkg/*-old", NULL },
  { "var/lib/dpkg/lock*", NULL },
  { "var/lib/dpkg/triggers/Lock", NULL },
  { "var/lib/dpkg/updates", NULL },
  { "var/lib/dbus/machine-id", NULL },
  { "var/lib/systemd", NULL },
  { "var/lib/apt", NULL },
  { "var/lib/ucf", NULL },
  { "var/lib/dracut", NULL },
  { "var/lib/initramfs-tools", NULL },
  { "var/lib/private", NULL },
  { "var/backups", NULL },
  { "var/cache", NULL },
  { "var/lock", NULL },
  { "var/log", NULL },
  { "var/run", NULL },
  { "var/spool/mail", NULL },
  { "var/tmp", NULL },
  /* moved */
  { "var/lib/dpkg", "usr/lib/sysimage/dpkg" },
  { "etc", "usr/etc" },
  { "home", "var/home" },
  { "mnt", "var/mnt" },
  { "opt", "var/opt" },
  { "root", "var/roothome" },
  { "srv", "var/srv" },
  { "usr/local", "var/usrlocal" },
};

const HdLayoutEntry hd_layout_entries[] = {
  { "boot", S_IFDIR | 0755 },
  { "dev", S_IFDIR | 0755 },
  { "proc", S_IFDIR | 0755 },
  { "run", S_IFDIR | 0755 },
  { "sys", S_IFDIR | 0755 },
  { "sysroot", S_IFDIR | 0755 },
  { "tmp", S_IFDIR | 01777 },
  { "var", S_IFDIR | 0755 },
  { "home", S_IFLNK | 0777, "var/home" },
  { "media", S_IFLNK | 0777, "run/media" },
  { "mnt", S_IFLNK | 0777, "var/mnt" },
  { "opt", S_IFLNK | 0777, "var/opt" },
  { "ostree", S_IFLNK | 0777, "sysroot/ostree" },
  { "root", S_IFLNK | 0777, "var/roothome" },
  { "srv", S_IFLNK | 0777, "var/srv" },
  { "usr/local", S_IFLNK | 0777, "../var/usrlocal" },
  { "usr/etc/resolv.conf", S_IFLNK | 0777, "../run/systemd/resolve/stub-resolv.conf" },
  /* Empty, not absent: systemd fills it at the first boot and keeps it. */
  { "usr/etc/machine-id", S_IFREG | 0444 },
  /* Newer than /usr, whose time is always 1970: caches that depend on /usr are current. */
  { "usr/etc/.updated", S_IFREG | 0644 },
  { NULL },
};

static gboolean
rule_fits (const char *from, const char *path)
{
  if (strchr (from, '*') != NULL)
    return fnmatch (from, path, FNM_PATHNAME) == 0;
  gsize length = strlen (from);
  return strncmp (path, from, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

HdLayoutKind
hd_layout_place (const char *path, char **ret_path)
{
  g_autofree char *place = g_strdup (path);
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rule_fits (rules[i].from, path))
      {
        if (rules[i].to == NULL)
          return HD_LAYOUT_DROP;
        g_free (place);
        place = g_strconcat (rules[i].to, path + strlen (rules[i].from), NULL);
        break;
      }
  HdLayoutKind kind = g_str_has_prefix (place, "var/") ? HD_LAYOUT_VAR : HD_LAYOUT_KEEP;
  *ret_path = g_steal_pointer (&place);
  return kind;
}

gboolean
hd_layout_is_dropped (const char *path, const char *const *patterns)
{
  g_autofree char *absolute = g_strconcat ("/", path, NULL);
  for (const char *const *pattern = patterns; *pattern != NULL; pattern++)
    if (fnmatch (*pattern, absolute, FNM_LEADING_DIR) == 0)
      return TRUE;
  return FALSE;
}
