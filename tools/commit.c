/* Tree, metadata, commit, signature; the order of everything is fixed, so that the same inputs give
 * the same checksum.
 */
#include "tools/commit.h"

#include <string.h>

#include "base/error.h"
#include "tools/keys.h"
#include "tools/sizes.h"

static const struct
{
  const char *debian;
  const char *ostree;
} architectures[] = {
  { "amd64", "x86_64" },
  { "arm64", "aarch64" },
};

const char *
hd_commit_architecture (const char *debian_arch)
{
  for (gsize i = 0; i < G_N_ELEMENTS (architectures); i++)
    if (g_str_equal (architectures[i].debian, debian_arch))
      return architectures[i].ostree;
  return NULL;
}

OstreeRepo *
hd_commit_open_repo (const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (OstreeRepo) repo = ostree_repo_new (file);
  g_mkdir_with_parents (parent, 0755);
  /* ostree_repo_create() opens a repository that is there already. */
  if (!ostree_repo_create (repo, OSTREE_REPO_MODE_ARCHIVE, cancellable, error)
      || !ostree_repo_open (repo, cancellable, error))
    {
      g_prefix_error (error, "repository %s: ", path);
      return NULL;
    }
  /* What a crash loses here is made again; a host's repository is another matter. */
  ostree_repo_set_disable_fsync (repo, TRUE);
  return g_steal_pointer (&repo);
}

/* Where updates come from, and the key that they have to be signed with. */
static gboolean
add_remote (const HdCommit *commit, OstreeRepo *repo, HdTree *tree, GCancellable *cancellable,
            GError **error)
{
  const HdDefinition *definition = commit->definition;
  g_autoptr (GBytes) key
      = hd_keys_export (commit->key_home, commit->fingerprint, cancellable, error);
  if (key == NULL)
    return FALSE;
  g_autofree char *key_path = g_strdup_printf ("usr/share/ostree/keys/%s.gpg", definition->remote);
  g_autofree char *config_path
      = g_strdup_printf ("usr/etc/ostree/remotes.d/%s.conf", definition->remote);
  g_autofree char *text = g_strdup_printf ("[remote \"%s\"]\n"
                                           "url=%s\n"
                                           "gpg-verify=true\n"
                                           "gpgkeypath=/%s\n",
                                           definition->remote, definition->remote_url, key_path);
  g_autoptr (GBytes) config = g_bytes_new (text, strlen (text));
  return hd_tree_add_file (tree, repo, key_path, key, cancellable, error)
         && hd_tree_add_file (tree, repo, config_path, config, cancellable, error);
}

/* a{ss}: what the tree was made of, for whoever wants to make it again. */
static GVariant *
inputs_variant (const HdCommit *commit, const HdTree *tree)
{
  g_autofree char *epoch = g_strdup_printf ("%" G_GINT64_FORMAT, commit->epoch);
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  if (commit->agent_digest != NULL)
    g_variant_builder_add (&builder, "{ss}", "agent", commit->agent_digest);
  g_variant_builder_add (&builder, "{ss}", "definition", commit->definition->digest);
  g_variant_builder_add (&builder, "{ss}", "epoch", epoch);
  g_variant_builder_add (&builder, "{ss}", "package-lists", tree->inputs_digest);
  return g_variant_builder_end (&builder);
}

static GVariant *
metadata_variant (const HdCommit *commit, const HdTree *tree, GVariant *sizes)
{
  const HdDefinition *definition = commit->definition;
  const char *const refs[] = { definition->ref, NULL };
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "version", g_variant_new_string (commit->version));
  g_variant_builder_add (&builder, "{sv}", "ostree.ref-binding", g_variant_new_strv (refs, 1));
  g_variant_builder_add (&builder, "{sv}", "ostree.bootable", g_variant_new_boolean (TRUE));
  g_variant_builder_add (&builder, "{sv}", "ostree.linux", g_variant_new_string (tree->kernel));
  g_variant_builder_add (&builder, "{sv}", "ostree.architecture",
                         g_variant_new_string (hd_commit_architecture (definition->arch)));
  g_variant_builder_add (&builder, "{sv}", "atomic.packages", tree->packages);
  g_variant_builder_add (&builder, "{sv}", "atomic.inputs", inputs_variant (commit, tree));
  g_variant_builder_add (&builder, "{sv}", "ostree.sizes", sizes);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* Write the commit object, inside the transaction. */
static char *
write_object (const HdCommit *commit, OstreeRepo *repo, HdTree *tree, GCancellable *cancellable,
              GError **error)
{
  const HdDefinition *definition = commit->definition;
  g_autoptr (GFile) root = NULL;
  if (!ostree_repo_write_mtree (repo, tree->root, &root, cancellable, error))
    return NULL;
  OstreeRepoFile *file = OSTREE_REPO_FILE (root);
  GVariant *sizes = hd_sizes_collect (repo, ostree_repo_file_tree_get_contents_checksum (file),
                                      ostree_repo_file_tree_get_metadata_checksum (file),
                                      tree->sizes, cancellable, error);
  if (sizes == NULL)
    return NULL;

  g_autoptr (GVariant) metadata = metadata_variant (commit, tree, sizes);
  g_autofree char *subject = g_strdup_printf ("%s %s", definition->title, commit->version);
  g_autofree char *checksum = NULL;
  /* No parent: a commit says what it is, not what stood in this repository before it. */
  if (!ostree_repo_write_commit_with_time (repo, NULL, subject, NULL, metadata, file,
                                           (guint64)commit->epoch, &checksum, cancellable, error))
    return NULL;
  return g_steal_pointer (&checksum);
}

static gboolean
sign_object (const HdCommit *commit, OstreeRepo *repo, const char *checksum,
             GCancellable *cancellable, GError **error)
{
  g_autoptr (GVariant) object = NULL;
  g_autoptr (GVariant) present = NULL;
  if (!ostree_repo_load_variant (repo, OSTREE_OBJECT_TYPE_COMMIT, checksum, &object, error)
      || !ostree_repo_read_commit_detached_metadata (repo, checksum, &present, cancellable, error))
    return FALSE;
  /* Made before from the same inputs: it has its signature. */
  if (present != NULL && g_variant_n_children (present) > 0)
    return TRUE;
  g_autoptr (GBytes) data = g_variant_get_data_as_bytes (object);
  g_autoptr (GBytes) signature = hd_keys_sign (commit->key_home, commit->fingerprint, data,
                                               commit->epoch, cancellable, error);
  return signature != NULL
         && ostree_repo_append_gpg_signature (repo, checksum, signature, cancellable, error);
}

char *
hd_commit_write (const HdCommit *commit, OstreeRepo *repo, const char *tar, HdTree **ret_tree,
                 GCancellable *cancellable, GError **error)
{
  if (!ostree_repo_prepare_transaction (repo, NULL, cancellable, error))
    return NULL;
  g_autofree char *checksum = NULL;
  g_autoptr (HdTree) tree = hd_tree_import (
      repo, tar, (const char *const *)commit->definition->drop, cancellable, error);
  if (tree != NULL && add_remote (commit, repo, tree, cancellable, error))
    checksum = write_object (commit, repo, tree, cancellable, error);
  if (checksum == NULL)
    {
      ostree_repo_abort_transaction (repo, NULL, NULL);
      return NULL;
    }
  if (!ostree_repo_commit_transaction (repo, NULL, cancellable, error)
      || !sign_object (commit, repo, checksum, cancellable, error)
      /* Last: a branch never names a commit without a signature. */
      || !ostree_repo_set_ref_immediate (repo, NULL, commit->definition->ref, checksum, cancellable,
                                         error))
    return NULL;
  if (ret_tree != NULL)
    *ret_tree = g_steal_pointer (&tree);
  return g_steal_pointer (&checksum);
}
