/* Digests of texts and folders, and the identifiers that follow from them. */
#include "tools/digest.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static char *
digest_of_tree (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdDigest) digest = hd_digest_new ();
  gboolean ok = hd_digest_tree (digest, path, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  return hd_digest_finish (digest);
}

static void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* Two texts never count as one long one. */
static void
test_boundaries (void)
{
  g_autoptr (HdDigest) one = hd_digest_new ();
  g_autoptr (HdDigest) two = hd_digest_new ();
  hd_digest_text (one, "ab", "c");
  hd_digest_text (two, "a", "bc");
  g_autofree char *first = hd_digest_finish (one);
  g_autofree char *second = hd_digest_finish (two);
  g_assert_cmpstr (first, !=, second);
}

static void
test_tree (void)
{
  g_autofree char *folder = g_dir_make_tmp ("digest-XXXXXX", NULL);
  g_autofree char *program = g_build_filename (folder, "b", NULL);
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  write_file (folder, "a", "one");
  write_file (folder, "b", "two");
  g_autofree char *before = digest_of_tree (folder);
  g_autofree char *again = digest_of_tree (folder);
  g_assert_cmpstr (before, ==, again);

  g_assert_cmpint (g_chmod (program, 0755), ==, 0);
  g_autofree char *executable = digest_of_tree (folder);
  g_assert_cmpstr (before, !=, executable);
  g_assert_cmpint (symlink ("nowhere", link), ==, 0);
  g_autofree char *linked = digest_of_tree (folder);
  g_assert_cmpstr (executable, !=, linked);

  g_unlink (link);
  g_unlink (program);
  g_autofree char *a = g_build_filename (folder, "a", NULL);
  g_unlink (a);
  g_rmdir (folder);
}

static void
test_missing (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdDigest) digest = hd_digest_new ();
  g_assert_false (hd_digest_tree (digest, "/nonexistent/file", &error));
  g_assert_error (error, HD_ERROR, HD_NOT_FOUND);
}

static void
test_uuid (void)
{
  g_autofree char *root = hd_digest_uuid ("seed", "root");
  g_autofree char *again = hd_digest_uuid ("seed", "root");
  g_autofree char *boot = hd_digest_uuid ("seed", "boot");
  g_assert_true (g_uuid_string_is_valid (root));
  g_assert_cmpint (root[14], ==, '8');
  g_assert_cmpstr (root, ==, again);
  g_assert_cmpstr (root, !=, boot);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/digest/boundaries", test_boundaries);
  g_test_add_func ("/digest/tree", test_tree);
  g_test_add_func ("/digest/missing", test_missing);
  g_test_add_func ("/digest/uuid", test_uuid);
  return g_test_run ();
}
