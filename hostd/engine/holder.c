/* Who holds addresses and ports, and lives no more. */
#include "engine/holder.h"

#include "common/cleanup.h"
#include "engine/container-lock.h"
#include "engine/network.h"
#include "engine/status.h"

GPtrArray *
hd_holder_list (HdStore *store, GError **error)
{
  g_autoptr (HdRows) rows
      = hd_store_query (store, error,
                        "SELECT container FROM endpoint WHERE ip4 IS NOT NULL OR ip6 IS NOT NULL"
                        " UNION SELECT container FROM port WHERE held IS NOT NULL",
                        "");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  GError *local = NULL;
  if (rows == NULL)
    return NULL;
  while (hd_rows_next (rows, &local))
    g_ptr_array_add (ids, g_strdup (hd_rows_text (rows, 0)));
  if (local == NULL)
    return g_steal_pointer (&ids);
  g_propagate_error (error, local);
  return NULL;
}

gboolean
hd_holder_is_living (HdStore *store, const char *id)
{
  if (hd_status_monitor_lives (store, id))
    return TRUE;
  /* Free, and still no monitor: one that started in between would have been seen. */
  hd_autofd lock = hd_container_lock (store, id, FALSE, NULL);
  return lock < 0 || hd_status_monitor_lives (store, id);
}

gboolean
hd_holder_release_dead (HdStore *store, const char *self, guint *ret_released, GError **error)
{
  g_autoptr (GPtrArray) ids = hd_holder_list (store, error);
  *ret_released = 0;
  for (guint i = 0; ids != NULL && i < ids->len; i++)
    {
      const char *id = g_ptr_array_index (ids, i);
      if (g_str_equal (id, self) || hd_holder_is_living (store, id))
        continue;
      if (!hd_network_release (store, id, error))
        return FALSE;
      (*ret_released)++;
    }
  return ids != NULL;
}
