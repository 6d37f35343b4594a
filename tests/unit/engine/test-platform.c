/* engine/platform: names, and which of several fits. */
#include "engine/platform.h"

#include "base/error.h"

static void
test_parse (void)
{
  static const char *const cases[][2] = {
    { "linux/amd64", "linux/amd64" },
    { "linux/x86_64", "linux/amd64" },
    { "aarch64", "linux/arm64" },
    { "linux/arm/v6", "linux/arm/v6" },
    { "armhf", "linux/arm/v7" },
    { "windows/amd64", "windows/amd64" },
    { "linux/arm64/v8", "linux/arm64/v8" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HdPlatform) platform = hd_platform_parse (cases[i][0], NULL);
      g_autofree char *text = hd_platform_text (platform);
      g_assert_cmpstr (text, ==, cases[i][1]);
    }
  static const char *const bad[] = { "", "/", "linux/", "a/b/c/d", "linux/a b", "linux/../x" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (hd_platform_parse (bad[i], &error));
      g_assert_cmpint (hd_error_code (error), ==, HD_USAGE);
    }
}

static int
score (const char *wanted, const char *architecture, const char *variant)
{
  g_autoptr (HdPlatform) platform = hd_platform_parse (wanted, NULL);
  return hd_platform_score (platform, "linux", architecture, variant);
}

static void
test_score (void)
{
  g_assert_cmpint (score ("linux/amd64", "amd64", NULL), >, 0);
  g_assert_cmpint (score ("linux/amd64", "arm64", NULL), ==, 0);
  g_assert_cmpint (score ("windows/amd64", "amd64", NULL), ==, 0);
  g_assert_cmpint (score ("linux/arm64", "arm64", "v8"), >, 0);
  g_assert_cmpint (score ("linux/arm64/v8", "arm64", NULL), >, 0);
  /* Older ones run on newer machines, and the newest is the best. */
  g_assert_cmpint (score ("linux/arm/v7", "arm", "v6"), >, 0);
  g_assert_cmpint (score ("linux/arm/v7", "arm", "v7"), >, score ("linux/arm/v7", "arm", "v6"));
  g_assert_cmpint (score ("linux/arm/v6", "arm", "v7"), ==, 0);
  g_assert_cmpint (score ("linux/arm/v6", "arm", "odd"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/platform/parse", test_parse);
  g_test_add_func ("/platform/score", test_score);
  return g_test_run ();
}
