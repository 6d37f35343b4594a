/* Lists of small numbers. */
#include "runtime/numberlist.h"

#include <errno.h>

/* Digits at *text, which moves behind them. */
static int
take_number (const char **text, size_t limit, size_t *ret)
{
  size_t number = 0;
  const char *c = *text;
  for (; *c >= '0' && *c <= '9'; c++)
    if ((number = number * 10 + (size_t)(*c - '0')) >= limit)
      return -EINVAL;
  if (c == *text)
    return -EINVAL;
  *text = c;
  *ret = number;
  return 0;
}

int
rt_number_list_parse (const char *text, size_t limit, uint64_t *mask, size_t *ret_size_bytes)
{
  size_t highest = 0;
  for (;;)
    {
      size_t first, last;
      if (take_number (&text, limit, &first) < 0)
        return -EINVAL;
      last = first;
      if (*text == '-' && (text++, take_number (&text, limit, &last)) < 0)
        return -EINVAL;
      if (last < first)
        return -EINVAL;
      for (size_t number = first; number <= last; number++)
        mask[number / 64] |= UINT64_C (1) << (number % 64);
      highest = last > highest ? last : highest;
      if (*text == '\0')
        break;
      if (*text++ != ',')
        return -EINVAL;
    }
  if (ret_size_bytes != NULL)
    *ret_size_bytes = (highest / 64 + 1) * sizeof (uint64_t);
  return 0;
}
