/* What --dry-run prints. */
#include "tools/plan.h"

#include "base/error.h"
#include "sample.h"

static char *
printed (GPtrArray *plan)
{
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream (&text, &length);
  hd_plan_print (plan, out);
  fclose (out);
  return text;
}

static HdBuild
sample_build (const HdDefinition *definition)
{
  static GPtrArray *formats;
  static const char *const names[] = { "qcow2", NULL };
  if (formats == NULL)
    formats = hd_format_choose (names, NULL);
  return (HdBuild){
    .definition = definition,
    .version = "7",
    .repo = "/out/repo",
    .output = "/out",
    .cache = "/cache",
    .key_home = "/cache/keys",
    .formats = formats,
  };
}

static char *
titles (HdPlanParts parts, gboolean ordinary_user, const char *more)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdDefinition) definition = sample_definition (more, &error);
  g_assert_no_error (error);
  HdBuild build = sample_build (definition);
  g_autoptr (GPtrArray) plan = hd_plan_new (&build, parts, ordinary_user);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < plan->len; i++)
    {
      const HdStep *step = g_ptr_array_index (plan, i);
      g_string_append_printf (text, "%s;", step->title);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static const struct
{
  HdPlanParts parts;
  gboolean ordinary_user;
  const char *more;
  const char *titles;
} cases[] = {
  { HD_PLAN_COMPOSE, FALSE, "", "Signing key;Tree of packages;Commit;" },
  { HD_PLAN_COMPOSE, TRUE, "[Agent]\nSource=..\nBuild=gcc\n",
    "Agent's package;Signing key;Tree of packages;Commit;" },
  { HD_PLAN_DISK, FALSE, "", "Find the commit;Deployed sysroot;Disk;" },
  { HD_PLAN_DISK, TRUE, "", "Find the commit;Disk, in a user namespace;" },
  { HD_PLAN_IMAGES, FALSE, "", "Find the commit;Images;" },
  { HD_PLAN_IMAGES | HD_PLAN_SUMS, FALSE, "", "Signing key;Find the commit;Images;Sums;" },
  { HD_PLAN_COMPOSE | HD_PLAN_DISK | HD_PLAN_IMAGES | HD_PLAN_SUMS, FALSE, "",
    "Signing key;Tree of packages;Commit;Deployed sysroot;Disk;Images;Sums;" },
};

static void
test_steps (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = titles (cases[i].parts, cases[i].ordinary_user, cases[i].more);
      g_assert_cmpstr (text, ==, cases[i].titles);
    }
}

/* The whole text of a disk's plan; that of mmdebstrap is in test-bootstrap.c. */
static void
test_text (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdDefinition) definition = sample_definition ("", &error);
  g_assert_no_error (error);
  HdBuild build = sample_build (definition);
  g_autoptr (GPtrArray) plan = hd_plan_new (&build, HD_PLAN_DISK, FALSE);
  g_autofree char *text = printed (plan);
  g_assert_cmpstr (text, ==,
                   "1. Find the commit\n"
                   "   sample/amd64/stable in /out/repo\n"
                   "2. Deployed sysroot\n"
                   "   stateroot sample from /out/repo, kernel arguments rw panic=30\n"
                   "3. Disk\n"
                   "   /out/sample-7.raw of 4.3 GB\n"
                   "   EFI system partition 67.1 MB, /boot 536.9 MB, the root takes the rest\n"
                   "   /boot/grub/grub.cfg is /def/grub.cfg\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/steps", test_steps);
  g_test_add_func ("/plan/text", test_text);
  return g_test_run ();
}
