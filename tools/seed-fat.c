/* One boot sector, two tables, the root, the files one behind the other. */
#include "tools/seed-fat.h"

#include <string.h>

#include "base/error.h"
#include "tools/format-bytes.h"

#define SECTOR 512u
#define ROOT_ENTRIES 64u
#define ROOT_SECTORS (ROOT_ENTRIES * 32 / SECTOR)
#define MAX_CLUSTERS 4084u /* one more would be FAT16 */
#define MAX_SECTORS_PER_CLUSTER 64u
#define LONG_CHARACTERS 13u
/* Room for somebody who edits a file in the image. */
#define SPARE_CLUSTERS 64u

typedef struct
{
  guint sectors_per_cluster;
  guint n_clusters;
  guint table_sectors;
  guint total_sectors;
} Shape;

static guint
clusters_of (GBytes *content, guint cluster_bytes)
{
  return (guint)(hd_round_up (g_bytes_get_size (content), cluster_bytes) / cluster_bytes);
}

static gboolean
find_shape (const HdFatFile *files, gsize n, Shape *shape, GError **error)
{
  for (guint sectors = 1; sectors <= MAX_SECTORS_PER_CLUSTER; sectors *= 2)
    {
      guint64 clusters = SPARE_CLUSTERS;
      for (gsize i = 0; i < n; i++)
        clusters += hd_round_up (g_bytes_get_size (files[i].content), sectors * SECTOR)
                    / (sectors * SECTOR);
      if (clusters > MAX_CLUSTERS)
        continue;
      shape->sectors_per_cluster = sectors;
      shape->n_clusters = (guint)clusters;
      shape->table_sectors
          = (guint)(hd_round_up (((guint64)shape->n_clusters + 2) * 3 / 2 + 1, SECTOR) / SECTOR);
      shape->total_sectors
          = 1 + 2 * shape->table_sectors + ROOT_SECTORS + shape->n_clusters * sectors;
      return TRUE;
    }
  return hd_throw (error, HD_CONFIG, "use an ISO image", "the files are too large for FAT12");
}

static void
fill_boot (guint8 *boot, const Shape *shape, const char *label, guint32 volume_id)
{
  memcpy (boot,
          "\xeb\x3c\x90"
          "MSWIN4.1",
          11);
  hd_put_le16 (boot + 11, SECTOR);
  boot[13] = (guint8)shape->sectors_per_cluster;
  hd_put_le16 (boot + 14, 1); /* the boot sector alone stands before the tables */
  boot[16] = 2;
  hd_put_le16 (boot + 17, ROOT_ENTRIES);
  if (shape->total_sectors < 65536)
    hd_put_le16 (boot + 19, (guint16)shape->total_sectors);
  else
    hd_put_le32 (boot + 32, shape->total_sectors);
  boot[21] = 0xf8;
  hd_put_le16 (boot + 22, (guint16)shape->table_sectors);
  hd_put_le16 (boot + 24, 32);
  hd_put_le16 (boot + 26, 64);
  boot[36] = 0x80;
  boot[38] = 0x29;
  hd_put_le32 (boot + 39, volume_id);
  memset (boot + 43, ' ', 11);
  memcpy (boot + 43, label, strlen (label));
  memcpy (boot + 54, "FAT12   ", 8);
  boot[510] = 0x55;
  boot[511] = 0xaa;
}

/* Twelve bits for each cluster. */
static void
set_next (guint8 *table, guint cluster, guint next)
{
  guint8 *at = table + cluster * 3 / 2;
  guint16 old = hd_get_le16 (at);
  hd_put_le16 (at, cluster % 2 == 0 ? (guint16)((old & 0xf000) | next)
                                    : (guint16)((old & 0x000f) | next << 4));
}

static void
put_times (guint8 *entry, gint64 epoch)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (MAX (epoch, 315532800));
  guint16 day
      = (guint16)((MIN (g_date_time_get_year (time), 2107) - 1980) << 9
                  | g_date_time_get_month (time) << 5 | g_date_time_get_day_of_month (time));
  guint16 clock = (guint16)(g_date_time_get_hour (time) << 11 | g_date_time_get_minute (time) << 5
                            | g_date_time_get_second (time) / 2);
  hd_put_le16 (entry + 14, clock);
  hd_put_le16 (entry + 16, day);
  hd_put_le16 (entry + 18, day);
  hd_put_le16 (entry + 22, clock);
  hd_put_le16 (entry + 24, day);
}

/* "USER-D~1   " of "user-data". */
static void
short_name (const char *name, guint8 out[11])
{
  memset (out, ' ', 11);
  for (guint i = 0; i < 6 && name[i] != '\0'; i++)
    out[i] = (guint8)g_ascii_toupper (name[i]);
  memcpy (out + MIN (strlen (name), 6), "~1", 2);
}

static guint8 *
put_long_name (guint8 *entry, const char *name, const guint8 short_form[11])
{
  static const guint8 places[LONG_CHARACTERS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
  guint8 sum = 0;
  gsize length = strlen (name);
  guint n = (guint)((length + LONG_CHARACTERS - 1) / LONG_CHARACTERS);
  for (guint i = 0; i < 11; i++)
    sum = (guint8)(((sum & 1) << 7) + (sum >> 1) + short_form[i]);
  /* The last part comes first. */
  for (guint part = n; part > 0; part--, entry += 32)
    {
      entry[0] = (guint8)(part | (part == n ? 0x40 : 0));
      entry[11] = 0x0f;
      entry[13] = sum;
      for (guint i = 0; i < LONG_CHARACTERS; i++)
        {
          gsize at = (part - 1) * LONG_CHARACTERS + i;
          hd_put_le16 (entry + places[i],
                       at < length ? (guint8)name[at] : (at == length ? 0 : 0xffff));
        }
    }
  return entry;
}

GBytes *
hd_seed_fat (const HdFatFile *files, gsize n, const char *label, guint32 volume_id, gint64 epoch,
             GError **error)
{
  Shape shape = { 0 };
  if (!find_shape (files, n, &shape, error))
    return NULL;
  gsize size_bytes = (gsize)shape.total_sectors * SECTOR;
  guint cluster_bytes = shape.sectors_per_cluster * SECTOR, next = 2;
  guint8 *image = g_malloc0 (size_bytes);
  guint8 *table = image + SECTOR;
  guint8 *root = table + (gsize)2 * shape.table_sectors * SECTOR;
  guint8 *data = root + ROOT_SECTORS * SECTOR;
  fill_boot (image, &shape, label, volume_id);
  set_next (table, 0, 0xff8);
  set_next (table, 1, 0xfff);

  memset (root, ' ', 11);
  memcpy (root, label, strlen (label));
  root[11] = 0x08;
  put_times (root, epoch);
  guint8 *entry = root + 32;
  for (gsize i = 0; i < n; i++)
    {
      guint8 short_form[11];
      short_name (files[i].name, short_form);
      entry = put_long_name (entry, files[i].name, short_form);
      memcpy (entry, short_form, sizeof short_form);
      entry[11] = 0x20;
      put_times (entry, epoch);
      guint clusters = clusters_of (files[i].content, cluster_bytes);
      hd_put_le16 (entry + 26, clusters > 0 ? (guint16)next : 0);
      hd_put_le32 (entry + 28, (guint32)g_bytes_get_size (files[i].content));
      if (clusters > 0)
        memcpy (data + (gsize)(next - 2) * cluster_bytes, g_bytes_get_data (files[i].content, NULL),
                g_bytes_get_size (files[i].content));
      for (guint c = 0; c < clusters; c++, next++)
        set_next (table, next, c + 1 < clusters ? next + 1 : 0xfff);
      entry += 32;
    }
  memcpy (table + (gsize)shape.table_sectors * SECTOR, table, (gsize)shape.table_sectors * SECTOR);
  return g_bytes_new_take (image, size_bytes);
}
