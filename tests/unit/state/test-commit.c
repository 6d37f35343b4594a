/* state/commit: what is taken from a commit object, and what is refused as one. */
#include "state/commit.h"

#include "base/error.h"
#include "sample-sysroot.h"

static void
test_all (void)
{
  g_autoptr (GVariant) value
      = sample_commit_value ("{'version': <'13.1'>, 'ostree.architecture': <'x86_64'>, "
                             "'ostree.linux': <'6.12.1'>, "
                             "'atomic.packages': <[('bash', '5.2-1', 'amd64')]>}",
                             1767323045);
  g_autoptr (HdCommit) commit = hd_commit_from_variant (value);
  g_assert_cmpstr (commit->version, ==, "13.1");
  g_assert_cmpstr (commit->architecture, ==, "x86_64");
  g_assert_cmpstr (commit->kernel, ==, "6.12.1");
  g_assert_cmpint (commit->timestamp, ==, 1767323045);
  g_autofree char *packages = g_variant_print (commit->packages, FALSE);
  g_assert_cmpstr (packages, ==, "[('bash', '5.2-1', 'amd64')]");
}

/* What is of another type than ours is not ours. */
static void
test_other_types (void)
{
  g_autoptr (GVariant) value
      = sample_commit_value ("{'version': <13>, 'ostree.architecture': <['a']>, "
                             "'ostree.linux': <true>, 'atomic.packages': <[('bash', '5.2-1')]>}",
                             0);
  g_autoptr (GVariant) bare = sample_commit_value ("@a{sv} {}", G_MAXUINT32);
  g_autoptr (HdCommit) other = hd_commit_from_variant (value);
  g_autoptr (HdCommit) none = hd_commit_from_variant (bare);
  const HdCommit *commits[] = { other, none };
  for (gsize i = 0; i < G_N_ELEMENTS (commits); i++)
    {
      g_assert_null (commits[i]->version);
      g_assert_null (commits[i]->architecture);
      g_assert_null (commits[i]->kernel);
      g_assert_null (commits[i]->packages);
    }
  g_assert_cmpint (none->timestamp, ==, G_MAXUINT32);
}

static void
test_read (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  sample_commit (f, SAMPLE_A, "{'version': <'1'>}", 7);
  g_autoptr (HdCommit) commit = hd_commit_read (f->fd, SAMPLE_A, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (commit->version, ==, "1");
  g_assert_cmpint (commit->timestamp, ==, 7);
}

static void
assert_read_refused (const Folder *f, const char *checksum, hd_code code, const char *part)
{
  g_autoptr (GError) error = NULL;
  HdCommit *commit = hd_commit_read (f->fd, checksum, &error);
  g_assert_null (commit);
  assert_refused (error, code, part);
}

static void
test_read_refused (Folder *f, gconstpointer data)
{
  g_autofree char *path = sample_commit_path (SAMPLE_A);
  assert_read_refused (f, SAMPLE_A, HD_NOT_FOUND, "reading commit " SAMPLE_A);
  assert_read_refused (f, "../../../etc/passwd", HD_NOT_FOUND, "is no commit");
  assert_read_refused (f, "", HD_NOT_FOUND, "is no commit");
  folder_write (f, path, "");
  assert_read_refused (f, SAMPLE_A, HD_CORRUPT, "commit " SAMPLE_A " is damaged");
  folder_write (f, path, "not a commit");
  assert_read_refused (f, SAMPLE_A, HD_CORRUPT, "commit " SAMPLE_A " is damaged");
  g_autoptr (GVariant) value = sample_commit_value ("{'version': <'1'>}", 7);
  folder_write_bytes (f, path, g_variant_get_data (value), g_variant_get_size (value) - 1);
  assert_read_refused (f, SAMPLE_A, HD_CORRUPT, "commit " SAMPLE_A " is damaged");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/commit/all", test_all);
  g_test_add_func ("/commit/other-types", test_other_types);
  folder_test ("/commit/read", test_read);
  folder_test ("/commit/read-refused", test_read_refused);
  return g_test_run ();
}
