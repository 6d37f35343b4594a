/* The command lines that make file systems, and what is refused before anything is written. */
#include "kickstart/filesystem.h"

#include <string.h>

#include "base/error.h"
#include "kickstart/provision.h"
#include "sample.h"

/* The last volume of the text, in a partition with the name that a layout gives it. */
static char *
words_for (const char *text, const char *name, GError **error)
{
  g_autoptr (HdKickstart) kickstart = sample_kickstart (text);
  g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
  HdKsSlot slot = { .name = (char *)name, .volume = g_ptr_array_index (volumes, volumes->len - 1) };
  g_auto (GStrv) argv = hd_ks_filesystem_argv (&slot, "s", "TARGET", error);

  return argv != NULL ? g_strjoinv (" ", argv) : NULL;
}

static const struct
{
  const char *text, *name;
  const char *words; /* UUID stands for the identifier */
} good[] = {
  { "part / --size=5\n", "root", "mke2fs -q -F -t ext4 -U UUID -E hash_seed=UUID TARGET" },
  { "part /boot --size=5 --label=b\n", "boot",
    "mke2fs -q -F -t ext4 -U UUID -E hash_seed=UUID -L b -O ^metadata_csum_seed,^orphan_file "
    "TARGET" },
  { "part /boot --size=5 --fstype=ext2\n", "boot",
    "mke2fs -q -F -t ext2 -U UUID -E hash_seed=UUID TARGET" },
  { "part / --size=5 --fsprofile=news --label=\"a b\"\n", "root",
    "mke2fs -q -F -t ext4 -U UUID -E hash_seed=UUID -T news -L a b TARGET" },
  { "part / --size=5 --mkfsoptions=\"-m 1 -O '^has_journal'\"\n", "root",
    "mke2fs -q -F -t ext4 -U UUID -E hash_seed=UUID -m 1 -O ^has_journal TARGET" },
  { "part / --size=5 --fstype=xfs --label=r\n", "root", "mkfs.xfs -q -f -m uuid=UUID -L r TARGET" },
  { "part / --size=5 --fstype=btrfs\n", "root", "mkfs.btrfs -q -f -U UUID TARGET" },
  { "part /boot/efi --size=5 --fstype=efi --label=E\n", "efi",
    "mkfs.vfat --invariant -i SHORT -n E TARGET" },
  { "part swap --size=5\n", "swap", "mkswap -q -U UUID TARGET" },
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *words = words_for (good[i].text, good[i].name, &error);
      g_autoptr (GString) expected = g_string_new (good[i].words);
      g_autofree char *uuid = NULL;
      g_autofree char *shorter = NULL;
      const char *found;
      g_assert_no_error (error);
      /* The identifier is where the words have it. */
      found = strstr (words, "hash_seed=") ?: strstr (words, "uuid=") ?: strstr (words, "-U ");
      if (found != NULL)
        uuid = g_strndup (found + strcspn (found, "= ") + 1, 36);
      found = strstr (words, " -i ");
      if (found != NULL)
        shorter = g_strndup (found + 4, 8);
      if (uuid != NULL)
        g_string_replace (expected, "UUID", uuid, 0);
      if (shorter != NULL)
        g_string_replace (expected, "SHORT", shorter, 0);
      g_assert_cmpstr (words, ==, expected->str);
    }
}

static void
test_bad (void)
{
  g_autoptr (GError) type = NULL, words = NULL;

  g_assert_null (words_for ("part / --size=5 --fstype=zfs\n", "root", &type));
  g_assert_cmpstr (type->message, ==, "no file system \"zfs\" is known for root");
  g_assert_null (words_for ("part / --size=5 --mkfsoptions=\"-L 'x\"\n", "root", &words));
  g_assert_cmpstr (words->message, ==, "-:1:31: a quote that is never closed");
}

static void
test_wanted (void)
{
  static const struct
  {
    const char *text;
    gboolean wanted;
  } cases[] = {
    { "part / --size=5\n", TRUE },
    { "part swap --size=5\n", TRUE },
    { "part biosboot --size=1\n", FALSE },
    { "part pv.1 --size=5\n", FALSE },
    { "part raid.1 --size=5\n", FALSE },
    { "part /tmp --fstype=tmpfs\n", FALSE },
    { "part / --onpart=sda1 --noformat\n", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdKickstart) kickstart = sample_kickstart (cases[i].text);
      g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
      g_assert_cmpint (hd_ks_filesystem_wanted (g_ptr_array_index (volumes, volumes->len - 1)), ==,
                       cases[i].wanted);
    }
}

/* What --format cannot make, while --partition can. */
static void
test_check (void)
{
  static const char *const pairs[]
      = { "part pv.1 --size=5\n",
          "-:1:1: part needs devices of the kernel",
          "part / --size=5\nvolgroup v pv.1\n",
          "-:2:1: volgroup needs devices of the kernel",
          "part / --size=5 --encrypted --passphrase=x\n",
          "-:1:1: part --encrypted needs devices of the kernel",
          "part / --onpart=sda1\n",
          "-:1:1: part formats a partition that is there, which is not done here",
          "autopart --type=lvm\n",
          "-:1:1: autopart needs devices of the kernel",
          "mount /dev/sda1 /\n",
          "-:1:1: mount needs devices of the kernel",
          NULL };

  for (const char *const *pair = pairs; *pair != NULL; pair += 2)
    {
      g_autoptr (HdKickstart) kickstart = sample_kickstart (pair[0]);
      g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
      g_autoptr (GError) error = NULL;
      g_assert_false (hd_ks_provision_check (kickstart, volumes, TRUE, &error));
      g_assert_cmpstr (error->message, ==, pair[1]);
      g_assert_true (hd_ks_provision_check (kickstart, volumes, FALSE, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/filesystem/good", test_good);
  g_test_add_func ("/kickstart/filesystem/bad", test_bad);
  g_test_add_func ("/kickstart/filesystem/wanted", test_wanted);
  g_test_add_func ("/kickstart/filesystem/check", test_check);
  return g_test_run ();
}
