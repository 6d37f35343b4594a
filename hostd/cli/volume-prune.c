/* volume prune. */
#include "cli/volume-prune.h"

#include "cli/filter.h"
#include "engine/tree-size.h"

GPtrArray *
hd_volume_prune (HdStore *store, gboolean all, const char *const *filters, guint64 *ret_bytes,
                 GError **error)
{
  static const char *const known[] = { "label", "label!", NULL };
  g_autoptr (GPtrArray) removed = g_ptr_array_new_with_free_func (g_free);
  *ret_bytes = 0;
  if (!hd_filter_check (filters, known, error))
    return NULL;
  g_autoptr (GPtrArray) volumes = hd_volume_list (store, error);
  for (guint i = 0; volumes != NULL && i < volumes->len; i++)
    {
      const HdVolume *volume = g_ptr_array_index (volumes, i);
      if (volume->users > 0 || !(all || volume->anonymous)
          || !hd_filter_labels (filters, volume->labels))
        continue;
      guint64 bytes = hd_tree_size (volume->path);
      if (!hd_volume_remove (store, volume->name, error))
        return NULL;
      *ret_bytes += bytes;
      g_ptr_array_add (removed, g_strdup (volume->name));
    }
  return volumes != NULL ? g_steal_pointer (&removed) : NULL;
}
