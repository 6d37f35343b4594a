/* state/kargs: splitting as the kernel does, hiding what is ours, looking up. */
#include "state/kargs.h"

#include "folder.h"

static void
test_split (void)
{
  static const struct
  {
    const char *text;
    const char *words;
  } cases[] = {
    { NULL, "" },
    { "", "" },
    { "  \t\n", "" },
    { "quiet", "quiet" },
    { " root=UUID=1  quiet\trw\n", "root=UUID=1|quiet|rw" },
    { "a=\"b c\" d", "a=\"b c\"|d" },
    { "\"a=b c\" d", "\"a=b c\"|d" },
    { "a=\"b  c\"\"d e\"f g", "a=\"b  c\"\"d e\"f|g" },
    { "a=\"b c d", "a=\"b c d" },
    { "a='b c'", "a='b|c'" },
    { "a=b\\ c", "a=b\\|c" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) words = hd_kargs_split (cases[i].text);
      assert_words ((const char *const *)words, cases[i].words);
    }
}

static void
test_visible (void)
{
  static const char *const kargs[] = { "quiet",
                                       "ostree=/ostree/boot.0/d/1/0",
                                       "ostreefs=x",
                                       "atomic.deployment=01234567.0",
                                       "atomic.deployments=3",
                                       "ostree",
                                       "rw",
                                       NULL };
  g_auto (GStrv) visible = hd_kargs_visible (kargs);
  g_auto (GStrv) none = hd_kargs_visible (NULL);
  assert_words ((const char *const *)visible, "quiet|ostreefs=x|atomic.deployments=3|rw");
  assert_words ((const char *const *)none, "");
}

static void
test_get (void)
{
  static const char *const kargs[]
      = { "root=UUID=1", "quiet", "console=tty0", "console=ttyS0,115200n8", "empty=", NULL };
  g_assert_cmpstr (hd_kargs_get (kargs, "root"), ==, "UUID=1");
  g_assert_cmpstr (hd_kargs_get (kargs, "console"), ==, "ttyS0,115200n8");
  g_assert_cmpstr (hd_kargs_get (kargs, "quiet"), ==, "");
  g_assert_cmpstr (hd_kargs_get (kargs, "empty"), ==, "");
  g_assert_null (hd_kargs_get (kargs, "roo"));
  g_assert_null (hd_kargs_get (kargs, "rootfstype"));
  g_assert_null (hd_kargs_get (NULL, "root"));
}

static void
test_has_key (void)
{
  g_assert_true (hd_karg_has_key ("a=b", "a"));
  g_assert_true (hd_karg_has_key ("a", "a"));
  g_assert_false (hd_karg_has_key ("ab=c", "a"));
  g_assert_false (hd_karg_has_key ("a", "ab"));
  g_assert_false (hd_karg_has_key ("", "a"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kargs/split", test_split);
  g_test_add_func ("/kargs/visible", test_visible);
  g_test_add_func ("/kargs/get", test_get);
  g_test_add_func ("/kargs/has-key", test_has_key);
  return g_test_run ();
}
