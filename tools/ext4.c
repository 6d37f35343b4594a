/* mke2fs fills the file system; then the times that it took from the folder's files (their change
 * and access times are those of this build) are all set to the epoch.
 */
#include "tools/ext4.h"

#include <ext2fs/ext2fs.h>
#include <string.h>

#include "base/error.h"
#include "base/spawn.h"

/* The inode sizes that have a creation time and sub-second parts behind the classic 128 bytes. */
#define INODE_BYTES 256

static gboolean
throw_ext2 (GError **error, errcode_t code, const char *what)
{
  return hd_throw (error, HD_FAILED, NULL, "%s: error %ld of libext2fs", what, (long)code);
}

/* A deployed file's modification time is 1970 and stays; what was made just now becomes the epoch.
 */
static void
set_times (struct ext2_inode_large *inode, guint32 epoch)
{
  inode->i_atime = inode->i_ctime = inode->i_crtime = epoch;
  inode->i_mtime = MIN (inode->i_mtime, epoch);
  inode->i_atime_extra = inode->i_ctime_extra = inode->i_mtime_extra = inode->i_crtime_extra = 0;
}

static errcode_t
settle_inodes (ext2_filsys fs, guint32 epoch)
{
  ext2_inode_scan scan;
  errcode_t code = ext2fs_open_inode_scan (fs, 0, &scan);
  if (code != 0)
    return code;
  for (;;)
    {
      ext2_ino_t number;
      char buffer[INODE_BYTES];
      struct ext2_inode_large *inode = (struct ext2_inode_large *)buffer;
      code = ext2fs_get_next_inode_full (scan, &number, (struct ext2_inode *)buffer, sizeof buffer);
      if (code != 0 || number == 0)
        break;
      if (inode->i_links_count == 0)
        continue;
      set_times (inode, epoch);
      code = ext2fs_write_inode_full (fs, number, (struct ext2_inode *)buffer, sizeof buffer);
      if (code != 0)
        break;
    }
  ext2fs_close_inode_scan (scan);
  return code;
}

/* Set every time stamp of the file system. */
static gboolean
settle (const HdExt4 *fs, GError **error)
{
  g_autofree char *options = g_strdup_printf ("offset=%" G_GUINT64_FORMAT, fs->offset_bytes);
  ext2_filsys handle;
  errcode_t code = ext2fs_open2 (fs->image, options, EXT2_FLAG_RW | EXT2_FLAG_64BITS, 0, 0,
                                 unix_io_manager, &handle);
  if (code != 0)
    return throw_ext2 (error, code, "opening the new file system");
  handle->now = (time_t)fs->epoch;
  code = settle_inodes (handle, (guint32)fs->epoch);
  handle->super->s_lastcheck = handle->super->s_mkfs_time = (guint32)fs->epoch;
  ext2fs_mark_super_dirty (handle);
  errcode_t close_code = ext2fs_close_free (&handle);
  if (code != 0 || close_code != 0)
    return throw_ext2 (error, code != 0 ? code : close_code, "setting times");
  return TRUE;
}

gboolean
hd_ext4_make (const HdExt4 *fs, GCancellable *cancellable, GError **error)
{
  g_autofree char *extended = g_strdup_printf (
      "offset=%" G_GUINT64_FORMAT ",hash_seed=%s,nodiscard,lazy_itable_init=1,lazy_journal_init=0",
      fs->offset_bytes, fs->uuid);
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT "k", fs->size_bytes / 1024);
  g_autofree char *now = g_strdup_printf ("E2FSPROGS_FAKE_TIME=%" G_GINT64_FORMAT, fs->epoch);
  g_autofree char *epoch = g_strdup_printf ("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, fs->epoch);
  const char *const env[] = { now, epoch, "LC_ALL=C.UTF-8", NULL };
  const char *const argv[]
      = { "mke2fs",     "-q", "-F",     "-t", "ext4",     "-b",      "4096",   "-I",
          "256",        "-m", "1",      "-L", fs->label,  "-U",      fs->uuid, "-O",
          fs->features, "-E", extended, "-d", fs->folder, fs->image, size,     NULL };
  const HdSpawn options = { .env = env };
  GError *local = NULL;
  if (!hd_spawn_run (argv, &options, NULL, cancellable, &local))
    {
      gboolean full = strstr (local->message, "Could not allocate") != NULL
                      || strstr (local->message, "No space left") != NULL;
      if (g_error_matches (local, HD_ERROR, HD_NOT_FOUND))
        hd_error_set_hint (local, "apt-get install e2fsprogs");
      if (full)
        hd_error_set_hint (local, "make Size= or Boot= in [Disk] larger");
      g_propagate_prefixed_error (error, local, "file system %s: ", fs->label);
      return FALSE;
    }
  return settle (fs, error);
}
