/* The recipe for disks. */
#include "kickstart/provision.h"

#include "base/error.h"
#include "kickstart/partition.h"

static gboolean
throw_at (HdKsPlace place, const char *hint, GError **error, const char *what, const char *name)
{
  return hd_throw (error, HD_CONFIG, hint, "%s:%u:%u: %s %s", place.file, place.line, place.column,
                   name, what);
}

/* Whether the volume is no more than a new partition with or without a file system. */
static gboolean
check_volume (const HdKsVolume *volume, GError **error)
{
  gboolean simple = volume->kind == HD_KS_PARTITION
                    && (volume->use == HD_KS_USE_FS || volume->use == HD_KS_USE_SWAP
                        || volume->use == HD_KS_USE_EFI || volume->use == HD_KS_USE_BIOS
                        || volume->use == HD_KS_USE_PREP || volume->use == HD_KS_USE_NONE);

  if (volume->entry == NULL)
    return TRUE;
  if (!simple)
    return throw_at (volume->entry->place, "leave it out, or make the partitions alone", error,
                     "needs devices of the kernel", volume->entry->name);
  if (volume->encrypted)
    return throw_at (volume->entry->place, "leave out --encrypted", error,
                     "--encrypted needs devices of the kernel", volume->entry->name);
  if (volume->existing && volume->format)
    return throw_at (volume->entry->place, "add --noformat", error,
                     "formats a partition that is there, which is not done here",
                     volume->entry->name);
  return TRUE;
}

gboolean
hd_ks_provision_check (const HdKickstart *kickstart, const GPtrArray *volumes,
                       gboolean file_systems, GError **error)
{
  if (kickstart->deferred->len > 0)
    {
      const HdKsDeferred *deferred = g_ptr_array_index (kickstart->deferred, 0);
      return throw_at (deferred->place, "run its %pre scripts first", error, "is not read",
                       deferred->name);
    }
  for (guint i = 0; i < volumes->len && file_systems; i++)
    if (!check_volume (g_ptr_array_index (volumes, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
make_file_systems (const HdKsDiskLayout *layout, const HdKsFormatOptions *options,
                   GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < layout->slots->len; i++)
    {
      const HdKsSlot *slot = g_ptr_array_index (layout->slots, i);
      if (hd_ks_filesystem_wanted (slot->volume)
          && !hd_ks_filesystem_make (layout->disk, slot, options, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

/* The words of all programs are put together first: a type that nobody knows writes nothing. */
static gboolean
check_words (const GPtrArray *layouts, const HdKsFormatOptions *options, GError **error)
{
  for (guint i = 0; i < layouts->len; i++)
    {
      const HdKsDiskLayout *layout = g_ptr_array_index (layouts, i);
      for (guint j = 0; j < layout->slots->len; j++)
        {
          const HdKsSlot *slot = g_ptr_array_index (layout->slots, j);
          g_auto (GStrv) argv = NULL;
          if (!hd_ks_filesystem_wanted (slot->volume))
            continue;
          argv = hd_ks_filesystem_argv (slot, options->seed, "", error);
          if (argv == NULL)
            return FALSE;
        }
    }
  return TRUE;
}

gboolean
hd_ks_provision (const GPtrArray *layouts, const HdKsFormatOptions *options,
                 GCancellable *cancellable, GError **error)
{
  if (options != NULL && !check_words (layouts, options, error))
    return FALSE;
  for (guint i = 0; i < layouts->len; i++)
    if (!hd_ks_partition_write (g_ptr_array_index (layouts, i), error))
      return FALSE;
  for (guint i = 0; i < layouts->len && options != NULL; i++)
    if (!make_file_systems (g_ptr_array_index (layouts, i), options, cancellable, error))
      return FALSE;
  return TRUE;
}
