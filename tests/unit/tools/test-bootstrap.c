/* The arguments of mmdebstrap. */
#include "tools/bootstrap.h"

#include <string.h>

static char *
joined_argv (const HdBootstrap *bootstrap)
{
  g_auto (GStrv) argv = hd_bootstrap_argv (bootstrap);
  return g_strjoinv ("\n", argv);
}

static void
test_with_hooks (void)
{
  const char *const packages[] = { "bash", "less", NULL };
  const char *const mirrors[] = { "http://mirror.example/debian", NULL };
  const HdBootstrap bootstrap = {
    .suite = "trixie",
    .arch = "amd64",
    .packages = packages,
    .mirrors = mirrors,
    .debs = "/cache/with space",
    .stage = "/stage",
    .output = "/out.tar",
  };
  g_autofree char *text = joined_argv (&bootstrap);
  g_assert_cmpstr (text, ==,
                   "mmdebstrap\n"
                   "--variant=minbase\n"
                   "--format=tar\n"
                   "--architectures=amd64\n"
                   "--include=bash,less\n"
                   "--skip=download/empty,essential/unlink,output/dev\n"
                   "--setup-hook=mkdir -p \"$1/var/cache/apt/archives\"\n"
                   "--setup-hook=sync-in '/cache/with space' /var/cache/apt/archives\n"
                   "--essential-hook=mkdir \"$1/atomic-image\"\n"
                   "--essential-hook=sync-in '/stage' /atomic-image\n"
                   "--essential-hook=chroot \"$1\" sh /atomic-image/essential\n"
                   "--customize-hook=chroot \"$1\" sh /atomic-image/customize\n"
                   "--customize-hook=rm -rf \"$1/var/cache/apt/archives/partial\" "
                   "\"$1/var/cache/apt/archives/lock\"\n"
                   "--customize-hook=sync-out /var/cache/apt/archives '/cache/with space'\n"
                   "trixie\n"
                   "/out.tar\n"
                   "http://mirror.example/debian");
}

/* A plain root, as the one that builds the agent: no hooks of a definition. */
static void
test_without_hooks (void)
{
  const char *const packages[] = { "gcc", NULL };
  const HdBootstrap bootstrap = {
    .suite = "trixie",
    .arch = "amd64",
    .packages = packages,
    .debs = "/debs",
    .output = "/root.tar",
  };
  g_autofree char *text = joined_argv (&bootstrap);
  g_assert_null (strstr (text, "atomic-image"));
  g_assert_true (g_str_has_suffix (text, "\ntrixie\n/root.tar"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bootstrap/with-hooks", test_with_hooks);
  g_test_add_func ("/bootstrap/without-hooks", test_without_hooks);
  return g_test_run ();
}
