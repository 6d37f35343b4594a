/* What is removed from a disk, and whether it may be. */
#include <string.h>

#include "kickstart/layout-internal.h"

static gboolean
in_list (const HdKsDisk *disk, char **names)
{
  for (; *names != NULL; names++)
    if (hd_ks_disk_is (disk, *names))
      return TRUE;
  return FALSE;
}

gboolean
hd_ks_layout_may_use (const HdKickstart *kickstart, const HdKsDisk *disk)
{
  const HdKsEntry *ignore = hd_kickstart_last (kickstart, "ignoredisk");
  g_auto (GStrv) only = ignore != NULL ? hd_ks_list (ignore, "only-use") : NULL;
  g_auto (GStrv) drives = ignore != NULL ? hd_ks_list (ignore, "drives") : NULL;

  if (ignore == NULL)
    return TRUE;
  return hd_ks_given (ignore, "only-use") ? in_list (disk, only)
                                          : disk->name == NULL || !in_list (disk, drives);
}

const char *
hd_ks_layout_clear_mode (const HdKsEntry *clear, const HdKsDisk *disk)
{
  g_auto (GStrv) drives = clear != NULL ? hd_ks_list (clear, "drives") : NULL;
  const char *mode = "none";

  if (clear == NULL || (*drives != NULL && !in_list (disk, drives)))
    return "none";
  if (hd_ks_given (clear, "list"))
    return "list";
  for (guint i = 0; i < clear->values->len; i++)
    {
      const char *name = g_array_index (clear->values, HdKsValue, i).option->names;
      if (strcmp (name, "all") == 0 || strcmp (name, "linux") == 0 || strcmp (name, "none") == 0)
        mode = name;
    }
  return mode;
}

static gboolean
is_linux (const HdKsPartition *partition)
{
  static const char *const types[] = { TYPE_BOOT,  TYPE_ROOT_X86_64,
                                       TYPE_LINUX, TYPE_SWAP,
                                       TYPE_LVM,   TYPE_RAID,
                                       TYPE_LUKS,  "83",
                                       "82",       "8E",
                                       "FD",       NULL };

  return g_strv_contains (types, partition->type);
}

static gboolean
is_listed (const HdKsDisk *disk, const HdKsPartition *partition, char **list)
{
  for (; *list != NULL; list++)
    {
      gboolean here;
      if (hd_ks_disk_partition (disk, *list, &here) == partition)
        return TRUE;
    }
  return FALSE;
}

void
hd_ks_layout_remove (HdKsDiskLayout *layout, const HdKsEntry *clear, const char *mode)
{
  g_auto (GStrv) list = clear != NULL ? hd_ks_list (clear, "list") : NULL;

  for (guint i = 0; i < layout->disk->partitions->len; i++)
    {
      const HdKsPartition *partition = g_ptr_array_index (layout->disk->partitions, i);
      if (strcmp (mode, "all") == 0 || (strcmp (mode, "linux") == 0 && is_linux (partition))
          || (strcmp (mode, "list") == 0 && is_listed (layout->disk, partition, list)))
        g_array_append_val (layout->removed, partition->number);
    }
}

gboolean
hd_ks_layout_may_renew (const HdKickstart *kickstart, const HdKsDiskLayout *layout,
                        const HdKsEntry *clear, const char *mode)
{
  gboolean cleared = strcmp (mode, "none") != 0;

  switch (layout->disk->table)
    {
    case HD_KS_TABLE_NONE:
      return TRUE;
    case HD_KS_TABLE_UNKNOWN:
      return hd_kickstart_last (kickstart, "zerombr") != NULL || strcmp (mode, "all") == 0
             || (cleared && hd_ks_given (clear, "initlabel"));
    case HD_KS_TABLE_GPT:
    case HD_KS_TABLE_OTHER:
    default:
      return cleared && layout->removed->len == layout->disk->partitions->len
             && (layout->removed->len > 0 || layout->disk->table == HD_KS_TABLE_OTHER
                 || hd_ks_given (clear, "initlabel"));
    }
}
