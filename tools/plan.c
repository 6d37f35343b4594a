/* The steps of each part, and the words that describe them. */
#include "tools/plan.h"

#include <string.h>

#include "base/output.h"
#include "tools/bootstrap.h"

static void
step_free (HdStep *step)
{
  g_free (step->detail);
  g_free (step);
}

/* `detail` is taken over. */
static void
add (GPtrArray *plan, const char *title, gboolean (*run) (HdBuild *build, GError **error),
     char *detail)
{
  HdStep *step = g_new0 (HdStep, 1);
  *step = (HdStep){ .title = title, .detail = detail, .run = run };
  g_ptr_array_add (plan, step);
}

/* As a person would type it. */
static char *
command_line (char **argv)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (char **argument = argv; *argument != NULL; argument++)
    {
      gboolean plain = strpbrk (*argument, " \"'$*?;&|<>()") == NULL;
      g_autofree char *quoted = plain ? g_strdup (*argument) : g_shell_quote (*argument);
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n  " : "", quoted);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
describe_agent (const HdBuild *build)
{
  if (build->package != NULL)
    return g_strdup_printf ("use %s", build->package);
  g_autofree char *packages = g_strjoinv (" ", build->definition->agent_build);
  return g_strdup_printf ("build %s in a kept root of %s with\n  %s",
                          build->definition->agent_source, build->definition->suite, packages);
}

static char *
describe_tree (const HdBuild *build)
{
  const HdDefinition *definition = build->definition;
  g_autofree char *debs = g_build_filename (build->cache, "debs", NULL);
  g_autofree char *stage = g_build_filename (build->cache, "build", "stage", NULL);
  g_autofree char *tar = g_build_filename (build->cache, "build", "tree.tar", NULL);
  const HdBootstrap bootstrap = {
    .suite = definition->suite,
    .arch = definition->arch,
    .packages = (const char *const *)definition->packages,
    .mirrors = build->mirrors,
    .debs = debs,
    .stage = stage,
    .output = tar,
  };
  g_auto (GStrv) argv = hd_bootstrap_argv (&bootstrap);
  g_autofree char *command = command_line (argv);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < definition->overlays->len; i++)
    {
      const HdOverlay *overlay = g_ptr_array_index (definition->overlays, i);
      g_string_append_printf (text, "lay %s over %s\n", overlay->source, overlay->target);
    }
  g_string_append (text, command);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
describe_commit (const HdBuild *build)
{
  return g_strdup_printf ("branch %s of %s, version %s, signed by \"%s\"\n"
                          "updates from remote %s at %s",
                          build->definition->ref, build->repo, build->version,
                          build->definition->key_name, build->definition->remote,
                          build->definition->remote_url);
}

static char *
describe_sysroot (const HdBuild *build)
{
  g_autofree char *kargs = g_strjoinv (" ", build->definition->kargs);
  return g_strdup_printf ("stateroot %s from %s, kernel arguments %s", build->definition->stateroot,
                          build->repo, kargs);
}

static char *
describe_disk (const HdBuild *build)
{
  const HdDefinition *definition = build->definition;
  g_autofree char *size = hd_format_size (definition->disk_bytes);
  g_autofree char *esp = hd_format_size (definition->esp_bytes);
  g_autofree char *boot = hd_format_size (definition->boot_bytes);
  return g_strdup_printf ("%s/%s-%s.raw of %s\n"
                          "EFI system partition %s, /boot %s, the root takes the rest\n"
                          "/boot/grub/grub.cfg is %s",
                          build->output, definition->name,
                          build->version != NULL ? build->version : "VERSION", size, esp, boot,
                          definition->grub_config);
}

static char *
describe_images (const HdBuild *build)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < build->formats->len; i++)
    {
      const HdFormat *format = g_ptr_array_index (build->formats, i);
      g_string_append_printf (
          text, "%s%s/%s-%s%s: %s", i > 0 ? "\n" : "", build->output, build->definition->name,
          build->version != NULL ? build->version : "VERSION", format->suffix, format->summary);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

GPtrArray *
hd_plan_new (const HdBuild *build, HdPlanParts parts, gboolean ordinary_user)
{
  GPtrArray *plan = g_ptr_array_new_with_free_func ((GDestroyNotify)step_free);
  gboolean agent = build->package != NULL || build->definition->agent_source != NULL;
  if ((parts & HD_PLAN_PACKAGE) != 0 || ((parts & HD_PLAN_COMPOSE) != 0 && agent))
    add (plan, "Agent's package", hd_build_agent, describe_agent (build));
  if ((parts & (HD_PLAN_COMPOSE | HD_PLAN_SUMS)) != 0)
    add (plan, "Signing key", hd_build_key,
         g_strdup_printf ("\"%s\" in %s, made when it is not there", build->definition->key_name,
                          build->key_home));
  if ((parts & HD_PLAN_COMPOSE) != 0)
    {
      add (plan, "Tree of packages", hd_build_tree, describe_tree (build));
      add (plan, "Commit", hd_build_commit, describe_commit (build));
    }
  else if ((parts & (HD_PLAN_DISK | HD_PLAN_IMAGES)) != 0)
    add (plan, "Find the commit", hd_build_find_commit,
         g_strdup_printf ("%s in %s",
                          build->ref_or_commit != NULL ? build->ref_or_commit
                                                       : build->definition->ref,
                          build->repo));
  if ((parts & HD_PLAN_DISK) != 0 && ordinary_user)
    {
      g_autofree char *sysroot = describe_sysroot (build);
      g_autofree char *disk = describe_disk (build);
      add (plan, "Disk, in a user namespace", hd_build_disk_in_namespace,
           g_strjoin ("\n", sysroot, disk, NULL));
    }
  else if ((parts & HD_PLAN_DISK) != 0)
    {
      add (plan, "Deployed sysroot", hd_build_sysroot, describe_sysroot (build));
      add (plan, "Disk", hd_build_disk, describe_disk (build));
    }
  if ((parts & HD_PLAN_IMAGES) != 0)
    add (plan, "Images", hd_build_images, describe_images (build));
  if ((parts & HD_PLAN_SUMS) != 0)
    add (plan, "Sums", hd_build_sums,
         g_strdup_printf ("%s/SHA256SUMS, signed by \"%s\"\n"
                          "lists of packages (SPDX, CycloneDX), provenance, the definition",
                          build->output, build->definition->key_name));
  return plan;
}

void
hd_plan_print (GPtrArray *plan, FILE *out)
{
  for (guint i = 0; i < plan->len; i++)
    {
      const HdStep *step = g_ptr_array_index (plan, i);
      g_auto (GStrv) lines = g_strsplit (step->detail, "\n", -1);
      fprintf (out, "%u. %s\n", i + 1, step->title);
      for (char **line = lines; *line != NULL; line++)
        fprintf (out, "   %s\n", *line);
    }
}

gboolean
hd_plan_run (GPtrArray *plan, HdBuild *build, GError **error)
{
  for (guint i = 0; i < plan->len; i++)
    {
      const HdStep *step = g_ptr_array_index (plan, i);
      g_autofree char *title = g_strdup_printf ("[%u/%u] %s", i + 1, plan->len, step->title);
      hd_progress_phase (build->progress, title);
      if (!step->run (build, error))
        {
          g_prefix_error (error, "%s: ", step->title);
          return FALSE;
        }
    }
  return TRUE;
}
