/* A layout to libfdisk's calls. */
#include "kickstart/partition.h"

#include <errno.h>
#include <libfdisk/libfdisk.h>
#include <string.h>

#include "base/error.h"

typedef struct fdisk_context FdiskContext;
typedef struct fdisk_partition FdiskPartition;
typedef struct fdisk_parttype FdiskType;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FdiskContext, fdisk_unref_context)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FdiskPartition, fdisk_unref_partition)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FdiskType, fdisk_unref_parttype)

static gboolean
fail (const HdKsDiskLayout *layout, int r, const char *what, GError **error)
{
  return hd_throw_errno (error, -r, "%s on %s", what, layout->disk->path);
}

static gboolean
make_table (const HdKsDiskLayout *layout, FdiskContext *context, GError **error)
{
  int r;

  if (!layout->new_table)
    return TRUE;
  fdisk_enable_wipe (context, 1);
  r = fdisk_create_disklabel (context, "gpt");
  if (r >= 0)
    r = fdisk_set_disklabel_id_from_string (context, layout->id);
  return r >= 0 || fail (layout, r, "making a partition table", error);
}

static gboolean
remove_partitions (const HdKsDiskLayout *layout, FdiskContext *context, GError **error)
{
  for (guint i = 0; i < layout->removed->len && !layout->new_table; i++)
    {
      int r = fdisk_delete_partition (context, g_array_index (layout->removed, guint, i) - 1);
      if (r < 0)
        return fail (layout, r, "removing a partition", error);
    }
  return TRUE;
}

static int
fill_in (const HdKsSlot *slot, FdiskContext *context, FdiskPartition *partition)
{
  g_autoptr (FdiskType) type
      = fdisk_label_parse_parttype (fdisk_get_label (context, NULL), slot->type);
  guint64 sector = fdisk_get_sector_size (context);
  int r = type != NULL ? fdisk_partition_set_type (partition, type) : -EINVAL;

  if (r >= 0)
    r = fdisk_partition_set_partno (partition, slot->number - 1);
  if (r >= 0)
    r = fdisk_partition_set_start (partition, slot->start_bytes / sector);
  if (r >= 0)
    r = fdisk_partition_set_size (partition, slot->size_bytes / sector);
  if (r >= 0)
    r = fdisk_partition_set_name (partition, slot->name);
  return r >= 0 ? fdisk_partition_set_uuid (partition, slot->uuid) : r;
}

static gboolean
add_partition (const HdKsDiskLayout *layout, const HdKsSlot *slot, FdiskContext *context,
               GError **error)
{
  g_autoptr (FdiskPartition) partition = fdisk_new_partition ();
  g_autofree char *what = g_strdup_printf ("making the partition %s", slot->name);
  size_t number = 0;
  int r = fill_in (slot, context, partition);

  if (r >= 0)
    r = fdisk_add_partition (context, partition, &number);
  if (r >= 0)
    r = fdisk_wipe_partition (context, number, 1);
  return r >= 0 || fail (layout, r, what, error);
}

static gboolean
change (const HdKsDiskLayout *layout, FdiskContext *context, GError **error)
{
  int r;

  if (!make_table (layout, context, error) || !remove_partitions (layout, context, error))
    return FALSE;
  for (guint i = 0; i < layout->slots->len; i++)
    if (!add_partition (layout, g_ptr_array_index (layout->slots, i), context, error))
      return FALSE;
  r = fdisk_write_disklabel (context);
  return r >= 0 || fail (layout, r, "writing the partition table", error);
}

/* The kernel reads the new table of a device; a file has none to read. */
static gboolean
finish (const HdKsDiskLayout *layout, FdiskContext *context, GError **error)
{
  int r = fdisk_reread_partition_table (context);

  if (r < 0 && r != -ENOSYS && r != -ENOTTY && r != -ENOTBLK)
    return fail (layout, r, "reading the new partition table", error);
  r = fdisk_deassign_device (context, 0);
  return r >= 0 || fail (layout, r, "synchronising", error);
}

gboolean
hd_ks_partition_write (const HdKsDiskLayout *layout, GError **error)
{
  g_autoptr (FdiskContext) context = NULL;
  int r;

  if (!layout->new_table && layout->removed->len == 0 && layout->slots->len == 0)
    return TRUE;
  context = fdisk_new_context ();
  fdisk_disable_dialogs (context, 1);
  r = fdisk_assign_device (context, layout->disk->path, 0);
  if (r < 0)
    return fail (layout, r, "opening the partition table", error);
  if (fdisk_is_regfile (context) == 0 && fdisk_device_is_used (context))
    return hd_throw (error, HD_BUSY, "unmount what is on it, see lsblk", "%s is in use",
                     layout->disk->path);
  return change (layout, context, error) && finish (layout, context, error);
}
