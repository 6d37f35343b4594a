/* UTF-8 (RFC 3629). */
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

size_t
hd_utf8_length (const unsigned char *p, const unsigned char *end)
{
  size_t length = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;

  if (length == 0 || (size_t)(end - p) < length)
    return 0;
  for (size_t i = 1; i < length; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  /* Overlong forms, surrogates, and what lies above U+10FFFF. */
  if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90)
      || (*p == 0xf4 && p[1] > 0x8f))
    return 0;
  return length;
}

size_t
hd_utf8_put (char *out, uint32_t c)
{
  if (c < 0x80)
    {
      out[0] = (char)c;
      return 1;
    }
  if (c < 0x800)
    {
      out[0] = (char)(0xc0 | c >> 6);
      out[1] = (char)(0x80 | (c & 0x3f));
      return 2;
    }
  if (c < 0x10000)
    {
      out[0] = (char)(0xe0 | c >> 12);
      out[1] = (char)(0x80 | (c >> 6 & 0x3f));
      out[2] = (char)(0x80 | (c & 0x3f));
      return 3;
    }
  out[0] = (char)(0xf0 | c >> 18);
  out[1] = (char)(0x80 | (c >> 12 & 0x3f));
  out[2] = (char)(0x80 | (c >> 6 & 0x3f));
  out[3] = (char)(0x80 | (c & 0x3f));
  return 4;
}

bool
hd_utf8_is_valid (const char *text)
{
  const unsigned char *p = (const unsigned char *)text;
  const unsigned char *end = p + strlen (text);
  size_t length = 1;

  while (p < end && length > 0)
    {
      length = hd_utf8_length (p, end);
      p += length;
    }
  return length > 0;
}

char *
hd_utf8_repair (const char *text)
{
  const unsigned char *p = (const unsigned char *)text;
  const unsigned char *end = p + strlen (text);
  char *copy = malloc ((size_t)(end - p) * 3 + 1);
  char *out = copy;

  if (copy == NULL)
    abort ();
  while (p < end)
    {
      size_t length = hd_utf8_length (p, end);
      if (length == 0)
        {
          out += hd_utf8_put (out, 0xfffd);
          p++;
          continue;
        }
      memcpy (out, p, length);
      out += length;
      p += length;
    }
  *out = '\0';
  return copy;
}
