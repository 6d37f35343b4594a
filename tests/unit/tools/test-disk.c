/* The partitions of a disk, and the identifiers that follow from its commit. */
#include "tools/disk.h"

#include "sample.h"

#define COMMIT "4e244c6dd7be5f62dff91c485b8c4e1a18e7e08e60452a4d04366673e27f94a2"

static void
test_script (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdDefinition) definition = sample_definition ("", &error);
  g_assert_no_error (error);
  g_auto (HdDiskIds) ids = { 0 };
  hd_disk_ids_init (&ids, COMMIT);
  g_autofree char *script = hd_disk_sfdisk_script (definition, &ids);
  g_auto (GStrv) lines = g_strsplit (script, "\n", -1);

  g_assert_cmpstr (lines[0], ==, "label: gpt");
  /* 1 MiB, then 1, 64 and 512 MiB; the root takes the rest but the last MiB. */
  g_assert_true (g_str_has_prefix (lines[3], "start=2048, size=2048, type=21686148-"));
  g_assert_true (g_str_has_prefix (lines[4], "start=4096, size=131072, type=C12A7328-"));
  g_assert_true (g_str_has_prefix (lines[5], "start=135168, size=1048576, type=BC13C2FF-"));
  g_assert_true (g_str_has_prefix (lines[6], "start=1183744, size=7202816, type=4F68BCE3-"));
  g_assert_cmpuint (1183744 + 7202816 + 2048, ==, definition->disk_bytes / 512);
  g_assert_cmpstr (lines[7], ==, "");
}

static void
test_ids (void)
{
  g_auto (HdDiskIds) one = { 0 };
  g_auto (HdDiskIds) same = { 0 };
  g_auto (HdDiskIds) other = { 0 };
  hd_disk_ids_init (&one, COMMIT);
  hd_disk_ids_init (&same, COMMIT);
  hd_disk_ids_init (&other, "5" COMMIT);
  g_assert_cmpstr (one.root, ==, same.root);
  g_assert_cmpstr (one.esp_volume, ==, same.esp_volume);
  g_assert_cmpuint (strlen (one.esp_volume), ==, 8);
  g_assert_cmpstr (one.root, !=, one.boot);
  g_assert_cmpstr (one.root, !=, other.root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/disk/script", test_script);
  g_test_add_func ("/disk/ids", test_ids);
  return g_test_run ();
}
