/* Rows of images. */
#include "engine/image-rows.h"

#include "base/error.h"
#include "engine/schema.h"

const char hd_image_schema[] = "CREATE TABLE image ("
                               "  id TEXT PRIMARY KEY,"
                               "  manifest TEXT NOT NULL,"
                               "  os TEXT NOT NULL,"
                               "  architecture TEXT NOT NULL,"
                               "  variant TEXT,"
                               "  created INTEGER NOT NULL,"
                               "  size INTEGER NOT NULL,"
                               "  layer INTEGER REFERENCES layer (id)) WITHOUT ROWID;"
                               "CREATE INDEX image_layer ON image (layer);"
                               "CREATE TABLE image_name ("
                               "  repository TEXT NOT NULL,"
                               "  tag TEXT NOT NULL,"
                               "  image TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,"
                               "  PRIMARY KEY (repository, tag)) WITHOUT ROWID;"
                               "CREATE INDEX image_name_image ON image_name (image);"
                               "CREATE TABLE image_digest ("
                               "  repository TEXT NOT NULL,"
                               "  digest TEXT NOT NULL,"
                               "  image TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,"
                               "  PRIMARY KEY (repository, digest)) WITHOUT ROWID;"
                               "CREATE INDEX image_digest_image ON image_digest (image);";

#define COLUMNS "id, manifest, os, architecture, variant, created, size, layer"

void
hd_image_free (HdImage *image)
{
  if (image == NULL)
    return;
  g_free (image->id);
  g_free (image->manifest);
  g_free (image->os);
  g_free (image->architecture);
  g_free (image->variant);
  g_free (image);
}

static HdImage *
read_row (HdRows *rows)
{
  HdImage *image = g_new0 (HdImage, 1);
  image->id = g_strdup (hd_rows_text (rows, 0));
  image->manifest = g_strdup (hd_rows_text (rows, 1));
  image->os = g_strdup (hd_rows_text (rows, 2));
  image->architecture = g_strdup (hd_rows_text (rows, 3));
  image->variant = g_strdup (hd_rows_text (rows, 4));
  image->created = hd_rows_int (rows, 5);
  image->size_bytes = (guint64)hd_rows_int (rows, 6);
  image->layer = hd_rows_int (rows, 7);
  return image;
}

/* The first row, NULL without an error when there is none. *ret_more (may be NULL): there are
 * others. */
static HdImage *
take_first (HdRows *rows, gboolean *ret_more, GError **error)
{
  GError *local = NULL;
  g_autoptr (HdImage) image = NULL;
  if (rows != NULL && hd_rows_next (rows, &local))
    {
      image = read_row (rows);
      if (ret_more != NULL)
        *ret_more = hd_rows_next (rows, &local);
    }
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return NULL;
    }
  return g_steal_pointer (&image);
}

HdImage *
hd_image_by_id (HdStore *store, const char *hex, GError **error)
{
  g_autoptr (HdRows) rows
      = hd_store_query (store, error, "SELECT " COLUMNS " FROM image WHERE id = ?1", "s", hex);
  return take_first (rows, NULL, error);
}

HdImage *
hd_image_by_ref (HdStore *store, const HdRef *ref, GError **error)
{
  g_autofree char *repository = hd_ref_repository (ref);
  g_autoptr (HdRows) rows
      = ref->digest != NULL
            ? hd_store_query (store, error,
                              "SELECT " COLUMNS " FROM image WHERE id = (SELECT image FROM"
                              " image_digest WHERE repository = ?1 AND digest = ?2)",
                              "ss", repository, ref->digest)
            : hd_store_query (store, error,
                              "SELECT " COLUMNS " FROM image WHERE id = (SELECT image FROM"
                              " image_name WHERE repository = ?1 AND tag = ?2)",
                              "ss", repository, ref->tag);
  return take_first (rows, NULL, error);
}

/* By the beginning of an id: ids are compared as text, and ':' follows '9', 'g' follows 'f'. */
HdImage *
hd_image_by_prefix (HdStore *store, const char *prefix, GError **error)
{
  gboolean more = FALSE;
  g_autofree char *end = g_strconcat (prefix, "g", NULL);
  g_autoptr (HdRows) rows = hd_store_query (
      store, error, "SELECT " COLUMNS " FROM image WHERE id >= ?1 AND id < ?2 LIMIT 2", "ss",
      prefix, end);
  g_autoptr (HdImage) image = take_first (rows, &more, error);
  if (!more)
    return g_steal_pointer (&image);
  hd_throw (error, HD_USAGE, "give more of the id's digits", "several images' ids begin with %s",
            prefix);
  return NULL;
}

GPtrArray *
hd_image_list (HdStore *store, GError **error)
{
  g_autoptr (GPtrArray) images = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_image_free);
  g_autoptr (HdRows) rows = hd_store_query (
      store, error, "SELECT " COLUMNS " FROM image ORDER BY created DESC, id", "");
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    g_ptr_array_add (images, read_row (rows));
  if (local == NULL)
    return g_steal_pointer (&images);
  g_propagate_error (error, local);
  return NULL;
}

/* First columns of all rows. */
static char **
read_texts (HdRows *rows, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    {
      g_autofree char *repository = hd_ref_familiar (hd_rows_text (rows, 0));
      g_ptr_array_add (texts, g_strconcat (repository, hd_rows_text (rows, 1), NULL));
    }
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return NULL;
    }
  g_ptr_array_add (texts, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&texts), FALSE);
}

char **
hd_image_names (HdStore *store, const char *id, GError **error)
{
  g_autoptr (HdRows) rows
      = hd_store_query (store, error,
                        "SELECT repository, ':' || tag FROM image_name WHERE image = ?1"
                        " ORDER BY repository, tag",
                        "s", id);
  return read_texts (rows, error);
}

char **
hd_image_digests (HdStore *store, const char *id, GError **error)
{
  g_autoptr (HdRows) rows
      = hd_store_query (store, error,
                        "SELECT repository, '@' || digest FROM image_digest WHERE image = ?1"
                        " ORDER BY repository, digest",
                        "s", id);
  return read_texts (rows, error);
}

/* Rows of (id, repository, rest) as arrays of texts that end with NULL. */
static GHashTable *
read_all (HdRows *rows, GError **error)
{
  GHashTable *all
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  GError *local = NULL;
  while (rows != NULL && hd_rows_next (rows, &local))
    {
      g_autofree char *repository = hd_ref_familiar (hd_rows_text (rows, 1));
      GPtrArray *texts = g_hash_table_lookup (all, hd_rows_text (rows, 0));
      if (texts == NULL)
        {
          texts = g_ptr_array_new_with_free_func (g_free);
          g_ptr_array_add (texts, NULL);
          g_hash_table_insert (all, g_strdup (hd_rows_text (rows, 0)), texts);
        }
      g_ptr_array_insert (texts, (int)texts->len - 1,
                          g_strconcat (repository, hd_rows_text (rows, 2), NULL));
    }
  if (rows != NULL && local == NULL)
    return all;
  if (local != NULL)
    g_propagate_error (error, local);
  g_hash_table_unref (all);
  return NULL;
}

GHashTable *
hd_image_all_names (HdStore *store, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error, "SELECT image, repository, ':' || tag FROM image_name ORDER BY repository, tag",
      "");
  return read_all (rows, error);
}

GHashTable *
hd_image_all_digests (HdStore *store, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT image, repository, '@' || digest FROM image_digest ORDER BY repository, digest", "");
  return read_all (rows, error);
}

/* ---- Changes ---- */

gboolean
hd_image_insert (HdStore *store, const HdImage *image, GError **error)
{
  return hd_store_run (store, error,
                       "INSERT INTO image (" COLUMNS
                       ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif (?8, 0))"
                       " ON CONFLICT (id) DO NOTHING",
                       "sssssiii", image->id, image->manifest, image->os, image->architecture,
                       image->variant, image->created, (gint64)image->size_bytes, image->layer);
}

gboolean
hd_image_name (HdStore *store, const char *id, const HdRef *ref, GError **error)
{
  g_autofree char *repository = hd_ref_repository (ref);
  return ref->tag == NULL
         || hd_store_run (store, error,
                          "INSERT INTO image_name (repository, tag, image) VALUES (?1, ?2, ?3)"
                          " ON CONFLICT (repository, tag) DO UPDATE SET image = excluded.image",
                          "sss", repository, ref->tag, id);
}

gboolean
hd_image_add_digest (HdStore *store, const char *id, const HdRef *ref, const char *digest,
                     GError **error)
{
  g_autofree char *repository = hd_ref_repository (ref);
  return hd_store_run (store, error,
                       "INSERT INTO image_digest (repository, digest, image) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (repository, digest) DO UPDATE SET image = excluded.image",
                       "sss", repository, digest, id);
}
