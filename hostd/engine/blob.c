/* Blobs: files that are known by their digest. */
#include "engine/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"

#define FOLDER "blobs/sha256"
#define HINT_PULL "pull the image again"

char *
hd_blob_name (const char *hex)
{
  return g_build_filename (FOLDER, hex, NULL);
}

gboolean
hd_blob_exists (HdStore *store, const char *hex)
{
  g_autofree char *name = hd_blob_name (hex);
  return faccessat (hd_store_root_fd (store), name, F_OK, 0) == 0;
}

int
hd_blob_open (HdStore *store, const char *hex, GError **error)
{
  g_autofree char *name = hd_blob_name (hex);
  int fd = openat (hd_store_root_fd (store), name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    hd_throw (error, HD_CORRUPT, HINT_PULL, "the blob %s is gone", hex);
  else if (fd < 0)
    hd_throw_errno (error, errno, "opening the blob %s", hex);
  return fd;
}

static gboolean
make_folder (HdStore *store, GError **error)
{
  int r = hd_fs_mkdirs (hd_store_root_fd (store), FOLDER, 0700);
  return r == 0 || hd_throw_errno (error, -r, "making %s/" FOLDER, hd_store_root (store));
}

gboolean
hd_blob_write (HdStore *store, const void *data, gsize size_bytes, char **ret_hex, GError **error)
{
  g_autofree char *hex = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size_bytes);
  g_autofree char *name = hd_blob_name (hex);
  g_assert (size_bytes <= HD_BLOB_MAX_DOCUMENT);
  if (!make_folder (store, error))
    return FALSE;
  int r = hd_blob_exists (store, hex)
              ? 0
              : hd_fs_replace (hd_store_root_fd (store), name, data, size_bytes, 0644);
  if (r < 0)
    return hd_throw_errno (error, -r, "writing the blob %s", hex);
  if (ret_hex != NULL)
    *ret_hex = g_steal_pointer (&hex);
  return TRUE;
}

char *
hd_blob_read (HdStore *store, const char *hex, gsize *ret_size, GError **error)
{
  hd_autofd fd = hd_blob_open (store, hex, error);
  hd_autofree char *data = NULL;
  size_t size;
  if (fd < 0)
    return NULL;
  int r = hd_fs_read_fd (fd, HD_BLOB_MAX_DOCUMENT, &data, &size);
  if (r < 0)
    {
      hd_throw_errno (error, -r, "reading the blob %s", hex);
      return NULL;
    }
  g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *)data, size);
  if (!g_str_equal (sum, hex))
    {
      hd_throw (error, HD_CORRUPT, HINT_PULL, "the blob %s is damaged", hex);
      return NULL;
    }
  if (ret_size != NULL)
    *ret_size = size;
  return g_steal_pointer (&data);
}

gboolean
hd_blob_adopt (HdStore *store, int dir_fd, const char *name, const char *hex, GError **error)
{
  g_autofree char *target = hd_blob_name (hex);
  if (!make_folder (store, error))
    return FALSE;
  if (renameat (dir_fd, name, hd_store_root_fd (store), target) < 0)
    return hd_throw_errno (error, errno, "keeping the blob %s", hex);
  return TRUE;
}
