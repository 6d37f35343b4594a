/* Removing names and images. */
#include "engine/imageremove.h"

#include <string.h>

#include "base/error.h"
#include "engine/image-rows.h"
#include "engine/registries.h"
#include "engine/sweep.h"

void
hd_removed_clear (HdRemoved *removed)
{
  g_clear_pointer (&removed->untagged, g_ptr_array_unref);
  g_clear_pointer (&removed->deleted, g_ptr_array_unref);
}

static void
removed_init (HdRemoved *removed)
{
  removed->untagged = g_ptr_array_new_with_free_func (g_free);
  removed->deleted = g_ptr_array_new_with_free_func (g_free);
}

/* The first column of the first row; NULL without an error when there is none. */
static char *
read_one (HdStore *store, const char *sql, const char *value, GError **error)
{
  GError *local = NULL;
  char *text = NULL;
  g_autoptr (HdRows) rows = hd_store_query (store, error, sql, "s", value);
  if (rows != NULL && hd_rows_next (rows, &local))
    text = g_strdup (hd_rows_text (rows, 0));
  if (local != NULL)
    g_propagate_error (error, local);
  return text;
}

static void
add_all (GPtrArray *list, char **texts)
{
  for (; *texts != NULL; texts++)
    g_ptr_array_add (list, g_strdup (*texts));
}

/* All names and digests go. */
static gboolean
untag_all (HdStore *store, const char *id, HdRemoved *ret, GError **error)
{
  g_auto (GStrv) names = hd_image_names (store, id, error);
  g_auto (GStrv) digests = names != NULL ? hd_image_digests (store, id, error) : NULL;
  if (digests == NULL)
    return FALSE;
  add_all (ret->untagged, names);
  add_all (ret->untagged, digests);
  return hd_store_run (store, error, "DELETE FROM image_name WHERE image = ?1", "s", id)
         && hd_store_run (store, error, "DELETE FROM image_digest WHERE image = ?1", "s", id);
}

static gboolean
delete_image (HdStore *store, const char *id, const char *what, gboolean force, HdRemoved *ret,
              GError **error)
{
  GError *local = NULL;
  g_autofree char *container
      = read_one (store, "SELECT id FROM container WHERE image = ?1 LIMIT 1", id, &local);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  if (container != NULL && !force)
    return hd_throw (error, HD_BUSY,
                     "remove the container first, or take -f to drop the name alone",
                     "%s: container %.12s uses its image %.12s", what, container, id);
  if (!untag_all (store, id, ret, error))
    return FALSE;
  if (container != NULL)
    return TRUE;
  g_ptr_array_add (ret->deleted, g_strconcat ("sha256:", id, NULL));
  return hd_store_run (store, error, "DELETE FROM image WHERE id = ?1", "s", id);
}

/* One name, or the digest that a registry knows it by. */
static gboolean
untag (HdStore *store, const HdRef *ref, HdRemoved *ret, GError **error)
{
  g_autofree char *repository = hd_ref_repository (ref);
  g_autofree char *familiar = hd_ref_familiar (repository);
  g_ptr_array_add (ret->untagged, ref->digest != NULL
                                      ? g_strconcat (familiar, "@", ref->digest, NULL)
                                      : g_strconcat (familiar, ":", ref->tag, NULL));
  return ref->digest != NULL
             ? hd_store_run (store, error,
                             "DELETE FROM image_digest WHERE repository = ?1 AND digest = ?2", "ss",
                             repository, ref->digest)
             : hd_store_run (store, error,
                             "DELETE FROM image_name WHERE repository = ?1 AND tag = ?2", "ss",
                             repository, ref->tag);
}

/* How many names it has: of repositories, and in all. */
static gboolean
count_names (HdStore *store, const char *id, gint64 *ret_repositories, gint64 *ret_names,
             GError **error)
{
  GError *local = NULL;
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT count (DISTINCT repository), count (*) FROM image_name WHERE image = ?1", "s", id);
  if (rows != NULL && hd_rows_next (rows, &local))
    {
      *ret_repositories = hd_rows_int (rows, 0);
      *ret_names = hd_rows_int (rows, 1);
      return TRUE;
    }
  if (local != NULL)
    g_propagate_error (error, local);
  return FALSE;
}

/* The name by which an image was meant, or NULL: it was an id. */
static HdRef *
find_name (HdStore *store, const char *text, const char *id)
{
  g_autoptr (GPtrArray) refs = hd_registries_resolve (text, NULL);
  for (guint i = 0; refs != NULL && i < refs->len; i++)
    {
      const HdRef *ref = g_ptr_array_index (refs, i);
      g_autoptr (HdImage) image = hd_image_by_ref (store, ref, NULL);
      if (image != NULL && g_str_equal (image->id, id))
        return hd_ref_copy (ref);
    }
  return NULL;
}

static gboolean
remove_one (HdStore *store, const char *text, gboolean force, HdRemoved *ret, GError **error)
{
  g_autoptr (HdImage) image = hd_image_find (store, text, error);
  gint64 repositories = 0, names = 0;
  if (image == NULL || !count_names (store, image->id, &repositories, &names, error))
    return FALSE;
  g_autoptr (HdRef) name
      = g_str_has_prefix (image->id, text) ? NULL : find_name (store, text, image->id);
  if (name != NULL && (names > 1 || (name->digest != NULL && names > 0)))
    return untag (store, name, ret, error);
  if (name == NULL && repositories > 1 && !force)
    return hd_throw (error, HD_BUSY, "remove its names, or take -f",
                     "%.12s has names of several repositories", image->id);
  return delete_image (store, image->id, text, force, ret, error);
}

static void
add_swept (HdRemoved *ret, const HdSwept *swept)
{
  for (char **chain = swept->layers; *chain != NULL; chain++)
    g_ptr_array_add (ret->deleted, g_strconcat ("sha256:", *chain, NULL));
}

gboolean
hd_image_remove (HdStore *store, const char *text, gboolean force, HdRemoved *ret, GError **error)
{
  g_auto (HdSwept) swept = { NULL };
  removed_init (ret);
  if (!hd_store_begin (store, error))
    return FALSE;
  if (!remove_one (store, text, force, ret, error) || !hd_store_commit (store, error))
    {
      hd_store_rollback (store);
      return FALSE;
    }
  if (ret->deleted->len == 0)
    return TRUE;
  if (!hd_images_sweep (store, &swept, error))
    return FALSE;
  add_swept (ret, &swept);
  return TRUE;
}

#define UNUSED "NOT EXISTS (SELECT 1 FROM container WHERE image = i.id)"
#define UNNAMED " AND NOT EXISTS (SELECT 1 FROM image_name WHERE image = i.id)"

static gboolean
prune_rows (HdStore *store, gboolean all, HdRemoved *ret, GError **error)
{
  const char *sql = all ? "SELECT id FROM image i WHERE " UNUSED
                        : "SELECT id FROM image i WHERE " UNUSED UNNAMED;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (HdRows) rows = hd_store_query (store, error, sql, "");
  GError *local = NULL;
  while (rows != NULL && hd_rows_next (rows, &local))
    g_ptr_array_add (ids, g_strdup (hd_rows_text (rows, 0)));
  if (local != NULL)
    g_propagate_error (error, local);
  if (rows == NULL || local != NULL)
    return FALSE;
  for (guint i = 0; i < ids->len; i++)
    if (!delete_image (store, g_ptr_array_index (ids, i), "", FALSE, ret, error))
      return FALSE;
  return TRUE;
}

gboolean
hd_image_prune (HdStore *store, gboolean all, HdRemoved *ret, guint64 *ret_bytes, GError **error)
{
  g_auto (HdSwept) swept = { NULL };
  removed_init (ret);
  if (!hd_store_begin (store, error))
    return FALSE;
  if (!prune_rows (store, all, ret, error) || !hd_store_commit (store, error))
    {
      hd_store_rollback (store);
      return FALSE;
    }
  if (!hd_images_sweep (store, &swept, error))
    return FALSE;
  add_swept (ret, &swept);
  *ret_bytes = swept.bytes;
  return TRUE;
}
