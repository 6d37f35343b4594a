/* The step of a build that writes what goes with its images. */
#include <ostree.h>

#include "base/error.h"
#include "tools/build.h"
#include "tools/sums.h"

/* The definition and what was laid over it, one after the other. */
static char *
definition_text (const HdBuild *build, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  g_ptr_array_add (paths, (gpointer)build->definition_path);
  for (const char *const *with = build->with; with != NULL && *with != NULL; with++)
    g_ptr_array_add (paths, (gpointer)*with);
  for (guint i = 0; i < paths->len; i++)
    {
      g_autofree char *one = NULL;
      if (!g_file_get_contents (g_ptr_array_index (paths, i), &one, NULL, error))
        return NULL;
      g_autofree char *name = g_path_get_basename (g_ptr_array_index (paths, i));
      g_string_append_printf (text, "%s# ---- %s\n%s", i > 0 ? "\n" : "", name, one);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static GVariant *
commit_metadata (const HdBuild *build, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (build->repo);
  g_autoptr (OstreeRepo) repo = ostree_repo_new (file);
  g_autoptr (GVariant) object = NULL;
  if (!ostree_repo_open (repo, build->cancellable, error)
      || !ostree_repo_load_variant (repo, OSTREE_OBJECT_TYPE_COMMIT, build->commit, &object, error))
    return NULL;
  return g_variant_get_child_value (object, 0);
}

gboolean
hd_build_sums (HdBuild *build, GError **error)
{
  const HdDefinition *definition = build->definition;
  g_autofree char *text = definition_text (build, error);
  g_autoptr (GVariant) metadata = text != NULL ? commit_metadata (build, error) : NULL;
  if (metadata == NULL)
    return FALSE;
  g_autofree char *base = g_strdup_printf ("%s-%s", definition->name, build->commit_version);
  g_autoptr (GVariant) packages
      = g_variant_lookup_value (metadata, "atomic.packages", G_VARIANT_TYPE ("a(sss)"));
  g_autoptr (GVariant) inputs
      = g_variant_lookup_value (metadata, "atomic.inputs", G_VARIANT_TYPE ("a{ss}"));
  const HdSums sums = {
    .base = base,
    .name = definition->name,
    .version = build->commit_version,
    .suite = definition->suite,
    .epoch = build->commit_epoch,
    .identity = build->identity,
    .commit = build->commit,
    .packages = packages,
    .inputs = inputs,
    .definition = text,
    .definition_sha256 = definition->digest,
    .machine = &build->machine,
    .key_home = build->fingerprint != NULL ? build->key_home : NULL,
    .fingerprint = build->fingerprint,
  };
  return hd_sums_write (&sums, build->images, build->output, build->cancellable, error);
}
