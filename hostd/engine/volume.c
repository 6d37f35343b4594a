/* Rows and folders of volumes; volume-fill.c copies into them. */
#include "engine/volume.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"
#include "engine/mountspec-internal.h"
#include "engine/network-internal.h"
#include "engine/schema.h"
#include "engine/strv.h"

/* `filled`: what the image has at its target was copied, or there was nothing to copy. */
const char hd_volume_schema[]
    = "CREATE TABLE volume ("
      " name TEXT PRIMARY KEY, created INTEGER NOT NULL, anonymous INTEGER NOT NULL,"
      " labels TEXT NOT NULL, options TEXT NOT NULL, filled INTEGER NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE volume_use ("
      " container TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,"
      " target TEXT NOT NULL, volume TEXT NOT NULL REFERENCES volume (name),"
      " PRIMARY KEY (container, target)) WITHOUT ROWID;"
      "CREATE INDEX volume_use_volume ON volume_use (volume);";

#define COLUMNS                                                                                    \
  "name, created, anonymous, labels, options,"                                                     \
  " (SELECT count (DISTINCT container) FROM volume_use WHERE volume = name), filled"

void
hd_volume_free (HdVolume *volume)
{
  if (volume == NULL)
    return;
  g_free (volume->name);
  g_free (volume->driver);
  g_free (volume->path);
  g_strfreev (volume->labels);
  g_strfreev (volume->options);
  g_free (volume);
}

static HdVolume *
volume_of_row (HdStore *store, HdRows *rows)
{
  HdVolume *volume = g_new0 (HdVolume, 1);
  volume->name = g_strdup (hd_rows_text (rows, 0));
  volume->driver = g_strdup ("local");
  volume->created = hd_rows_int (rows, 1);
  volume->anonymous = hd_rows_int (rows, 2) != 0;
  volume->labels = hd_strv_from_json (hd_rows_text (rows, 3));
  volume->options = hd_strv_from_json (hd_rows_text (rows, 4));
  volume->users = (guint)hd_rows_int (rows, 5);
  volume->path = g_strdup_printf ("%s/volumes/%s/_data", hd_store_root (store), volume->name);
  return volume;
}

static GPtrArray *
collect (HdStore *store, HdRows *rows, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)hd_volume_free);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    g_ptr_array_add (list, volume_of_row (store, rows));
  if (local == NULL)
    return g_steal_pointer (&list);
  g_propagate_error (error, local);
  return NULL;
}

GPtrArray *
hd_volume_list (HdStore *store, GError **error)
{
  g_autoptr (HdRows) rows
      = hd_store_query (store, error, "SELECT " COLUMNS " FROM volume ORDER BY name", "");
  return collect (store, rows, error);
}

/* The volume with this name, or NULL without an error. */
static gboolean
look_up (HdStore *store, const char *name, HdVolume **ret, gboolean *ret_filled, GError **error)
{
  g_autoptr (HdRows) rows
      = hd_store_query (store, error, "SELECT " COLUMNS " FROM volume WHERE name = ?1", "s", name);
  GError *local = NULL;
  *ret = NULL;
  if (rows == NULL)
    return FALSE;
  if (hd_rows_next (rows, &local))
    {
      *ret = volume_of_row (store, rows);
      *ret_filled = hd_rows_int (rows, 6) != 0;
      return TRUE;
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

static gboolean
throw_no_volume (HdStore *store, const char *name, GError **error)
{
  g_autoptr (GPtrArray) all = hd_volume_list (store, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; all != NULL && i < all->len; i++)
    g_ptr_array_add (names, ((HdVolume *)g_ptr_array_index (all, i))->name);
  g_ptr_array_add (names, NULL);
  const char *nearest = hd_nearest_word (name, (const char *const *)names->pdata);
  g_autofree char *hint = nearest != NULL ? g_strdup_printf ("did you mean \"%s\"?", nearest)
                                          : g_strdup ("\"volume ls\" lists them");
  return hd_throw (error, HD_NOT_FOUND, hint, "there is no volume \"%s\"", name);
}

HdVolume *
hd_volume_find (HdStore *store, const char *name, GError **error)
{
  HdVolume *volume;
  gboolean filled;
  if (!look_up (store, name, &volume, &filled, error))
    return NULL;
  if (volume == NULL)
    throw_no_volume (store, name, error);
  return volume;
}

/* ---- Making ---- */

static gboolean
make_folder (HdStore *store, const char *name, GError **error)
{
  g_autofree char *path = g_strdup_printf ("volumes/%s/_data", name);
  int result = hd_fs_mkdirs (hd_store_root_fd (store), path, 0755);
  return result >= 0
         || hd_throw_errno (error, -result, "making %s/%s", hd_store_root (store), path);
}

HdVolume *
hd_volume_ensure (HdStore *store, const char *name, const char *const *labels,
                  const char *const *options, gboolean *ret_new, GError **error)
{
  g_autofree char *id = name == NULL ? hd_network_new_id () : NULL;
  g_autofree char *labels_json = hd_strv_to_json (labels);
  g_autofree char *options_json = hd_strv_to_json (options);
  const char *key = name != NULL ? name : id;
  g_autoptr (HdVolume) volume = NULL;
  gboolean filled = FALSE;
  if (!hd_mountspec_is_volume (key))
    {
      hd_mountspec_throw_volume (key, error);
      return NULL;
    }
  if (!look_up (store, key, &volume, &filled, error))
    return NULL;
  /* Of two at the same time one writes the row, and both find it. */
  if (volume == NULL
      && (!make_folder (store, key, error)
          || !hd_store_run (
              store, error, "INSERT OR IGNORE INTO volume VALUES (?1, ?2, ?3, ?4, ?5, 0)", "siiss",
              key, (gint64)time (NULL), (gint64)(name == NULL), labels_json, options_json)
          /* "system check --repair" may have swept a folder that had no row. */
          || !make_folder (store, key, error) || !look_up (store, key, &volume, &filled, error)))
    return NULL;
  if (volume == NULL)
    {
      hd_throw (error, HD_BUSY, "try again", "volume \"%s\" was removed while it was made", key);
      return NULL;
    }
  if (ret_new != NULL)
    *ret_new = !filled;
  return g_steal_pointer (&volume);
}

gboolean
hd_volume_use (HdStore *store, const char *volume, const char *container, const char *target,
               GError **error)
{
  return hd_store_run (store, error,
                       "INSERT OR REPLACE INTO volume_use (volume, container, target)"
                       " VALUES (?1, ?2, ?3)",
                       "sss", volume, container, target);
}

static char **
collect_names (HdRows *rows, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    g_ptr_array_add (names, g_strdup (hd_rows_text (rows, 0)));
  g_ptr_array_add (names, NULL);
  if (local == NULL)
    return (char **)g_ptr_array_free (g_steal_pointer (&names), FALSE);
  g_propagate_error (error, local);
  return NULL;
}

char **
hd_volume_of_container (HdStore *store, const char *container, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error, "SELECT DISTINCT volume FROM volume_use WHERE container = ?1 ORDER BY volume",
      "s", container);
  return collect_names (rows, error);
}

/* ---- Removing ---- */

static gboolean
remove_row (HdStore *store, const char *name, GError **error)
{
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "SELECT DISTINCT container.name FROM volume_use JOIN container"
      " ON container.id = volume_use.container WHERE volume = ?1 ORDER BY container.name",
      "s", name);
  g_auto (GStrv) users = collect_names (rows, error);
  if (users == NULL)
    return FALSE;
  g_autofree char *joined = g_strjoinv (", ", users);
  if (*joined != '\0')
    return hd_throw (error, HD_BUSY, "remove them first", "volume \"%s\" is used by %s", name,
                     joined);
  if (!hd_store_run (store, error, "DELETE FROM volume WHERE name = ?1", "s", name))
    return FALSE;
  return hd_store_changed (store) > 0 || throw_no_volume (store, name, error);
}

gboolean
hd_volume_remove (HdStore *store, const char *name, GError **error)
{
  if (!hd_store_begin (store, error))
    return FALSE;
  if (!remove_row (store, name, error))
    {
      hd_store_rollback (store);
      return FALSE;
    }
  if (!hd_store_commit (store, error))
    return FALSE;
  g_autofree char *path = g_strdup_printf ("volumes/%s", name);
  int result = hd_fs_remove_tree (hd_store_root_fd (store), path);
  return result >= 0
         || hd_throw_errno (error, -result, "removing %s/%s", hd_store_root (store), path);
}

gboolean
hd_volume_drop_anonymous (HdStore *store, const char *const *names, GError **error)
{
  for (; *names != NULL; names++)
    {
      g_autoptr (HdVolume) volume = NULL;
      gboolean filled;
      if (!look_up (store, *names, &volume, &filled, error))
        return FALSE;
      if (volume != NULL && volume->anonymous && volume->users == 0
          && !hd_volume_remove (store, *names, error))
        return FALSE;
    }
  return TRUE;
}
