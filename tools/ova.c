/* ustar headers (POSIX.1-2008, pax) without any extension. */
#include "tools/ova.h"

#include <string.h>

#include "base/error.h"
#include "tools/format-bytes.h"

#define PAYLOAD_ALIGNMENT 4096u

gboolean
hd_tar_header (guint8 header[HD_TAR_BLOCK], const char *name, guint64 size_bytes, gint64 epoch,
               GError **error)
{
  if (strlen (name) >= 100)
    return hd_throw (error, HD_CONFIG, "shorten it", "O1: the name %s has more than 99 bytes",
                     name);
  if (size_bytes > HD_TAR_MAX_BYTES)
    return hd_throw (error, HD_CONFIG, "make the disk's content smaller, or use another format",
                     "O1: %s has %" G_GUINT64_FORMAT " bytes; ustar, which importers insist on, "
                     "holds less than 8 GiB",
                     name, size_bytes);
  memset (header, 0, HD_TAR_BLOCK);
  char *text = (char *)header;
  g_strlcpy (text, name, 100);
  g_snprintf (text + 100, 8, "%07o", 0644u);
  g_snprintf (text + 108, 8, "%07o", 0u);
  g_snprintf (text + 116, 8, "%07o", 0u);
  g_snprintf (text + 124, 12, "%011" G_GINT64_MODIFIER "o", size_bytes);
  g_snprintf (text + 136, 12, "%011" G_GINT64_MODIFIER "o", (guint64)MAX (epoch, 0));
  memset (text + 148, ' ', 8);
  text[156] = '0';
  memcpy (text + 257, "ustar\00000", 8);
  g_strlcpy (text + 265, "root", 32);
  g_strlcpy (text + 297, "root", 32);
  g_snprintf (text + 329, 8, "%07o", 0u);
  g_snprintf (text + 337, 8, "%07o", 0u);
  guint sum = 0;
  for (guint i = 0; i < HD_TAR_BLOCK; i++)
    sum += header[i];
  g_snprintf (text + 148, 8, "%06o", sum);
  text[155] = ' ';
  return TRUE;
}

gboolean
hd_tar_reserve (HdFormatFile *file, guint64 size_bytes, guint64 *ret_header, GError **error)
{
  *ret_header = hd_format_file_position (file);
  return hd_format_file_skip (file, HD_TAR_BLOCK + hd_round_up (size_bytes, HD_TAR_BLOCK), error);
}

gboolean
hd_tar_fill (HdFormatFile *file, guint64 header_at, const char *name, const void *data,
             gsize size_bytes, gint64 epoch, GError **error)
{
  guint8 header[HD_TAR_BLOCK];
  return hd_tar_header (header, name, size_bytes, epoch, error)
         && hd_format_file_patch (file, header_at, header, sizeof header, error)
         && hd_format_file_patch (file, header_at + HD_TAR_BLOCK, data, size_bytes, error);
}

gboolean
hd_tar_append (HdFormatFile *file, const char *name, const void *data, gsize size_bytes,
               gint64 epoch, GError **error)
{
  guint8 header[HD_TAR_BLOCK];
  return hd_tar_header (header, name, size_bytes, epoch, error)
         && hd_format_file_append (file, header, sizeof header, error)
         && hd_format_file_append (file, data, size_bytes, error)
         && hd_format_file_align (file, 0, HD_TAR_BLOCK, error);
}

gboolean
hd_tar_pad (HdFormatFile *file, gint64 epoch, GError **error)
{
  const guint8 zeros[PAYLOAD_ALIGNMENT] = { 0 };
  guint64 position = hd_format_file_position (file);
  if ((position + HD_TAR_BLOCK) % PAYLOAD_ALIGNMENT == 0)
    return TRUE;
  guint64 over = (position + (guint64)2 * HD_TAR_BLOCK) % PAYLOAD_ALIGNMENT;
  return hd_tar_append (file, "pad", zeros, over == 0 ? 0 : PAYLOAD_ALIGNMENT - over, epoch, error);
}

gboolean
hd_tar_end (HdFormatFile *file, GError **error)
{
  return hd_format_file_align (file, 0, HD_TAR_BLOCK, error)
         && hd_format_file_skip (file, (guint64)2 * HD_TAR_BLOCK, error);
}

char *
hd_ova_pad_text (char *text, gsize size_bytes)
{
  gsize length = strlen (text);
  g_assert (length <= size_bytes);
  char *padded = g_realloc (text, size_bytes + 1);
  memset (padded + length, '\n', size_bytes - length);
  padded[size_bytes] = '\0';
  return padded;
}

void
hd_ova_xml (GString *text, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *more = g_markup_vprintf_escaped (format, arguments);
  va_end (arguments);
  g_string_append (text, more);
}

char *
hd_ova_time (gint64 epoch)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (epoch);
  return g_date_time_format (time, "%Y/%m/%d %H:%M:%S");
}
