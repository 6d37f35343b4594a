/* Headers of 512 bytes, one after the other; nothing that follows a header that cannot be right. */
#include "tools/lint-tar.h"

#include <string.h>

#include "tools/format-bytes.h"
#include "tools/ova.h"

#define MAX_TEXT_BYTES 1048576u

static void
member_free (HdTarMember *member)
{
  g_free (member->name);
  g_free (member);
}

/* An octal number, or one of base 256 as GNU tar writes large ones. */
static gboolean
read_number (const guint8 *field, gsize length, guint64 *ret)
{
  guint64 number = 0;
  gsize i = 0;
  if ((field[0] & 0x80) != 0)
    {
      for (i = length - 8; i < length; i++)
        number = number << 8 | field[i];
      *ret = number;
      return number <= G_MAXINT64;
    }
  while (i < length && field[i] == ' ')
    i++;
  for (; i < length && field[i] >= '0' && field[i] <= '7'; i++)
    {
      if (number > G_MAXINT64 / 8)
        return FALSE;
      number = number * 8 + (guint64)(field[i] - '0');
    }
  *ret = number;
  return i == length || field[i] == '\0' || field[i] == ' ';
}

static gboolean
checksum_is_right (const guint8 *header)
{
  guint64 said = 0;
  guint sum = 0;
  for (guint i = 0; i < HD_TAR_BLOCK; i++)
    sum += i >= 148 && i < 156 ? ' ' : header[i];
  return read_number (header + 148, 8, &said) && said == sum;
}

static gboolean
is_plain (const guint8 *header, const char *name)
{
  guint64 mode = 0, uid = 1, gid = 1;
  return memcmp (header + 257, "ustar\00000", 8) == 0 && header[156] == '0'
         && read_number (header + 100, 8, &mode) && read_number (header + 108, 8, &uid)
         && read_number (header + 116, 8, &gid) && mode == 0644 && uid == 0 && gid == 0
         && header[345] == '\0' && (header[124] & 0x80) == 0 && strchr (name, '/') == NULL;
}

HdTar *
hd_tar_read (const HdBytes *bytes)
{
  HdTar *tar = g_new0 (HdTar, 1);
  tar->members = g_ptr_array_new_with_free_func ((GDestroyNotify)member_free);
  guint8 header[HD_TAR_BLOCK];
  const guint8 zeros[HD_TAR_BLOCK] = { 0 };
  for (guint64 at = 0; tar->members->len < HD_TAR_MAX_MEMBERS;)
    {
      guint64 size_bytes;
      if (!hd_bytes_read (bytes, at, header, sizeof header))
        return tar;
      if (memcmp (header, zeros, sizeof zeros) == 0)
        {
          tar->ended = hd_bytes_read (bytes, at + HD_TAR_BLOCK, header, sizeof header)
                       && memcmp (header, zeros, sizeof zeros) == 0;
          return tar;
        }
      if (!checksum_is_right (header) || !read_number (header + 124, 12, &size_bytes)
          || size_bytes > bytes->size_bytes - at - HD_TAR_BLOCK)
        break;
      HdTarMember *member = g_new0 (HdTarMember, 1);
      g_ptr_array_add (tar->members, member);
      member->name = g_strndup ((const char *)header, 100);
      member->bytes = hd_bytes_part (bytes, at + HD_TAR_BLOCK, size_bytes);
      member->header_at = at;
      member->plain = is_plain (header, member->name);
      /* A prefix of the name is ustar's alone: GNU tar has times there. */
      member->readable = (header[156] == '0' || header[156] == '\0')
                         && (memcmp (header + 257, "ustar", 6) != 0 || header[345] == '\0');
      member->type = header[156] == '\0' ? '0' : (char)header[156];
      at += HD_TAR_BLOCK + hd_round_up (size_bytes, HD_TAR_BLOCK);
    }
  tar->broken = TRUE;
  return tar;
}

void
hd_tar_free (HdTar *tar)
{
  g_ptr_array_unref (tar->members);
  g_free (tar);
}

const HdTarMember *
hd_tar_find (const HdTar *tar, const char *suffix)
{
  for (guint i = 0; i < tar->members->len; i++)
    {
      const HdTarMember *member = g_ptr_array_index (tar->members, i);
      if (member->type == '0' && g_str_has_suffix (member->name, suffix))
        return member;
    }
  return NULL;
}

const HdTarMember *
hd_tar_member (const HdTar *tar, const char *name)
{
  for (guint i = 0; name != NULL && i < tar->members->len; i++)
    {
      const HdTarMember *member = g_ptr_array_index (tar->members, i);
      if (g_str_equal (member->name, name))
        return member;
    }
  return NULL;
}

char *
hd_tar_text (const HdTarMember *member)
{
  gsize length = (gsize)member->bytes.size_bytes;
  if (member->bytes.size_bytes > MAX_TEXT_BYTES)
    return NULL;
  g_autofree char *text = g_malloc0 (length + 1);
  if (!hd_bytes_read (&member->bytes, 0, text, length)
      || !g_utf8_validate (text, (gssize)length, NULL))
    return NULL;
  return g_steal_pointer (&text);
}
