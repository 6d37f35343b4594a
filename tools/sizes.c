/* A walk over the folder objects. An entry is: 32 bytes of checksum, the stored and the unpacked
 * size as variable-length integers (seven bits a byte, least first), and the type of the object
 * (libostree, ostree-core.h: OSTREE_COMMIT_META_KEY... "ostree.sizes").
 */
#include "tools/sizes.h"

#include <string.h>

typedef struct
{
  OstreeRepo *repo;
  GHashTable *file_sizes;
  GTree *entries; /* checksum and type -> GVariant ay; sorted, so that the order is fixed */
  GCancellable *cancellable;
} Walk;

static void
append_varint (GByteArray *bytes, guint64 number)
{
  do
    {
      guint8 byte = number & 0x7f;
      number >>= 7;
      if (number != 0)
        byte |= 0x80;
      g_byte_array_append (bytes, &byte, 1);
    }
  while (number != 0);
}

/* Add the object unless it is there. *ret_new tells which. */
static gboolean
add_object (Walk *walk, const char *checksum, OstreeObjectType type, gboolean *ret_new,
            GError **error)
{
  g_autofree char *key = ostree_object_to_string (checksum, type);
  *ret_new = g_tree_lookup (walk->entries, key) == NULL;
  if (!*ret_new)
    return TRUE;

  guint64 stored_bytes;
  if (!ostree_repo_query_object_storage_size (walk->repo, type, checksum, &stored_bytes,
                                              walk->cancellable, error))
    return FALSE;
  const guint64 *content_bytes
      = type == OSTREE_OBJECT_TYPE_FILE ? g_hash_table_lookup (walk->file_sizes, checksum) : NULL;

  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 digest[32];
  ostree_checksum_inplace_to_bytes (checksum, digest);
  g_byte_array_append (bytes, digest, sizeof digest);
  append_varint (bytes, stored_bytes);
  append_varint (bytes, content_bytes != NULL ? *content_bytes : stored_bytes);
  guint8 type_byte = (guint8)type;
  g_byte_array_append (bytes, &type_byte, 1);
  g_tree_insert (walk->entries, g_steal_pointer (&key),
                 g_variant_ref_sink (
                     g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes->data, bytes->len, 1)));
  return TRUE;
}

static gboolean walk_dir (Walk *walk, const char *tree, const char *meta, GError **error);

static gboolean
walk_files (Walk *walk, GVariant *files, GError **error)
{
  for (gsize i = 0; i < g_variant_n_children (files); i++)
    {
      g_autoptr (GVariant) digest = NULL;
      g_variant_get_child (files, i, "(&s@ay)", NULL, &digest);
      g_autofree char *checksum = ostree_checksum_from_bytes_v (digest);
      gboolean is_new;
      if (!add_object (walk, checksum, OSTREE_OBJECT_TYPE_FILE, &is_new, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
walk_folders (Walk *walk, GVariant *folders, GError **error)
{
  for (gsize i = 0; i < g_variant_n_children (folders); i++)
    {
      g_autoptr (GVariant) tree_digest = NULL;
      g_autoptr (GVariant) meta_digest = NULL;
      g_variant_get_child (folders, i, "(&s@ay@ay)", NULL, &tree_digest, &meta_digest);
      g_autofree char *tree = ostree_checksum_from_bytes_v (tree_digest);
      g_autofree char *meta = ostree_checksum_from_bytes_v (meta_digest);
      if (!walk_dir (walk, tree, meta, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
walk_dir (Walk *walk, const char *tree, const char *meta, GError **error)
{
  gboolean is_new;
  if (!add_object (walk, meta, OSTREE_OBJECT_TYPE_DIR_META, &is_new, error)
      || !add_object (walk, tree, OSTREE_OBJECT_TYPE_DIR_TREE, &is_new, error))
    return FALSE;
  if (!is_new)
    return TRUE;
  g_autoptr (GVariant) dirtree = NULL;
  if (!ostree_repo_load_variant (walk->repo, OSTREE_OBJECT_TYPE_DIR_TREE, tree, &dirtree, error))
    return FALSE;
  g_autoptr (GVariant) files = g_variant_get_child_value (dirtree, 0);
  g_autoptr (GVariant) folders = g_variant_get_child_value (dirtree, 1);
  return walk_files (walk, files, error) && walk_folders (walk, folders, error);
}

static gboolean
append_entry (gpointer key, gpointer entry, gpointer builder)
{
  g_variant_builder_add_value (builder, entry);
  return FALSE;
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

GVariant *
hd_sizes_collect (OstreeRepo *repo, const char *root, const char *root_meta, GHashTable *file_sizes,
                  GCancellable *cancellable, GError **error)
{
  g_autoptr (GTree) entries
      = g_tree_new_full (compare_keys, NULL, g_free, (GDestroyNotify)g_variant_unref);
  Walk walk = { repo, file_sizes, entries, cancellable };
  if (!walk_dir (&walk, root, root_meta, error))
    return NULL;
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aay"));
  g_tree_foreach (entries, append_entry, &builder);
  return g_variant_builder_end (&builder);
}
