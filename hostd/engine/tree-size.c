/* A walk with fts, which follows no links. */
#include "engine/tree-size.h"

#include <fts.h>
#include <sys/stat.h>

static gboolean
is_first (GHashTable *seen, const struct stat *stat)
{
  if (stat->st_nlink < 2)
    return TRUE;
  gint64 *inode = g_new (gint64, 1);
  *inode = (gint64)stat->st_ino;
  return g_hash_table_add (seen, inode);
}

guint64
hd_tree_size (const char *path)
{
  char *const paths[] = { (char *)path, NULL };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  FTS *tree = fts_open (paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
  guint64 bytes = 0;
  FTSENT *entry;
  if (tree == NULL)
    return 0;
  while ((entry = fts_read (tree)) != NULL)
    if (entry->fts_info == FTS_F && is_first (seen, entry->fts_statp))
      bytes += (guint64)entry->fts_statp->st_size;
  fts_close (tree);
  return bytes;
}
