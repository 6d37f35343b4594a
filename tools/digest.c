/* SHA-256 over names and bytes, each with its length before it. */
#include "tools/digest.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

struct _HdDigest
{
  GChecksum *sum;
};

HdDigest *
hd_digest_new (void)
{
  HdDigest *digest = g_new0 (HdDigest, 1);
  digest->sum = g_checksum_new (G_CHECKSUM_SHA256);
  return digest;
}

void
hd_digest_free (HdDigest *digest)
{
  g_checksum_free (digest->sum);
  g_free (digest);
}

static void
add_bytes (HdDigest *digest, const void *data, gsize length)
{
  guint64 big_endian = GUINT64_TO_BE ((guint64)length);
  g_checksum_update (digest->sum, (const guchar *)&big_endian, sizeof big_endian);
  g_checksum_update (digest->sum, data, (gssize)length);
}

void
hd_digest_text (HdDigest *digest, const char *name, const char *text)
{
  add_bytes (digest, name, strlen (name));
  add_bytes (digest, text, strlen (text));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
sorted_names (const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  if (dir == NULL)
    return NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

static gboolean
add_folder (HdDigest *digest, const char *path, GError **error)
{
  g_autoptr (GPtrArray) names = sorted_names (path, error);
  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *child = g_build_filename (path, name, NULL);
      add_bytes (digest, name, strlen (name));
      if (!hd_digest_tree (digest, child, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
hd_digest_tree (HdDigest *digest, const char *path, GError **error)
{
  struct stat info;
  if (lstat (path, &info) < 0)
    return hd_throw_errno (error, errno, "reading %s", path);
  if (S_ISDIR (info.st_mode))
    {
      add_bytes (digest, "folder", 6);
      gboolean ok = add_folder (digest, path, error);
      add_bytes (digest, "end", 3);
      return ok;
    }
  if (S_ISLNK (info.st_mode))
    {
      g_autofree char *target = g_file_read_link (path, error);
      if (target == NULL)
        return FALSE;
      hd_digest_text (digest, "link", target);
      return TRUE;
    }
  g_autofree char *data = NULL;
  gsize length;
  if (!g_file_get_contents (path, &data, &length, error))
    return FALSE;
  add_bytes (digest, info.st_mode & S_IXUSR ? "prog" : "file", 4);
  add_bytes (digest, data, length);
  return TRUE;
}

char *
hd_digest_finish (HdDigest *digest)
{
  return g_strdup (g_checksum_get_string (digest->sum));
}

char *
hd_digest_uuid (const char *seed, const char *name)
{
  g_autoptr (HdDigest) digest = hd_digest_new ();
  hd_digest_text (digest, seed, name);
  guint8 bytes[32];
  gsize length = sizeof bytes;
  g_checksum_get_digest (digest->sum, bytes, &length);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                          bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6],
                          bytes[7], bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13],
                          bytes[14], bytes[15]);
}
