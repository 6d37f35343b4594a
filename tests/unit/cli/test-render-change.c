/* Golden texts of results. */
#include "cli/render-change.h"

#include <stdlib.h>

#include "base/error.h"

static void
assert_text (const char *json, guint max_packages, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdResult) result = hd_result_from_text (json, &error);
  char *buffer = NULL;
  size_t size;
  FILE *out = open_memstream (&buffer, &size);

  g_assert_no_error (error);
  hd_render_change (out, result, max_packages);
  fclose (out);
  g_assert_cmpstr (buffer, ==, text);
  free (buffer);
}

static const char upgrade[]
    = "{\"code\":\"ok\",\"message\":\"version 2 is staged\",\"hint\":\"reboot\",\"data\":{"
      "\"download_bytes\":45300000,\"kernel\":{\"from\":\"6.12.1\",\"to\":\"6.12.3\"},"
      "\"signature\":{\"key\":\"ABCD\",\"uid\":\"Builder <b@example.org>\"},"
      "\"packages\":{\"upgraded\":[[\"openssl\",\"3.5.1\",\"3.5.2\"],[\"zlib1g\",\"1\",\"2\"]],"
      "\"added\":[[\"jq\",\"1.7\"]],\"removed\":[[\"nano\",\"8\"]],\"downgraded\":[]}}}";

static void
test_upgrade (void)
{
  assert_text (upgrade, 0,
               "version 2 is staged\n"
               "    Kernel: 6.12.1 -> 6.12.3\n"
               "Downloaded: 45.3 MB\n"
               " Signature: good, key ABCD, Builder <b@example.org>\n"
               "\nUpgraded:\n"
               "  openssl  3.5.1 -> 3.5.2\n"
               "  zlib1g   1 -> 2\n"
               "\nAdded:\n"
               "  jq  1.7\n"
               "\nRemoved:\n"
               "  nano  8\n"
               "\nnext: reboot\n");
}

static void
test_cut (void)
{
  assert_text ("{\"code\":\"ok\",\"message\":\"staged\",\"data\":{\"packages\":{\"added\":"
               "[[\"a\",\"1\"],[\"b\",\"2\"],[\"c\",\"3\"]]}}}",
               1,
               "staged\n"
               "\nAdded:\n"
               "  a  1\n"
               "  and 2 more, with --verbose\n");
}

/* The same kernel, nothing downloaded, no packages: nothing is said of them. */
static void
test_bare (void)
{
  assert_text ("{\"code\":\"ok\",\"message\":\"done\",\"data\":{\"kernel\":{\"from\":\"6\","
               "\"to\":\"6\"},\"download_bytes\":0,\"packages\":{},\"signature\":null}}",
               0, "done\n");
  assert_text ("{\"code\":\"nothing\",\"message\":\"version 2 is the newest\"}", 0,
               "version 2 is the newest\n");
}

static void
test_kargs (void)
{
  assert_text ("{\"code\":\"ok\",\"message\":\"\",\"data\":{\"kargs\":[\"ro\",\"quiet\"]}}", 0,
               "  ro\n  quiet\n");
}

/* What a server says does not steer the terminal, and odd data does no harm. */
static void
test_hostile (void)
{
  assert_text ("{\"code\":\"ok\",\"message\":\"\\u001b[2Jdone\",\"data\":{\"packages\":{"
               "\"added\":[[\"a\\nb\"],[],7],\"upgraded\":\"all\"},\"kernel\":[],"
               "\"download_bytes\":-5}}",
               0,
               "\xef\xbf\xbd[2Jdone\n"
               "\nAdded:\n"
               "  a\xef\xbf\xbd"
               "b  ?\n"
               "  ?    ?\n"
               "  ?    ?\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render-change/upgrade", test_upgrade);
  g_test_add_func ("/render-change/cut", test_cut);
  g_test_add_func ("/render-change/bare", test_bare);
  g_test_add_func ("/render-change/kargs", test_kargs);
  g_test_add_func ("/render-change/hostile", test_hostile);
  return g_test_run ();
}
