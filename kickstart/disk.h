/* A disk, or a file that is one: its size, and what is on it.
 *
 * Read with libfdisk, without changing anything. Knows nothing of kickstarts.
 */
#pragma once

#include <gio/gio.h>

typedef enum
{
  HD_KS_TABLE_NONE, /* nothing is on the disk */
  HD_KS_TABLE_GPT,
  HD_KS_TABLE_OTHER,   /* another partition table, as that of an MBR */
  HD_KS_TABLE_UNKNOWN, /* no table, and something else */
} HdKsTable;

typedef struct
{
  guint number; /* from 1 */
  guint64 start_bytes, size_bytes;
  char *type; /* GUID in capitals; of another table what it calls it */
  char *name; /* or NULL */
} HdKsPartition;

typedef struct
{
  char *name; /* as a kickstart calls it: "sda"; NULL: any name is its */
  char *path;
  guint64 size_bytes;
  guint sector_bytes;
  HdKsTable table;
  GPtrArray *partitions; /* of HdKsPartition, in the order in which they stand */
} HdKsDisk;

/* Read the disk at `path`. Errors: HD_NOT_FOUND, HD_DENIED, HD_FAILED. Blocks. */
HdKsDisk *hd_ks_disk_read (const char *name, const char *path, GError **error);
/* A blank disk, for plans and tests. */
HdKsDisk *hd_ks_disk_new (const char *name, const char *path, guint64 size_bytes);
void hd_ks_disk_free (HdKsDisk *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdKsDisk, hd_ks_disk_free)
/* Add a partition to the value; it changes no disk. */
void hd_ks_disk_add (HdKsDisk *disk, guint number, guint64 start_bytes, guint64 size_bytes,
                     const char *type, const char *name);

/* Whether a kickstart means this disk by `name`: "sda", "/dev/sda", its path, or a pattern of
 * fnmatch(3). */
gboolean hd_ks_disk_is (const HdKsDisk *disk, const char *name);
/* The partition that a kickstart calls `name` ("sda2", "/dev/nvme0n1p3"); NULL when it is not on
 * this disk. *ret_here becomes whether the name is one of this disk at all. */
const HdKsPartition *hd_ks_disk_partition (const HdKsDisk *disk, const char *name,
                                           gboolean *ret_here);
