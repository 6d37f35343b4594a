/* Sweeping.
 *
 * Rows go first, in a transaction, with the lock of images held; then the folders move into a
 * scratch folder under the same lock, and are removed without it. A crash in between leaves folders
 * without rows, which the next sweep finds in the same way.
 */
#include "engine/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/parse.h"
#include "engine/blob.h"
#include "engine/image-rows.h"
#include "engine/layer.h"
#include "engine/lock.h"
#include "engine/ref.h"
#include "engine/scratch.h"

void
hd_swept_clear (HdSwept *swept)
{
  g_clear_pointer (&swept->layers, g_strfreev);
}

/* ---- Rows ---- */

/* One layer that neither an image nor a layer on top needs: its chain, or NULL. */
static char *
find_unused (HdStore *store, guint64 *bytes, gint64 *ret_id, GError **error)
{
  GError *local = NULL;
  char *chain = NULL;
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT id, chain, size FROM layer l WHERE NOT EXISTS (SELECT 1 FROM image WHERE layer = "
      "l.id)"
      " AND NOT EXISTS (SELECT 1 FROM layer WHERE parent = l.id) ORDER BY id DESC LIMIT 1",
      "");
  if (rows != NULL && hd_rows_next (rows, &local))
    {
      *ret_id = hd_rows_int (rows, 0);
      chain = g_strdup (hd_rows_text (rows, 1));
      *bytes += (guint64)hd_rows_int (rows, 2);
    }
  if (local != NULL)
    g_propagate_error (error, local);
  return chain;
}

static gboolean
delete_layers (HdStore *store, GPtrArray *chains, guint64 *bytes, GError **error)
{
  GError *local = NULL;
  gint64 id;
  for (char *chain; (chain = find_unused (store, bytes, &id, &local)) != NULL;)
    {
      g_ptr_array_add (chains, chain);
      if (!hd_store_run (store, error, "DELETE FROM layer WHERE id = ?1", "i", id))
        return FALSE;
    }
  if (local == NULL)
    return hd_store_run (store, error,
                         "DELETE FROM blob WHERE diff NOT IN (SELECT diff FROM layer)", "");
  g_propagate_error (error, local);
  return FALSE;
}

static gboolean
delete_rows (HdStore *store, GPtrArray *chains, guint64 *bytes, GError **error)
{
  if (!hd_store_begin (store, error))
    return FALSE;
  if (delete_layers (store, chains, bytes, error))
    return hd_store_commit (store, error);
  hd_store_rollback (store);
  return FALSE;
}

/* ---- Files ---- */

/* First columns of a query as a set. */
static GHashTable *
read_set (HdStore *store, const char *sql, GError **error)
{
  GError *local = NULL;
  g_autoptr (GHashTable) set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (HdRows) rows = hd_store_query (store, error, sql, "");
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    g_hash_table_add (set, g_strdup (hd_rows_text (rows, 0)));
  if (local == NULL)
    return g_steal_pointer (&set);
  g_propagate_error (error, local);
  return NULL;
}

#define ALL_CHAINS "SELECT chain FROM layer"
/* Of a digest "sha256:HEX" the HEX begins at the eighth character. */
#define ALL_BLOBS                                                                                  \
  "SELECT digest FROM blob UNION SELECT id FROM image UNION SELECT substr (manifest, 8) FROM "     \
  "image"

/* Names in a folder that are not in the set: also of what was being written. Free with
 * g_ptr_array_unref. */
static GPtrArray *
list_strays (HdStore *store, const char *folder, GHashTable *known)
{
  GPtrArray *strays = g_ptr_array_new_with_free_func (g_free);
  int fd = openat (hd_store_root_fd (store), folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  if (dir == NULL)
    {
      hd_closep (&fd);
      return strays;
    }
  for (const struct dirent *entry; (entry = readdir (dir)) != NULL;)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, "..")
        && !g_hash_table_contains (known, entry->d_name))
      g_ptr_array_add (strays, g_strdup (entry->d_name));
  closedir (dir);
  return strays;
}

/* Move what no row knows into the scratch folder. */
static gboolean
move_strays (HdStore *store, const char *folder, const char *sql, HdScratch *scratch,
             guint64 *bytes, GError **error)
{
  g_autoptr (GHashTable) known = read_set (store, sql, error);
  if (known == NULL)
    return FALSE;
  g_autoptr (GPtrArray) strays = list_strays (store, folder, known);
  for (guint i = 0; i < strays->len; i++)
    {
      const char *name = g_ptr_array_index (strays, i);
      g_autofree char *from = g_build_filename (folder, name, NULL);
      struct stat st;
      if (fstatat (hd_store_root_fd (store), from, &st, AT_SYMLINK_NOFOLLOW) == 0
          && S_ISREG (st.st_mode))
        *bytes += (guint64)st.st_size;
      if (renameat (hd_store_root_fd (store), from, scratch->fd, name) < 0 && errno != ENOENT)
        return hd_throw_errno (error, errno, "removing %s", from);
    }
  return TRUE;
}

gboolean
hd_images_sweep (HdStore *store, HdSwept *ret, GError **error)
{
  g_autoptr (GPtrArray) chains = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) busy = NULL;
  guint64 bytes = 0;
  hd_autofd lock = hd_lock_take (store, HD_LAYERS_LOCK, HD_LOCK_TRY, &busy);
  if (lock < 0 && hd_error_code (busy) != HD_BUSY)
    {
      g_propagate_error (error, g_steal_pointer (&busy));
      return FALSE;
    }
  if (lock >= 0)
    {
      g_autoptr (HdScratch) scratch = hd_scratch_new (store, error);
      if (scratch == NULL || !delete_rows (store, chains, &bytes, error)
          || !move_strays (store, "layers", ALL_CHAINS, scratch, &bytes, error)
          || !move_strays (store, "blobs/sha256", ALL_BLOBS, scratch, &bytes, error))
        return FALSE;
      hd_closep (&lock);
    }
  g_ptr_array_add (chains, NULL);
  if (ret != NULL)
    {
      ret->layers = (char **)g_ptr_array_free (g_steal_pointer (&chains), FALSE);
      ret->bytes = bytes;
    }
  return TRUE;
}

/* ---- Looking ---- */

static void
check_layers (HdStore *store, GHashTable *chains, GPtrArray *lines)
{
  GHashTableIter iter;
  gpointer chain;
  g_hash_table_iter_init (&iter, chains);
  while (g_hash_table_iter_next (&iter, &chain, NULL))
    {
      g_autofree char *name = hd_layer_name (chain);
      g_autofree char *fs = g_build_filename (name, "fs", NULL);
      struct stat st;
      if (fstatat (hd_store_root_fd (store), fs, &st, AT_SYMLINK_NOFOLLOW) < 0
          || !S_ISDIR (st.st_mode))
        g_ptr_array_add (lines, g_strdup_printf ("layer %s: its folder is gone", (char *)chain));
    }
}

static void
check_documents (HdStore *store, const GPtrArray *images, GPtrArray *lines)
{
  for (guint i = 0; i < images->len; i++)
    {
      const HdImage *image = g_ptr_array_index (images, i);
      const char *const documents[] = { image->id, hd_digest_hex (image->manifest) };
      for (gsize k = 0; k < G_N_ELEMENTS (documents); k++)
        {
          g_autoptr (GError) error = NULL;
          g_autofree char *text = hd_blob_read (store, documents[k], NULL, &error);
          if (text == NULL)
            g_ptr_array_add (lines, g_strdup_printf ("image %.12s: %s", image->id, error->message));
        }
    }
}

static void
check_blobs (HdStore *store, GHashTable *blobs, GPtrArray *lines)
{
  GHashTableIter iter;
  gpointer hex;
  g_hash_table_iter_init (&iter, blobs);
  while (g_hash_table_iter_next (&iter, &hex, NULL))
    if (!hd_blob_exists (store, hex))
      g_ptr_array_add (lines, g_strdup_printf ("blob %s: its file is gone", (char *)hex));
}

GPtrArray *
hd_images_check (HdStore *store, GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) chains = read_set (store, ALL_CHAINS, error);
  g_autoptr (GHashTable) blobs
      = chains != NULL ? read_set (store, "SELECT digest FROM blob", error) : NULL;
  g_autoptr (GPtrArray) images = blobs != NULL ? hd_image_list (store, error) : NULL;
  if (images == NULL)
    return NULL;
  check_layers (store, chains, lines);
  check_blobs (store, blobs, lines);
  check_documents (store, images, lines);
  return g_steal_pointer (&lines);
}
