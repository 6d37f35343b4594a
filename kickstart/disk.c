/* Looking at a disk. */
#include "kickstart/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <libfdisk/libfdisk.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"

#define MIB G_GUINT64_CONSTANT (1048576)

typedef struct fdisk_context FdiskContext;
typedef struct fdisk_table FdiskTable;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FdiskContext, fdisk_unref_context)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FdiskTable, fdisk_unref_table)

static void
partition_free (gpointer pointer)
{
  HdKsPartition *partition = pointer;

  g_free (partition->type);
  g_free (partition->name);
  g_free (partition);
}

HdKsDisk *
hd_ks_disk_new (const char *name, const char *path, guint64 size_bytes)
{
  HdKsDisk *disk = g_new0 (HdKsDisk, 1);

  disk->name = g_strdup (name);
  disk->path = g_strdup (path);
  disk->size_bytes = size_bytes;
  disk->sector_bytes = 512;
  disk->partitions = g_ptr_array_new_with_free_func (partition_free);
  return disk;
}

void
hd_ks_disk_free (HdKsDisk *disk)
{
  if (disk == NULL)
    return;
  g_free (disk->name);
  g_free (disk->path);
  g_ptr_array_unref (disk->partitions);
  g_free (disk);
}

void
hd_ks_disk_add (HdKsDisk *disk, guint number, guint64 start_bytes, guint64 size_bytes,
                const char *type, const char *name)
{
  HdKsPartition *partition = g_new0 (HdKsPartition, 1);

  partition->number = number;
  partition->start_bytes = start_bytes;
  partition->size_bytes = size_bytes;
  partition->type = type != NULL ? g_ascii_strup (type, -1) : g_strdup ("");
  partition->name = g_strdup (name);
  g_ptr_array_add (disk->partitions, partition);
}

static int
compare_starts (gconstpointer a, gconstpointer b)
{
  const HdKsPartition *first = *(const HdKsPartition *const *)a;
  const HdKsPartition *second = *(const HdKsPartition *const *)b;

  return (first->start_bytes > second->start_bytes) - (first->start_bytes < second->start_bytes);
}

static void
read_partition (HdKsDisk *disk, struct fdisk_partition *partition)
{
  struct fdisk_parttype *type = fdisk_partition_get_type (partition);
  const char *type_text = NULL;

  if (!fdisk_partition_has_partno (partition) || !fdisk_partition_has_start (partition)
      || !fdisk_partition_has_size (partition))
    return;
  if (type != NULL)
    type_text = fdisk_parttype_get_string (type) != NULL ? fdisk_parttype_get_string (type)
                                                         : fdisk_parttype_get_name (type);
  hd_ks_disk_add (disk, (guint)fdisk_partition_get_partno (partition) + 1,
                  fdisk_partition_get_start (partition) * (guint64)disk->sector_bytes,
                  fdisk_partition_get_size (partition) * (guint64)disk->sector_bytes, type_text,
                  fdisk_partition_get_name (partition));
}

static gboolean
read_partitions (HdKsDisk *disk, FdiskContext *context)
{
  g_autoptr (FdiskTable) table = NULL;

  if (fdisk_get_partitions (context, &table) < 0)
    return FALSE;
  for (size_t i = 0; i < fdisk_table_get_nents (table); i++)
    read_partition (disk, fdisk_table_get_partition (table, i));
  g_ptr_array_sort (disk->partitions, compare_starts);
  return TRUE;
}

/* Whether the MiB at `offset_bytes` has only zeros; a short one counts as what is there. */
static gboolean
is_zero (int fd, guint64 offset_bytes)
{
  g_autofree char *data = g_malloc (MIB);
  gssize length = pread (fd, data, MIB, (off_t)offset_bytes);

  for (gssize i = 0; i < length; i++)
    if (data[i] != 0)
      return FALSE;
  return length >= 0;
}

/* Tables and file systems leave something in the first or the last MiB. */
static HdKsTable
table_of (const HdKsDisk *disk, FdiskContext *context)
{
  int fd = fdisk_get_devfd (context);

  if (fdisk_is_label (context, GPT))
    return HD_KS_TABLE_GPT;
  if (fdisk_has_label (context))
    return HD_KS_TABLE_OTHER;
  return is_zero (fd, 0) && is_zero (fd, disk->size_bytes > MIB ? disk->size_bytes - MIB : 0)
             ? HD_KS_TABLE_NONE
             : HD_KS_TABLE_UNKNOWN;
}

HdKsDisk *
hd_ks_disk_read (const char *name, const char *path, GError **error)
{
  g_autoptr (FdiskContext) context = fdisk_new_context ();
  g_autoptr (HdKsDisk) disk = NULL;
  int r;

  fdisk_disable_dialogs (context, 1);
  r = fdisk_assign_device (context, path, 1);
  if (r < 0)
    {
      hd_throw_errno (error, -r, "reading the disk %s", path);
      return NULL;
    }
  disk = hd_ks_disk_new (name, path,
                         (guint64)fdisk_get_nsectors (context) * fdisk_get_sector_size (context));
  disk->sector_bytes = (guint)fdisk_get_sector_size (context);
  disk->table = table_of (disk, context);
  if (fdisk_has_label (context) && !read_partitions (disk, context))
    hd_throw (error, HD_FAILED, NULL, "reading the partitions of %s", path);
  else
    r = 1;
  fdisk_deassign_device (context, 1);
  return r == 1 ? g_steal_pointer (&disk) : NULL;
}

static const char *
without_dev (const char *name)
{
  return g_str_has_prefix (name, "/dev/") ? name + strlen ("/dev/") : name;
}

gboolean
hd_ks_disk_is (const HdKsDisk *disk, const char *name)
{
  return disk->name == NULL || strcmp (disk->path, name) == 0
         || fnmatch (without_dev (name), without_dev (disk->name), FNM_NOESCAPE) == 0;
}

const HdKsPartition *
hd_ks_disk_partition (const HdKsDisk *disk, const char *name, gboolean *ret_here)
{
  const char *base = disk->name != NULL ? without_dev (disk->name) : "";
  gsize length = strlen (base);
  const char *number = without_dev (name);

  *ret_here = FALSE;
  if (length == 0 || strncmp (number, base, length) != 0)
    return NULL;
  number += length;
  if (*number == 'p' && g_ascii_isdigit (base[length - 1]))
    number++;
  if (*number == '\0' || number[strspn (number, "0123456789")] != '\0')
    return NULL;
  *ret_here = TRUE;
  for (guint i = 0; i < disk->partitions->len; i++)
    {
      const HdKsPartition *partition = g_ptr_array_index (disk->partitions, i);
      if (partition->number == (guint)g_ascii_strtoull (number, NULL, 10))
        return partition;
    }
  return NULL;
}
