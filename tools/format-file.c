/* Small pieces are gathered in a buffer; large ones go straight to the file. */
#include "tools/format-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "tools/format-identity.h"

#define BUFFER_BYTES 262144u
#define HOLE_BYTES 65536u

struct _HdFormatFile
{
  char *path;
  char *partial;
  int fd;
  gboolean committed;
  guint64 flushed; /* bytes in the file, holes included */
  gsize buffered;
  guint8 buffer[BUFFER_BYTES];
};

HdFormatFile *
hd_format_file_new (const char *path, GError **error)
{
  g_autoptr (HdFormatFile) file = g_new0 (HdFormatFile, 1);
  file->path = g_strdup (path);
  file->partial = g_strconcat (path, ".new", NULL);
  g_unlink (file->partial);
  file->fd = open (file->partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file->fd < 0)
    {
      hd_throw_errno (error, errno, "making %s", file->partial);
      return NULL;
    }
  return g_steal_pointer (&file);
}

void
hd_format_file_free (HdFormatFile *file)
{
  if (file->fd >= 0)
    {
      close (file->fd);
      if (!file->committed)
        g_unlink (file->partial);
    }
  g_free (file->path);
  g_free (file->partial);
  g_free (file);
}

static gboolean
write_at (HdFormatFile *file, guint64 offset_bytes, const guint8 *data, gsize size_bytes,
          GError **error)
{
  while (size_bytes > 0)
    {
      ssize_t written = pwrite (file->fd, data, size_bytes, (off_t)offset_bytes);
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return hd_throw_errno (error, errno, "writing %s", file->path);
      data += written;
      offset_bytes += (guint64)written;
      size_bytes -= (gsize)written;
    }
  return TRUE;
}

static gboolean
flush_buffer (HdFormatFile *file, GError **error)
{
  if (!write_at (file, file->flushed, file->buffer, file->buffered, error))
    return FALSE;
  file->flushed += file->buffered;
  file->buffered = 0;
  return TRUE;
}

gboolean
hd_format_file_append (HdFormatFile *file, const void *data, gsize size_bytes, GError **error)
{
  if (file->buffered + size_bytes > BUFFER_BYTES && !flush_buffer (file, error))
    return FALSE;
  if (size_bytes > BUFFER_BYTES / 2)
    {
      if (!flush_buffer (file, error) || !write_at (file, file->flushed, data, size_bytes, error))
        return FALSE;
      file->flushed += size_bytes;
      return TRUE;
    }
  memcpy (file->buffer + file->buffered, data, size_bytes);
  file->buffered += size_bytes;
  return TRUE;
}

gboolean
hd_format_file_append_sparse (HdFormatFile *file, const guint8 *data, gsize size_bytes,
                              GError **error)
{
  gsize start = 0; /* of the bytes that wait to be written */
  for (gsize at = 0; at < size_bytes; at += MIN (HOLE_BYTES, size_bytes - at))
    {
      gsize length = MIN (HOLE_BYTES, size_bytes - at);
      if (length < HOLE_BYTES || data[at] != 0
          || memcmp (data + at, data + at + 1, length - 1) != 0)
        continue;
      /* Made here: the buffer would be filled with zeros. */
      if (!hd_format_file_append (file, data + start, at - start, error)
          || !flush_buffer (file, error))
        return FALSE;
      file->flushed += length;
      start = at + length;
    }
  return hd_format_file_append (file, data + start, size_bytes - start, error);
}

gboolean
hd_format_file_text (HdFormatFile *file, const char *text, GError **error)
{
  return hd_format_file_append (file, text, strlen (text), error);
}

gboolean
hd_format_file_skip (HdFormatFile *file, guint64 size_bytes, GError **error)
{
  if (size_bytes <= BUFFER_BYTES - file->buffered)
    {
      memset (file->buffer + file->buffered, 0, size_bytes);
      file->buffered += size_bytes;
      return TRUE;
    }
  if (!flush_buffer (file, error))
    return FALSE;
  file->flushed += size_bytes;
  return TRUE;
}

gboolean
hd_format_file_align (HdFormatFile *file, guint64 origin, guint64 unit_bytes, GError **error)
{
  guint64 over = (hd_format_file_position (file) - origin) % unit_bytes;
  return over == 0 || hd_format_file_skip (file, unit_bytes - over, error);
}

gboolean
hd_format_file_seek (HdFormatFile *file, guint64 offset_bytes, GError **error)
{
  g_assert (offset_bytes >= hd_format_file_position (file));
  return hd_format_file_skip (file, offset_bytes - hd_format_file_position (file), error);
}

gboolean
hd_format_file_patch (HdFormatFile *file, guint64 offset_bytes, const void *data, gsize size_bytes,
                      GError **error)
{
  g_assert (offset_bytes + size_bytes <= hd_format_file_position (file));
  return flush_buffer (file, error) && write_at (file, offset_bytes, data, size_bytes, error);
}

gboolean
hd_format_file_read (HdFormatFile *file, guint64 offset_bytes, void *data, gsize size_bytes,
                     GError **error)
{
  guint8 *to = data;
  if (!flush_buffer (file, error))
    return FALSE;
  while (size_bytes > 0)
    {
      ssize_t length = pread (file->fd, to, size_bytes, (off_t)offset_bytes);
      if (length < 0 && errno == EINTR)
        continue;
      if (length < 0)
        return hd_throw_errno (error, errno, "reading %s", file->path);
      if (length == 0) /* a hole at the end */
        length = (ssize_t)size_bytes, memset (to, 0, size_bytes);
      to += length;
      offset_bytes += (guint64)length;
      size_bytes -= (gsize)length;
    }
  return TRUE;
}

guint64
hd_format_file_position (const HdFormatFile *file)
{
  return file->flushed + file->buffered;
}

const char *
hd_format_file_path (const HdFormatFile *file)
{
  return file->path;
}

/* The digest of a part of a descriptor; SIZE_MAX bytes: to its end. */
static char *
digest_of (int fd, const char *path, const EVP_MD *kind, guint64 offset_bytes, guint64 size_bytes,
           guint64 *ret_bytes, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (BUFFER_BYTES);
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  g_assert (EVP_DigestInit_ex (context, kind, NULL) == 1);
  guint64 done = 0;
  gboolean ok = TRUE;
  while (done < size_bytes)
    {
      gsize wanted = (gsize)MIN (size_bytes - done, BUFFER_BYTES);
      ssize_t length = pread (fd, buffer, wanted, (off_t)(offset_bytes + done));
      if (length < 0 && errno == EINTR)
        continue;
      if (length < 0)
        ok = hd_throw_errno (error, errno, "reading %s", path);
      if (length <= 0)
        break;
      g_assert (EVP_DigestUpdate (context, buffer, (gsize)length) == 1);
      done += (guint64)length;
    }
  guint8 bytes[EVP_MAX_MD_SIZE];
  unsigned length_bytes = 0;
  g_assert (EVP_DigestFinal_ex (context, bytes, &length_bytes) == 1);
  EVP_MD_CTX_free (context);
  if (ret_bytes != NULL)
    *ret_bytes = done;
  return ok ? hd_identity_hex (bytes, length_bytes) : NULL;
}

char *
hd_format_file_digest (HdFormatFile *file, guint64 offset_bytes, guint64 size_bytes, gboolean sha1,
                       GError **error)
{
  if (!flush_buffer (file, error))
    return NULL;
  return digest_of (file->fd, file->path, sha1 ? EVP_sha1 () : EVP_sha256 (), offset_bytes,
                    size_bytes, NULL, error);
}

gboolean
hd_format_file_commit (HdFormatFile *file, GError **error)
{
  if (!flush_buffer (file, error))
    return FALSE;
  if (ftruncate (file->fd, (off_t)file->flushed) < 0)
    return hd_throw_errno (error, errno, "sizing %s", file->path);
  if (g_rename (file->partial, file->path) < 0)
    return hd_throw_errno (error, errno, "putting %s in place", file->path);
  file->committed = TRUE;
  return TRUE;
}

char *
hd_format_sha256_path (const char *path, guint64 *ret_size_bytes, GError **error)
{
  hd_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    {
      hd_throw_errno (error, errno, "opening %s", path);
      return NULL;
    }
  return digest_of (fd, path, EVP_sha256 (), 0, G_MAXUINT64, ret_size_bytes, error);
}
