/* Lines to volumes: what they are for, and in which order they can be made. */
#include "kickstart/storage.h"

#include "sample.h"

/* "KIND USE ID NAME MOUNT FSTYPE SIZE" of each volume, with "-" for what is not there. */
static char *
describe (const GPtrArray *volumes)
{
  static const char *const kinds[]
      = { "part", "raid", "group", "logical", "btrfs", "subvolume", "mount" };
  static const char *const uses[]
      = { "fs", "swap", "pv", "raid", "btrfs", "bios", "efi", "prep", "pool", "none" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < volumes->len; i++)
    {
      const HdKsVolume *v = g_ptr_array_index (volumes, i);
      g_string_append_printf (text, "%s %s %s %s %s %s %" G_GINT64_FORMAT "%s%s\n", kinds[v->kind],
                              uses[v->use], v->id != NULL ? v->id : "-",
                              v->name != NULL ? v->name : "-", v->mount != NULL ? v->mount : "-",
                              v->fstype != NULL ? v->fstype : "-", v->size_mib, v->grow ? "+" : "",
                              v->existing ? " existing" : "");
    }
  return g_string_free (text, FALSE);
}

static const struct
{
  const char *text;
  const char *volumes;
} cases[] = {
  { "text\n", "" },
  { "reqpart\n", "" },
  { "part / --size=9\n", "part bios - - - - 1\n"
                         "part efi - - - vfat 64\n"
                         "part fs - - /boot ext4 512\n"
                         "part fs - - / ext4 9\n" },
  { "part biosboot --size=2\npart /boot/efi --size=99\npart /boot --size=7 --fstype=xfs\n"
    "part / --grow\n",
    "part bios - - - - 2\n"
    "part efi - - /boot/efi vfat 99\n"
    "part fs - - /boot xfs 7\n"
    "part fs - - / ext4 -1+\n" },
  { "logvol / --vgname=v --name=r --size=5\nvolgroup v pv.1\npart pv.1 --size=9\n"
    "part /boot --size=5\n",
    "part bios - - - - 1\n"
    "part efi - - - vfat 64\n"
    "part pv pv.1 - - - 9\n"
    "part fs - - /boot ext4 5\n"
    "group none - v - - -1\n"
    "logical fs - v/r / ext4 5\n" },
  { "mount /dev/sda1 / --reformat=xfs\nmount /dev/sda2 none --reformat=swap\n",
    "mount fs - /dev/sda1 / xfs -1 existing\n"
    "mount swap - /dev/sda2 - swap -1 existing\n" },
  { "part / --onpart=sda1\npart /home --onpart=sda2 --noformat\n",
    "part fs - - / ext4 -1 existing\n"
    "part fs - - /var/home - -1 existing\n" },
  { "autopart --noswap --nolvm --type=lvm --fstype=xfs\n", "part bios - - - - 1\n"
                                                           "part efi - - - vfat 64\n"
                                                           "part fs - - /boot xfs 512\n"
                                                           "part fs - - / xfs 3072+\n" },
  { "autopart --type=thinp\n", "part bios - - - - 1\n"
                               "part efi - - - vfat 64\n"
                               "part fs - - /boot ext4 512\n"
                               "part pv pv.auto - - - 3072+\n"
                               "group none - atomic - - -1\n"
                               "logical swap - atomic/swap - swap -1\n"
                               "logical pool - atomic/pool - - 3072+\n"
                               "logical fs - atomic/root / ext4 3072+\n" },
  { "part raid.1 --size=5\npart raid.2 --size=5\nraid pv.9 --device=md0 --level=1 raid.1 raid.2\n"
    "raid swap --device=md1 --useexisting\n",
    "part bios - - - - 1\n"
    "part efi - - - vfat 64\n"
    "part raid raid.1 - - - 5\n"
    "part raid raid.2 - - - 5\n"
    "raid pv pv.9 md0 - - -1\n"
    "raid swap - md1 - swap -1 existing\n" },
  { "btrfs none --label=l btrfs.1\nbtrfs /srv/x --subvol --name=s LABEL=l\n",
    "btrfs none - l - btrfs -1\n"
    "subvolume fs - s /var/srv/x btrfs -1\n" },
};

static void
test_volumes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdKickstart) kickstart = sample_kickstart (cases[i].text);
      g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
      g_autofree char *text = describe (volumes);
      g_assert_cmpstr (text, ==, cases[i].volumes);
    }
}

static void
test_look_up (void)
{
  g_autoptr (HdKickstart) kickstart = sample_kickstart (
      "part pv.1 --size=5\nvolgroup v pv.1\nlogvol /home --vgname=v --name=h --size=5\n");
  g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);

  g_assert_nonnull (hd_ks_storage_mounted (volumes, "/var/home"));
  g_assert_null (hd_ks_storage_mounted (volumes, "/home"));
  g_assert_nonnull (hd_ks_storage_named (volumes, HD_KS_GROUP, "v"));
  g_assert_null (hd_ks_storage_named (volumes, HD_KS_RAID, "v"));
  g_assert_nonnull (hd_ks_storage_named (volumes, HD_KS_LOGICAL, "v/h"));
  g_assert_nonnull (hd_ks_storage_member (volumes, "pv.1"));
  g_assert_null (hd_ks_storage_member (volumes, "pv.2"));
}

static void
test_moved (void)
{
  static const char *const pairs[]
      = { "/",      "/",      "/home",  "/var/home",     "/home/a",    "/var/home/a",
          "/homes", "/homes", "/root",  "/var/roothome", "/usr/local", "/var/usrlocal",
          "/usr",   "/usr",   "/opt/x", "/var/opt/x" };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i += 2)
    {
      g_autofree char *mount = hd_ks_mount_on_host (pairs[i]);
      g_assert_cmpstr (mount, ==, pairs[i + 1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/storage/volumes", test_volumes);
  g_test_add_func ("/kickstart/storage/look-up", test_look_up);
  g_test_add_func ("/kickstart/storage/moved", test_moved);
  return g_test_run ();
}
