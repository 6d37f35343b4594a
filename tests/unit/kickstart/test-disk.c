/* Names of disks and partitions, and what is found on a file. */
#include "kickstart/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "kickstart/target.h"

#define SIZE_BYTES (8u << 20)

static void
test_names (void)
{
  g_autoptr (HdKsDisk) sda = hd_ks_disk_new ("sda", "/tmp/a.raw", SIZE_BYTES);
  g_autoptr (HdKsDisk) any = hd_ks_disk_new (NULL, "a.raw", SIZE_BYTES);

  g_assert_true (hd_ks_disk_is (sda, "sda"));
  g_assert_true (hd_ks_disk_is (sda, "/dev/sda"));
  g_assert_true (hd_ks_disk_is (sda, "/tmp/a.raw"));
  g_assert_true (hd_ks_disk_is (sda, "sd?"));
  g_assert_true (hd_ks_disk_is (sda, "/dev/sd[ab]"));
  g_assert_false (hd_ks_disk_is (sda, "sd"));
  g_assert_false (hd_ks_disk_is (sda, "sdaa"));
  g_assert_true (hd_ks_disk_is (any, "vda"));
}

static void
test_partitions (void)
{
  static const struct
  {
    const char *disk, *name;
    gboolean here;
    guint number; /* 0: not there */
  } cases[] = {
    { "sda", "sda2", TRUE, 2 },          { "sda", "/dev/sda2", TRUE, 2 },
    { "sda", "sda3", TRUE, 0 },          { "sda", "sda", FALSE, 0 },
    { "sda", "sdb2", FALSE, 0 },         { "sda", "sdaa2", FALSE, 0 },
    { "nvme0n1", "nvme0n1p2", TRUE, 2 }, { "nvme0n1", "/dev/nvme0n1p9", TRUE, 0 },
    { "sda", "LABEL=sda2", FALSE, 0 },   { "sda", "sda2x", FALSE, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdKsDisk) disk = hd_ks_disk_new (cases[i].disk, "x", SIZE_BYTES);
      const HdKsPartition *partition;
      gboolean here;
      hd_ks_disk_add (disk, 2, 1048576, 1048576, "83", NULL);
      partition = hd_ks_disk_partition (disk, cases[i].name, &here);
      g_assert_cmpint (here, ==, cases[i].here);
      g_assert_cmpuint (partition != NULL ? partition->number : 0, ==, cases[i].number);
    }
}

/* A file of zeros with some bytes at a place; the caller removes it. */
static char *
make_file (goffset place, const char *bytes)
{
  g_autofree char *folder = g_dir_make_tmp ("kickstart-XXXXXX", NULL);
  char *path = g_build_filename (folder, "disk", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, SIZE_BYTES), ==, 0);
  g_assert_cmpint (pwrite (fd, bytes, strlen (bytes), place), ==, (gssize)strlen (bytes));
  close (fd);
  return path;
}

static void
remove_file (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_content (void)
{
  static const struct
  {
    goffset place;
    const char *bytes;
    HdKsTable table;
  } cases[] = {
    { 0, "", HD_KS_TABLE_NONE },
    { 4096, "something", HD_KS_TABLE_UNKNOWN },
    { SIZE_BYTES - 20, "something", HD_KS_TABLE_UNKNOWN },
    { SIZE_BYTES / 2, "something", HD_KS_TABLE_NONE },
    { 510, "\x55\xaa", HD_KS_TABLE_OTHER },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = make_file (cases[i].place, cases[i].bytes);
      g_autoptr (GError) error = NULL;
      g_autoptr (HdKsDisk) disk = hd_ks_disk_read ("sda", path, &error);
      g_assert_no_error (error);
      g_assert_cmpint (disk->table, ==, cases[i].table);
      g_assert_cmpuint (disk->size_bytes, ==, SIZE_BYTES);
      g_assert_cmpuint (disk->sector_bytes, ==, 512);
      g_assert_cmpuint (disk->partitions->len, ==, 0);
      remove_file (path);
    }
}

static void
test_target (void)
{
  g_autofree char *path = make_file (0, "");
  g_autofree char *named = g_strconcat ("sda=", path, NULL);
  const char *const one[] = { path, NULL };
  const char *const two[] = { named, path, NULL };
  const char *const same[] = { named, named, NULL };
  const char *const none[] = { "/nowhere.raw", NULL };
  g_autoptr (GError) unnamed = NULL, twice = NULL, missing = NULL;
  g_autoptr (GPtrArray) disks = hd_ks_target_read (one, NULL);

  g_assert_cmpuint (disks->len, ==, 1);
  g_assert_null (((const HdKsDisk *)g_ptr_array_index (disks, 0))->name);
  g_assert_null (hd_ks_target_read (two, &unnamed));
  g_assert_cmpint (hd_error_code (unnamed), ==, HD_USAGE);
  g_assert_null (hd_ks_target_read (same, &twice));
  g_assert_cmpstr (twice->message, ==, "two disks with the name sda");
  g_assert_null (hd_ks_target_read (none, &missing));
  g_assert_cmpint (hd_error_code (missing), ==, HD_NOT_FOUND);
  remove_file (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/disk/names", test_names);
  g_test_add_func ("/kickstart/disk/partitions", test_partitions);
  g_test_add_func ("/kickstart/disk/content", test_content);
  g_test_add_func ("/kickstart/disk/target", test_target);
  return g_test_run ();
}
