/* Clusters, tables and reference counts of a qcow2 that only grows. */
#include "tools/format-qcow2.h"

#include "tools/format-bytes.h"

#define CLUSTER HD_BLOCK_BYTES
#define CLUSTER_BITS 16u
#define SECTOR 512u
#define L2_ENTRIES (CLUSTER / 8)
#define REFCOUNTS (CLUSTER / 2) /* in a block, 16 bits each */
#define COPIED (G_GUINT64_CONSTANT (1) << 63)
#define COMPRESSED (G_GUINT64_CONSTANT (1) << 62)
/* A compressed cluster's entry: its place in the low bits, then the sectors after the first. */
#define CSIZE_SHIFT (62 - (CLUSTER_BITS - 8))
#define INCOMPATIBLE_COMPRESSION 8u
#define HEADER_V2_BYTES 72u
#define HEADER_V3_BYTES 112u

struct _HdQcow2
{
  HdFormatFile *file;
  guint64 base; /* where it begins in the file */
  guint64 disk_bytes;
  guint version;
  gboolean zstd;

  guint64 *l1; /* in host order */
  guint64 n_l1;
  guint64 current_l1; /* whose L2 table is being filled, or n_l1 */
  guint8 l2[CLUSTER];

  GArray *refcounts;      /* guint16, of the clusters from first_refcount on */
  guint64 first_refcount; /* a multiple of REFCOUNTS */
  GArray *blocks;         /* guint64: places of the refcount blocks that are written */
};

static guint64
position (const HdQcow2 *qcow2)
{
  return hd_format_file_position (qcow2->file) - qcow2->base;
}

/* One reference more to the cluster that holds `place`. */
static void
add_reference (HdQcow2 *qcow2, guint64 cluster)
{
  guint64 index = cluster - qcow2->first_refcount;
  g_assert (cluster >= qcow2->first_refcount);
  if (index >= qcow2->refcounts->len)
    g_array_set_size (qcow2->refcounts, (guint)index + 1);
  g_array_index (qcow2->refcounts, guint16, index)++;
}

static gboolean
align (HdQcow2 *qcow2, GError **error)
{
  return hd_format_file_align (qcow2->file, qcow2->base, CLUSTER, error);
}

/* Write whole clusters with one reference each at the next free cluster; *ret_place is there. */
static gboolean
append_clusters (HdQcow2 *qcow2, const void *data, guint64 n, guint64 *ret_place, GError **error)
{
  if (!align (qcow2, error))
    return FALSE;
  *ret_place = position (qcow2);
  for (guint64 i = 0; i < n; i++)
    add_reference (qcow2, *ret_place / CLUSTER + i);
  return hd_format_file_append (qcow2->file, data, n * CLUSTER, error);
}

/* Write the first refcount block when no cluster that it counts can change any more. */
static gboolean
flush_refcounts (HdQcow2 *qcow2, GError **error)
{
  while (position (qcow2) / CLUSTER >= qcow2->first_refcount + 2 * REFCOUNTS)
    {
      g_autofree guint16 *block = g_new0 (guint16, REFCOUNTS);
      for (guint i = 0; i < REFCOUNTS && i < qcow2->refcounts->len; i++)
        block[i] = GUINT16_TO_BE (g_array_index (qcow2->refcounts, guint16, i));
      guint64 place;
      if (!append_clusters (qcow2, block, 1, &place, error))
        return FALSE;
      g_array_append_val (qcow2->blocks, place);
      g_array_remove_range (qcow2->refcounts, 0, MIN (REFCOUNTS, qcow2->refcounts->len));
      qcow2->first_refcount += REFCOUNTS;
    }
  return TRUE;
}

static gboolean
flush_l2 (HdQcow2 *qcow2, GError **error)
{
  guint64 place;
  if (qcow2->current_l1 == qcow2->n_l1)
    return TRUE;
  if (!append_clusters (qcow2, qcow2->l2, 1, &place, error))
    return FALSE;
  qcow2->l1[qcow2->current_l1] = place | COPIED;
  qcow2->current_l1 = qcow2->n_l1;
  memset (qcow2->l2, 0, sizeof qcow2->l2);
  return flush_refcounts (qcow2, error);
}

HdQcow2 *
hd_qcow2_new (HdFormatFile *file, guint64 disk_bytes, guint version, gboolean zstd, GError **error)
{
  HdQcow2 *qcow2 = g_new0 (HdQcow2, 1);
  qcow2->file = file;
  qcow2->base = hd_format_file_position (file);
  qcow2->disk_bytes = disk_bytes;
  qcow2->version = version;
  qcow2->zstd = zstd;
  qcow2->n_l1
      = hd_round_up (disk_bytes, (guint64)CLUSTER * L2_ENTRIES) / ((guint64)CLUSTER * L2_ENTRIES);
  qcow2->current_l1 = qcow2->n_l1;
  qcow2->l1 = g_new0 (guint64, qcow2->n_l1);
  qcow2->refcounts = g_array_new (FALSE, TRUE, sizeof (guint16));
  qcow2->blocks = g_array_new (FALSE, FALSE, sizeof (guint64));
  add_reference (qcow2, 0);
  if (!hd_format_file_skip (file, CLUSTER, error))
    g_clear_pointer (&qcow2, hd_qcow2_free);
  return qcow2;
}

static gboolean
add_compressed (HdQcow2 *qcow2, const HdPacked *packed, guint64 *ret_entry, GError **error)
{
  guint64 start = position (qcow2);
  guint64 last = start + packed->size_bytes - 1;
  *ret_entry = COMPRESSED | start | ((last / SECTOR - start / SECTOR) << CSIZE_SHIFT);
  for (guint64 cluster = start / CLUSTER; cluster <= last / CLUSTER; cluster++)
    add_reference (qcow2, cluster);
  return hd_format_file_append (qcow2->file, packed->data, packed->size_bytes, error);
}

static gboolean
add_plain (HdQcow2 *qcow2, const guint8 *block, guint64 *ret_entry, GError **error)
{
  if (!append_clusters (qcow2, block, 1, ret_entry, error))
    return FALSE;
  *ret_entry |= COPIED;
  return TRUE;
}

gboolean
hd_qcow2_chunk (HdQcow2 *qcow2, const HdChunk *chunk, GError **error)
{
  for (guint i = 0; i < HD_CHUNK_BLOCKS; i++)
    {
      if ((chunk->used & (1u << i)) == 0)
        continue;
      guint64 cluster = chunk->index * HD_CHUNK_BLOCKS + i;
      if (cluster / L2_ENTRIES != qcow2->current_l1 && !flush_l2 (qcow2, error))
        return FALSE;
      qcow2->current_l1 = cluster / L2_ENTRIES;
      const HdPacked *packed = qcow2->zstd ? &chunk->zstd[i] : &chunk->deflate[i];
      guint64 entry;
      gboolean ok = packed->size_bytes < CLUSTER
                        ? add_compressed (qcow2, packed, &entry, error)
                        : add_plain (qcow2, chunk->data + (gsize)i * CLUSTER, &entry, error);
      if (!ok)
        return FALSE;
      hd_put_be64 (qcow2->l2 + cluster % L2_ENTRIES * 8, entry);
    }
  return TRUE;
}

/* A table of 64-bit numbers as whole clusters, free with g_free. */
static guint8 *
table_bytes (const guint64 *numbers, guint64 n, guint64 *ret_clusters)
{
  *ret_clusters = MAX (1, hd_round_up (n * 8, CLUSTER) / CLUSTER);
  guint8 *bytes = g_malloc0 (*ret_clusters * CLUSTER);
  for (guint64 i = 0; i < n; i++)
    hd_put_be64 (bytes + i * 8, numbers[i]);
  return bytes;
}

/* The remaining refcount blocks count themselves and the table that points to them. */
static gboolean
write_refcounts (HdQcow2 *qcow2, guint64 *ret_table, guint64 *ret_table_clusters, GError **error)
{
  if (!align (qcow2, error))
    return FALSE;
  guint64 start = position (qcow2) / CLUSTER;
  guint64 n_blocks = 0, table_clusters = 1, total;
  for (;;)
    {
      total = start + n_blocks + table_clusters;
      guint64 blocks = hd_round_up (total - qcow2->first_refcount, REFCOUNTS) / REFCOUNTS;
      guint64 clusters = hd_round_up ((qcow2->blocks->len + blocks) * 8, CLUSTER) / CLUSTER;
      if (blocks == n_blocks && clusters == table_clusters)
        break;
      n_blocks = blocks;
      table_clusters = clusters;
    }
  for (guint64 cluster = start; cluster < total; cluster++)
    add_reference (qcow2, cluster);

  g_autofree guint16 *counts = g_new0 (guint16, n_blocks * REFCOUNTS);
  for (guint i = 0; i < qcow2->refcounts->len; i++)
    counts[i] = GUINT16_TO_BE (g_array_index (qcow2->refcounts, guint16, i));
  for (guint64 i = 0; i < n_blocks; i++)
    {
      guint64 place = (start + i) * CLUSTER;
      g_array_append_val (qcow2->blocks, place);
    }
  g_autofree guint8 *table = table_bytes ((const guint64 *)(void *)qcow2->blocks->data,
                                          qcow2->blocks->len, ret_table_clusters);
  *ret_table = (start + n_blocks) * CLUSTER;
  return hd_format_file_append (qcow2->file, counts, n_blocks * CLUSTER, error)
         && hd_format_file_append (qcow2->file, table, table_clusters * CLUSTER, error);
}

gboolean
hd_qcow2_end (HdQcow2 *qcow2, GError **error)
{
  guint64 l1_place, l1_clusters, table_place, table_clusters;
  if (!flush_l2 (qcow2, error))
    return FALSE;
  g_autofree guint8 *l1 = table_bytes (qcow2->l1, qcow2->n_l1, &l1_clusters);
  if (!append_clusters (qcow2, l1, l1_clusters, &l1_place, error)
      || !write_refcounts (qcow2, &table_place, &table_clusters, error))
    return FALSE;

  guint8 header[HEADER_V3_BYTES + 8] = { 'Q', 'F', 'I', 0xfb };
  hd_put_be32 (header + 4, qcow2->version);
  hd_put_be32 (header + 20, CLUSTER_BITS);
  hd_put_be64 (header + 24, qcow2->disk_bytes);
  hd_put_be32 (header + 36, (guint32)qcow2->n_l1);
  hd_put_be64 (header + 40, l1_place);
  hd_put_be64 (header + 48, table_place);
  hd_put_be32 (header + 56, (guint32)table_clusters);
  if (qcow2->version >= 3)
    {
      hd_put_be64 (header + 72, qcow2->zstd ? INCOMPATIBLE_COMPRESSION : 0);
      hd_put_be32 (header + 96, 4); /* refcounts of 2^4 bits */
      hd_put_be32 (header + 100, HEADER_V3_BYTES);
      header[104] = qcow2->zstd ? 1 : 0;
    }
  gsize length = qcow2->version >= 3 ? HEADER_V3_BYTES : HEADER_V2_BYTES;
  return hd_format_file_patch (qcow2->file, qcow2->base, header, length + 8, error);
}

void
hd_qcow2_free (HdQcow2 *qcow2)
{
  g_free (qcow2->l1);
  g_array_free (qcow2->refcounts, TRUE);
  g_array_free (qcow2->blocks, TRUE);
  g_free (qcow2);
}
