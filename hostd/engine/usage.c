/* What images, containers and volumes take of the disk. */
#include "engine/usage.h"

#include "engine/container.h"
#include "engine/status.h"
#include "engine/tree-size.h"
#include "engine/volume.h"

gboolean
hd_usage_images (HdStore *store, HdUsage *ret, GError **error)
{
  /* A layer that several images share counts once; it is in use when one of them is. */
  g_autoptr (HdRows) rows = hd_store_query (
      store, error,
      "WITH RECURSIVE used (id) AS (SELECT layer FROM image WHERE layer IS NOT NULL"
      "  AND id IN (SELECT image FROM container)"
      "  UNION SELECT parent FROM layer JOIN used ON layer.id = used.id WHERE parent IS NOT NULL)"
      " SELECT (SELECT count (*) FROM image),"
      " (SELECT count (DISTINCT image) FROM container WHERE image IS NOT NULL),"
      " (SELECT total (size) FROM layer),"
      " (SELECT total (size) FROM layer WHERE id NOT IN (SELECT id FROM used))",
      "");
  GError *local = NULL;
  if (rows == NULL)
    return FALSE;
  if (hd_rows_next (rows, &local))
    {
      *ret = (HdUsage){ (guint)hd_rows_int (rows, 0), (guint)hd_rows_int (rows, 1),
                        (guint64)hd_rows_int (rows, 2), (guint64)hd_rows_int (rows, 3) };
      return TRUE;
    }
  g_propagate_error (error, local);
  return FALSE;
}

gboolean
hd_usage_containers (HdStore *store, HdUsage *ret, GError **error)
{
  g_autoptr (GPtrArray) list = hd_container_list (store, error);
  HdUsage usage = { 0 };
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const HdContainer *container = g_ptr_array_index (list, i);
      g_auto (HdStatusNow) now = { .lives = FALSE };
      g_autofree char *folder = hd_container_folder (store, container->id);
      g_autofree char *upper = g_build_filename (folder, "upper", NULL);
      guint64 bytes = hd_tree_size (upper);
      gboolean active
          = hd_status_now (store, container->id, &now, NULL) && hd_status_now_is_running (&now);
      usage.total++;
      usage.active += active;
      usage.bytes += bytes;
      usage.reclaimable_bytes += active ? 0 : bytes;
    }
  *ret = usage;
  return list != NULL;
}

gboolean
hd_usage_volumes (HdStore *store, HdUsage *ret, GError **error)
{
  g_autoptr (GPtrArray) list = hd_volume_list (store, error);
  HdUsage usage = { 0 };
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const HdVolume *volume = g_ptr_array_index (list, i);
      guint64 bytes = hd_tree_size (volume->path);
      usage.total++;
      usage.active += volume->users > 0;
      usage.bytes += bytes;
      usage.reclaimable_bytes += volume->users > 0 ? 0 : bytes;
    }
  *ret = usage;
  return list != NULL;
}
