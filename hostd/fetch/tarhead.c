/* One header block of a tar archive. */
#include "fetch/tarhead.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The fields of the block. */
typedef struct
{
  uint16_t offset, size;
} field;

static const field NAME = { 0, 100 }, MODE = { 100, 8 }, UID = { 108, 8 }, GID = { 116, 8 },
                   SIZE = { 124, 12 }, MTIME = { 136, 12 }, SUM = { 148, 8 }, LINK = { 157, 100 },
                   MAJOR = { 329, 8 }, MINOR = { 337, 8 }, PREFIX = { 345, 155 };
#define TYPE 156
#define MAGIC 257

static int
parse_base256 (const uint8_t *bytes, size_t size, int64_t *ret)
{
  /* The first byte is 0x80 and the number's uppermost bits; 0xff: negative. */
  int64_t number = bytes[0] == 0xff ? -1 : (int64_t)(bytes[0] & 0x7f);
  if (bytes[0] != 0xff && bytes[0] != 0x80 && size > 8)
    return -EINVAL;
  for (size_t i = 1; i < size; i++)
    {
      if (number > INT64_MAX >> 8 || number < INT64_MIN >> 8)
        return -EINVAL;
      number = (int64_t)((uint64_t)number << 8 | bytes[i]);
    }
  *ret = number;
  return 0;
}

int
hd_tar_number (const uint8_t *bytes, size_t size, int64_t *ret)
{
  int64_t number = 0;
  size_t i = 0;
  if ((bytes[0] & 0x80) != 0)
    return parse_base256 (bytes, size, ret);
  while (i < size && bytes[i] == ' ')
    i++;
  for (; i < size && bytes[i] >= '0' && bytes[i] <= '7'; i++)
    {
      if (number > INT64_MAX >> 3)
        return -EINVAL;
      number = number << 3 | (bytes[i] - '0');
    }
  for (; i < size; i++)
    if (bytes[i] != ' ' && bytes[i] != '\0')
      return -EINVAL;
  *ret = number;
  return 0;
}

static int64_t
sum_of (const uint8_t *block, bool is_signed)
{
  int64_t sum = 0;
  for (unsigned i = 0; i < HD_TAR_BLOCK; i++)
    {
      uint8_t byte = i >= SUM.offset && i < SUM.offset + SUM.size ? ' ' : block[i];
      sum += is_signed ? (int8_t)byte : byte;
    }
  return sum;
}

static bool
is_zero (const uint8_t *block)
{
  return block[0] == 0 && memcmp (block, block + 1, HD_TAR_BLOCK - 1) == 0;
}

static size_t
copy_text (char *out, const uint8_t *block, field f)
{
  size_t length = strnlen ((const char *)block + f.offset, f.size);
  memcpy (out, block + f.offset, length);
  out[length] = '\0';
  return length;
}

static int
fail (hd_err *err, const char *what)
{
  hd_err_set (err, HD_CORRUPT, NULL, "reading a tar header: %s", what);
  return -EINVAL;
}

/* A number that may not be negative. */
static int
parse_field (const uint8_t *block, field f, const char *what, uint64_t *ret, hd_err *err)
{
  int64_t number;
  if (hd_tar_number (block + f.offset, f.size, &number) < 0 || number < 0)
    return fail (err, what);
  *ret = (uint64_t)number;
  return 0;
}

static void
parse_name (const uint8_t *block, hd_tar_head *head)
{
  size_t length = 0;
  bool ustar = memcmp (block + MAGIC, "ustar", 6) == 0;
  head->gnu = memcmp (block + MAGIC, "ustar  ", 8) == 0;
  if (ustar && block[PREFIX.offset] != 0)
    {
      length = copy_text (head->name, block, PREFIX);
      head->name[length++] = '/';
    }
  copy_text (head->name + length, block, NAME);
  copy_text (head->link, block, LINK);
}

int
hd_tar_head_parse (const uint8_t block[HD_TAR_BLOCK], hd_tar_head *ret, hd_err *err)
{
  hd_tar_head head = { 0 };
  uint64_t mode, sum, major, minor;
  if (is_zero (block))
    return 1;
  if (parse_field (block, SUM, "no checksum", &sum, err) < 0)
    return -EINVAL;
  if ((int64_t)sum != sum_of (block, false) && (int64_t)sum != sum_of (block, true))
    return fail (err, "wrong checksum");
  head.type = block[TYPE] == 0 ? '0' : (char)block[TYPE];
  parse_name (block, &head);
  if (parse_field (block, MODE, "no mode", &mode, err) < 0
      || parse_field (block, UID, "no user id", &head.uid, err) < 0
      || parse_field (block, GID, "no group id", &head.gid, err) < 0
      || parse_field (block, SIZE, "no size", &head.size, err) < 0)
    return -EINVAL;
  if (hd_tar_number (block + MTIME.offset, MTIME.size, &head.mtime) < 0)
    return fail (err, "no time");
  head.mode = (uint32_t)mode & 07777;
  if (head.type == '3' || head.type == '4')
    {
      if (parse_field (block, MAJOR, "no device number", &major, err) < 0
          || parse_field (block, MINOR, "no device number", &minor, err) < 0)
        return -EINVAL;
      if (major > UINT32_MAX || minor > UINT32_MAX)
        return fail (err, "no device number");
      head.major = (uint32_t)major;
      head.minor = (uint32_t)minor;
    }
  *ret = head;
  return 0;
}

/* ---- Writing ---- */

/* Octal digits and a NUL; false when the number has too many. */
static bool
write_number (uint8_t *block, field f, uint64_t number)
{
  bool fits = number >> (3 * (f.size - 1)) == 0;
  uint64_t rest = fits ? number : 0;
  block[f.offset + f.size - 1] = 0;
  for (int i = f.size - 2; i >= 0; i--, rest >>= 3)
    block[f.offset + i] = (uint8_t)('0' + (rest & 7));
  return fits;
}

static bool
write_text (uint8_t *block, field f, const char *text, size_t length)
{
  memcpy (block + f.offset, text, length < f.size ? length : f.size);
  return length <= f.size;
}

static bool
write_name (uint8_t *block, const char *name)
{
  size_t length = strlen (name);
  if (length <= NAME.size)
    return write_text (block, NAME, name, length);
  /* Split at the first slash that leaves a name short enough. */
  for (const char *slash = strchr (name, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      size_t before = (size_t)(slash - name);
      if (before > 0 && before <= PREFIX.size && length - before - 1 <= NAME.size
          && length - before - 1 > 0)
        return write_text (block, PREFIX, name, before)
               && write_text (block, NAME, slash + 1, length - before - 1);
    }
  write_text (block, NAME, name, length);
  return false;
}

bool
hd_tar_head_write (const hd_tar_head *head, uint8_t block[HD_TAR_BLOCK])
{
  memset (block, 0, HD_TAR_BLOCK);
  bool fits = write_name (block, head->name);
  fits &= write_text (block, LINK, head->link, strlen (head->link));
  fits &= write_number (block, MODE, head->mode);
  fits &= write_number (block, UID, head->uid);
  fits &= write_number (block, GID, head->gid);
  fits &= write_number (block, SIZE, head->size);
  fits &= head->mtime >= 0 && write_number (block, MTIME, (uint64_t)head->mtime);
  if (head->mtime < 0)
    write_number (block, MTIME, 0);
  fits &= write_number (block, MAJOR, head->major);
  fits &= write_number (block, MINOR, head->minor);
  block[TYPE] = (uint8_t)head->type;
  memcpy (block + MAGIC, "ustar\00000", 8);
  /* Six digits, a NUL and a space: its own field is taken as spaces, so it is written last. */
  int64_t sum = sum_of (block, false);
  write_number (block, (field){ SUM.offset, 7 }, (uint64_t)sum);
  block[SUM.offset + 7] = ' ';
  return fits;
}
