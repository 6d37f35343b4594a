/* state/pkgdiff: what was upgraded, downgraded, added, removed, and the JSON of it. */
#include "state/pkgdiff.h"

#include "common/cleanup.h"
#include "state/commit.h"

static GVariant *
packages (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *list
      = g_variant_parse (G_VARIANT_TYPE (HD_COMMIT_PACKAGES_TYPE), text, NULL, NULL, &error);
  g_assert_no_error (error);
  return list;
}

static void
assert_diff (const char *old_text, const char *new_text, const char *expected)
{
  g_autoptr (GVariant) old_list = old_text != NULL ? packages (old_text) : NULL;
  g_autoptr (GVariant) new_list = new_text != NULL ? packages (new_text) : NULL;
  g_autoptr (HdPkgDiff) diff = hd_pkgdiff_new (old_list, new_list);
  /* The difference keeps what it needs of the lists. */
  g_clear_pointer (&old_list, g_variant_unref);
  g_clear_pointer (&new_list, g_variant_unref);
  hd_autojson json = hd_pkgdiff_to_json (diff);
  hd_autofree char *text = hd_json_to_text (json, false);
  g_assert_cmpstr (text, ==, expected);
}

#define NOTHING "{\"upgraded\":[],\"added\":[],\"removed\":[],\"downgraded\":[]}"

static void
test_kinds (void)
{
  assert_diff ("[('bash','5.2-1','amd64'), ('dash','1-1','amd64'), ('less','2-1','amd64'),"
               " ('sed','4.9-2','amd64'), ('zsh','5-1','amd64')]",
               "[('bash','5.2-1+b1','amd64'), ('curl','8-1','amd64'), ('dash','1-1','amd64'),"
               " ('sed','4.9-2~deb13u1','amd64'), ('zsh','6-1','amd64')]",
               "{\"upgraded\":[[\"bash\",\"5.2-1\",\"5.2-1+b1\"],[\"zsh\",\"5-1\",\"6-1\"]],"
               "\"added\":[[\"curl\",\"8-1\"]],\"removed\":[[\"less\",\"2-1\"]],"
               "\"downgraded\":[[\"sed\",\"4.9-2\",\"4.9-2~deb13u1\"]]}");
}

/* A list that a stranger wrote need not be in order; what is told is. */
static void
test_order (void)
{
  assert_diff ("[('z','1','amd64'), ('b','1','amd64'), ('a','1','amd64')]",
               "[('y','1','amd64'), ('c','1','amd64'), ('a','2','amd64'), ('x','1','amd64')]",
               "{\"upgraded\":[[\"a\",\"1\",\"2\"]],"
               "\"added\":[[\"c\",\"1\"],[\"x\",\"1\"],[\"y\",\"1\"]],"
               "\"removed\":[[\"b\",\"1\"],[\"z\",\"1\"]],\"downgraded\":[]}");
}

/* Two architectures of a name are two packages. */
static void
test_architectures (void)
{
  assert_diff ("[('libc6','1','amd64'), ('libc6','1','i386')]",
               "[('libc6','2','amd64'), ('libc6','1','arm64')]",
               "{\"upgraded\":[[\"libc6\",\"1\",\"2\"]],\"added\":[[\"libc6\",\"1\"]],"
               "\"removed\":[[\"libc6\",\"1\"]],\"downgraded\":[]}");
}

static void
test_nothing (void)
{
  assert_diff ("[('a','1','amd64')]", "[('a','1','amd64')]", NOTHING);
  assert_diff ("[]", "[]", NOTHING);
  assert_diff (NULL, "[('a','1','amd64')]", NOTHING);
  assert_diff ("[('a','1','amd64')]", NULL, NOTHING);
  assert_diff (NULL, NULL, NOTHING);
}

/* Other text, same version for dpkg: told as an upgrade, since something did change. */
static void
test_equal_versions (void)
{
  assert_diff ("[('a','1.0','amd64')]", "[('a','0:1.0-0','amd64')]",
               "{\"upgraded\":[[\"a\",\"1.0\",\"0:1.0-0\"]],\"added\":[],\"removed\":[],"
               "\"downgraded\":[]}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pkgdiff/kinds", test_kinds);
  g_test_add_func ("/pkgdiff/order", test_order);
  g_test_add_func ("/pkgdiff/architectures", test_architectures);
  g_test_add_func ("/pkgdiff/nothing", test_nothing);
  g_test_add_func ("/pkgdiff/equal-versions", test_equal_versions);
  return g_test_run ();
}
