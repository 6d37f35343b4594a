/* Lines of fstab: names, options, order. */
#include "kickstart/fstab.h"

#include <string.h>

#include "base/error.h"
#include "sample.h"

#define MIB G_GUINT64_CONSTANT (1048576)
#define BOOT "part biosboot --size=1\npart /boot/efi --fstype=efi --size=2\npart /boot --size=5\n"
#define BOOT_LINES                                                                                 \
  "UUID  /boot  ext4  defaults,nosuid,nodev,noexec  0 2\n"                                         \
  "UUID  /boot/efi  vfat  umask=0077,nofail  0 2\n"

static char *
fstab_of (const char *text, GError **error)
{
  static const HdKsLayoutOptions options = { .seed = "s", .memory_mib = 1024 };
  g_autofree char *whole = g_strconcat ("clearpart --all\n" BOOT, text, NULL);
  g_autoptr (HdKickstart) kickstart = sample_kickstart (whole);
  g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
  g_autoptr (HdKsDisk) disk = hd_ks_disk_new ("sda", "disk.raw", 4000 * MIB);
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  g_autoptr (GPtrArray) layouts = NULL;

  g_assert_cmpuint (hd_ks_report_count (kickstart->report, HD_KS_ERROR), ==, 0);
  g_ptr_array_add (disks, disk);
  layouts = hd_ks_layout_new (kickstart, volumes, disks, &options, error);
  return layouts != NULL ? hd_ks_fstab_new (volumes, layouts, "s", error) : NULL;
}

/* Without the comment; identifiers are "UUID". */
static char *
brief (const char *text)
{
  g_autoptr (GRegex) uuid = g_regex_new ("UUID=[0-9a-fA-F-]+", 0, 0, NULL);
  const char *lines = strchr (text, '\n') + 1;

  g_assert_true (text[0] == '#');
  return g_regex_replace_literal (uuid, lines, -1, 0, "UUID", 0, NULL);
}

static const struct
{
  const char *text, *expected;
} good[] = {
  { "part / --size=5\n", BOOT_LINES },
  { "part / --size=5\npart /var/lib/x --size=5 --fstype=xfs\npart swap --size=5\npart /var --size=5"
    " --fsoptions=noatime,nodev\n",
    BOOT_LINES "UUID  /var  ext4  noatime,nodev  0 2\nUUID  /var/lib/x  xfs  defaults  0 0\n"
               "UUID  none  swap  defaults  0 0\n" },
  { "part / --size=5\npart /home --size=5 --fstype=btrfs\n",
    BOOT_LINES "UUID  /var/home  btrfs  defaults  0 0\n" },
  { "part / --size=5\npart /tmp --fstype=tmpfs --size=64 --fsoptions=nodev\n",
    BOOT_LINES "tmpfs  /tmp  tmpfs  nodev,size=64M  0 0\n" },
  { "part / --size=5\npart '/srv/a b' --size=5 --fsoptions='x y\\'\n",
    BOOT_LINES "UUID  /var/srv/a\\040b  ext4  x\\040y\\134  0 2\n" },
  { "part pv.1 --size=50\nvolgroup v-g pv.1\nlogvol / --vgname=v-g --name=r --size=9\n"
    "logvol /data --vgname=v-g --name=d-1 --size=9\nlogvol swap --vgname=v-g --name=s --size=9\n",
    BOOT_LINES "/dev/mapper/v--g-d--1  /data  ext4  defaults  0 2\n"
               "/dev/mapper/v--g-s  none  swap  defaults  0 0\n" },
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = fstab_of (good[i].text, &error);
      g_autofree char *lines = NULL;
      g_assert_no_error (error);
      lines = brief (text);
      g_assert_cmpstr (lines, ==, good[i].expected);
    }
}

/* The same names as the programs are given. */
static void
test_identifiers (void)
{
  g_autofree char *text = fstab_of ("part / --size=5\n", NULL);
  g_autofree char *again = fstab_of ("part / --size=5\n", NULL);
  g_autoptr (GRegex) form
      = g_regex_new ("\nUUID=[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}  /boot  "
                     "[^\n]*\nUUID=[0-9A-F]{4}-[0-9A-F]{4}  /boot/efi  ",
                     0, 0, NULL);

  g_assert_cmpstr (text, ==, again);
  g_assert_true (g_regex_match (form, text, 0, NULL));
}

static void
test_bad (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
      fstab_of ("part / --size=5\npart /x --size=5 --encrypted --passphrase=y\n", &error));
  g_assert_cmpint (hd_error_code (error), ==, HD_CONFIG);
  g_assert_cmpstr (error->message, ==, "-:6:1: part: encrypted volumes are not mounted yet");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/fstab/good", test_good);
  g_test_add_func ("/kickstart/fstab/identifiers", test_identifiers);
  g_test_add_func ("/kickstart/fstab/bad", test_bad);
  return g_test_run ();
}
