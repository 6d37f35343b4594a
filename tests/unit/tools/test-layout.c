/* Where paths of a Debian tree go. */
#include "tools/layout.h"

#include <string.h>
#include <sys/stat.h>

static const struct
{
  const char *path;
  HdLayoutKind kind;
  const char *place;
} cases[] = {
  { "usr/bin/bash", HD_LAYOUT_KEEP, "usr/bin/bash" },
  { "bin", HD_LAYOUT_KEEP, "bin" },
  { "etc", HD_LAYOUT_KEEP, "usr/etc" },
  { "etc/passwd", HD_LAYOUT_KEEP, "usr/etc/passwd" },
  { "etc/passwd-", HD_LAYOUT_DROP, NULL },
  { "etcetera", HD_LAYOUT_KEEP, "etcetera" },
  { "etc/machine-id", HD_LAYOUT_DROP, NULL },
  { "etc/hostname", HD_LAYOUT_DROP, NULL },
  { "etc/resolv.conf", HD_LAYOUT_DROP, NULL },
  { "etc/ssh/ssh_host_ed25519_key.pub", HD_LAYOUT_DROP, NULL },
  { "etc/ssh/sshd_config", HD_LAYOUT_KEEP, "usr/etc/ssh/sshd_config" },
  { "var/lib/dpkg/status", HD_LAYOUT_KEEP, "usr/lib/sysimage/dpkg/status" },
  { "var/lib/dpkg/status-old", HD_LAYOUT_DROP, NULL },
  { "var/lib/apt/lists/partial", HD_LAYOUT_DROP, NULL },
  { "var/cache/debconf/config.dat", HD_LAYOUT_DROP, NULL },
  { "var/lib/pam/auth", HD_LAYOUT_VAR, "var/lib/pam/auth" },
  { "var/lib/systemd/random-seed", HD_LAYOUT_DROP, NULL },
  { "root/.bashrc", HD_LAYOUT_VAR, "var/roothome/.bashrc" },
  { "usr/local/bin", HD_LAYOUT_VAR, "var/usrlocal/bin" },
  { "usr/locale", HD_LAYOUT_KEEP, "usr/locale" },
  { "home", HD_LAYOUT_VAR, "var/home" },
  { "opt/thing", HD_LAYOUT_VAR, "var/opt/thing" },
  { "boot/vmlinuz-6.12", HD_LAYOUT_DROP, NULL },
  { "dev/null", HD_LAYOUT_DROP, NULL },
  { "atomic-image/inputs", HD_LAYOUT_DROP, NULL },
};

static void
test_place (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *place = NULL;
      g_test_message ("%s", cases[i].path);
      g_assert_cmpint (hd_layout_place (cases[i].path, &place), ==, cases[i].kind);
      g_assert_cmpstr (place, ==, cases[i].place);
    }
}

static void
test_dropped (void)
{
  const char *const patterns[] = { "/usr/share/man", "/usr/share/doc/*/[!c]*", NULL };
  g_assert_true (hd_layout_is_dropped ("usr/share/man", patterns));
  g_assert_true (hd_layout_is_dropped ("usr/share/man/man1/ls.1.gz", patterns));
  g_assert_true (hd_layout_is_dropped ("usr/share/doc/bash/README", patterns));
  g_assert_false (hd_layout_is_dropped ("usr/share/doc/bash/copyright", patterns));
  g_assert_false (hd_layout_is_dropped ("usr/share/manual", patterns));
  g_assert_false (hd_layout_is_dropped ("usr/bin/man", patterns));
}

/* What the table adds must not be what the rules would have moved elsewhere. */
static void
test_entries (void)
{
  for (const HdLayoutEntry *entry = hd_layout_entries; entry->path != NULL; entry++)
    {
      g_assert_false (g_str_has_prefix (entry->path, "/"));
      g_assert_false (g_str_has_prefix (entry->path, "etc"));
      g_assert_true (S_ISLNK (entry->mode) == (entry->target != NULL));
      if (S_ISLNK (entry->mode))
        g_assert_false (g_str_has_prefix (entry->target, "/"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layout/place", test_place);
  g_test_add_func ("/layout/dropped", test_dropped);
  g_test_add_func ("/layout/entries", test_entries);
  return g_test_run ();
}
