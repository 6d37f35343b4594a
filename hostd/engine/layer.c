/* Layers: folders and rows. */
#include "engine/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "engine/lock.h"
#include "engine/ref.h"
#include "engine/schema.h"

#define FOLDER "layers"

const char hd_layer_schema[] = "CREATE TABLE layer ("
                               "  id INTEGER PRIMARY KEY,"
                               "  chain TEXT NOT NULL UNIQUE,"
                               "  diff TEXT NOT NULL,"
                               "  parent INTEGER REFERENCES layer (id),"
                               "  size INTEGER NOT NULL);"
                               "CREATE INDEX layer_parent ON layer (parent);"
                               /* Compressed forms that are kept, and what they unpack to. */
                               "CREATE TABLE blob ("
                               "  digest TEXT PRIMARY KEY,"
                               "  diff TEXT NOT NULL,"
                               "  size INTEGER NOT NULL,"
                               "  media_type TEXT NOT NULL) WITHOUT ROWID;"
                               "CREATE INDEX blob_diff ON blob (diff);";

static void
layer_free (gpointer data)
{
  HdLayer *layer = data;
  g_free (layer->chain);
  g_free (layer->diff);
  g_free (layer);
}

GPtrArray *
hd_layer_chain (const char *const *diff_ids)
{
  GPtrArray *layers = g_ptr_array_new_with_free_func (layer_free);
  const char *below = NULL;
  for (; *diff_ids != NULL; diff_ids++)
    {
      HdLayer *layer = g_new0 (HdLayer, 1);
      layer->diff = g_strdup (hd_digest_hex (*diff_ids));
      if (below == NULL)
        layer->chain = g_strdup (layer->diff);
      else
        {
          g_autofree char *text = g_strconcat ("sha256:", below, " ", *diff_ids, NULL);
          layer->chain = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
        }
      below = layer->chain;
      g_ptr_array_add (layers, layer);
    }
  return layers;
}

gboolean
hd_layer_look_up (HdStore *store, GPtrArray *layers, GError **error)
{
  for (guint i = 0; i < layers->len; i++)
    {
      HdLayer *layer = g_ptr_array_index (layers, i);
      GError *local = NULL;
      g_autoptr (HdRows) rows = hd_store_query (
          store, error, "SELECT id FROM layer WHERE chain = ?1", "s", layer->chain);
      if (rows == NULL)
        return FALSE;
      layer->id = hd_rows_next (rows, &local) ? hd_rows_int (rows, 0) : 0;
      if (local != NULL)
        {
          g_propagate_error (error, local);
          return FALSE;
        }
    }
  return TRUE;
}

int
hd_layer_lock_images (HdStore *store, GError **error)
{
  return hd_lock_take (store, HD_LAYERS_LOCK, HD_LOCK_SHARED, error);
}

int
hd_layer_lock (HdStore *store, const char *chain, GError **error)
{
  g_autofree char *name = g_strconcat ("layer-", chain, NULL);
  return hd_lock_take (store, name, HD_LOCK_EXCLUSIVE, error);
}

char *
hd_layer_name (const char *chain)
{
  return g_build_filename (FOLDER, chain, NULL);
}

gboolean
hd_layer_adopt (HdStore *store, int scratch_fd, const char *name, const char *chain, GError **error)
{
  g_autofree char *target = hd_layer_name (chain);
  int r = hd_fs_mkdirs (hd_store_root_fd (store), FOLDER, 0700);
  if (r < 0)
    return hd_throw_errno (error, -r, "making %s/" FOLDER, hd_store_root (store));
  if (renameat2 (scratch_fd, name, hd_store_root_fd (store), target, RENAME_NOREPLACE) < 0
      && errno != EEXIST)
    return hd_throw_errno (error, errno, "keeping the layer %s", chain);
  return TRUE;
}

gboolean
hd_layer_insert (HdStore *store, HdLayer *layer, gint64 parent, guint64 size_bytes, GError **error)
{
  const char *sql
      = "INSERT INTO layer (chain, diff, size, parent) VALUES (?1, ?2, ?3, nullif (?4, 0))";
  if (!hd_store_run (store, error, sql, "ssii", layer->chain, layer->diff, (gint64)size_bytes,
                     parent))
    return FALSE;
  layer->id = hd_store_inserted (store);
  return TRUE;
}

#define WALK                                                                                       \
  "WITH RECURSIVE below (id, chain, size, parent, depth) AS ("                                     \
  "  SELECT id, chain, size, parent, 0 FROM layer WHERE id = ?1"                                   \
  "  UNION ALL"                                                                                    \
  "  SELECT l.id, l.chain, l.size, l.parent, depth + 1 FROM layer l JOIN below b"                  \
  "    ON l.id = b.parent) "

gboolean
hd_layer_size (HdStore *store, gint64 id, guint64 *ret_bytes, GError **error)
{
  g_autoptr (HdRows) rows
      = hd_store_query (store, error, WALK "SELECT coalesce (sum (size), 0) FROM below", "i", id);
  if (rows == NULL)
    return FALSE;
  GError *local = NULL;
  if (hd_rows_next (rows, &local))
    *ret_bytes = (guint64)hd_rows_int (rows, 0);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

GArray *
hd_layer_sizes (HdStore *store, gint64 id, GError **error)
{
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (HdRows) rows
      = hd_store_query (store, error, WALK "SELECT size FROM below ORDER BY depth DESC", "i", id);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    {
      guint64 size = (guint64)hd_rows_int (rows, 0);
      g_array_append_val (sizes, size);
    }
  if (local == NULL)
    return g_steal_pointer (&sizes);
  g_propagate_error (error, local);
  return NULL;
}

char **
hd_layer_paths (HdStore *store, gint64 id, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (HdRows) rows
      = hd_store_query (store, error, WALK "SELECT chain FROM below ORDER BY depth", "i", id);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    g_ptr_array_add (paths, g_build_filename (hd_store_root (store), FOLDER, hd_rows_text (rows, 0),
                                              "fs", NULL));
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return NULL;
    }
  g_ptr_array_add (paths, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}

HdDescriptor *
hd_layer_find_blob (HdStore *store, const char *diff, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT digest, size, media_type FROM blob WHERE diff = ?1 ORDER BY size LIMIT 1", "s", diff);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  if (hd_rows_next (rows, &local))
    {
      g_autofree char *digest = g_strconcat ("sha256:", hd_rows_text (rows, 0), NULL);
      return hd_descriptor_new (hd_rows_text (rows, 2), digest, (guint64)hd_rows_int (rows, 1));
    }
  if (local != NULL)
    g_propagate_error (error, local);
  else
    hd_throw (error, HD_CORRUPT, "pull the image again", "no archive of the layer %s is left",
              diff);
  return NULL;
}
