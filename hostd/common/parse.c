/* Text to checked values: numbers, sizes, durations, times; and the nearest known word.
 *
 * Pure functions over NUL-terminated strings.  Nothing here depends on the locale, and nothing
 * accepts what it would not write itself: no leading space, no plus sign, no trailing bytes. */
#include "common/parse.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static bool
is_digit (char c)
{
  return c >= '0' && c <= '9';
}

/* Read digits at *text into *ret and move *text behind them. */
static int
take_digits (const char **text, uint64_t *ret)
{
  const char *p = *text;
  uint64_t number = 0;

  if (!is_digit (*p))
    return -EINVAL;
  for (; is_digit (*p); p++)
    if (__builtin_mul_overflow (number, 10, &number)
        || __builtin_add_overflow (number, (uint64_t)(*p - '0'), &number))
      return -ERANGE;
  *text = p;
  *ret = number;
  return 0;
}

int
hd_parse_uint64 (const char *text, uint64_t *ret)
{
  uint64_t number;
  int r;

  /* Trailing bytes are told before the range: "99999999999999999999x" is no number at all. */
  if (!is_digit (*text) || text[strspn (text, "0123456789")] != '\0')
    return -EINVAL;
  r = take_digits (&text, &number);
  if (r < 0)
    return r;
  *ret = number;
  return 0;
}

int
hd_parse_int64 (const char *text, int64_t *ret)
{
  bool negative = *text == '-';
  uint64_t magnitude;
  int r;

  r = hd_parse_uint64 (text + negative, &magnitude);
  if (r < 0)
    return r;
  if (magnitude > (uint64_t)INT64_MAX + negative)
    return -ERANGE;
  /* Negated as unsigned: -INT64_MIN does not exist. */
  *ret = (int64_t)(negative ? -magnitude : magnitude);
  return 0;
}

int
hd_parse_size (const char *text, uint64_t *ret_bytes)
{
  static const char letters[] = "KMGT";
  uint64_t number, bytes;
  unsigned shift = 0;
  int r;

  r = take_digits (&text, &number);
  if (r < 0)
    return r;
  if (*text != '\0')
    {
      const char *letter = strchr (letters, *text);
      if (letter == NULL || (text[1] != '\0' && strcmp (text + 1, "iB") != 0))
        return -EINVAL;
      shift = 10 * (unsigned)(letter - letters + 1);
    }
  if (__builtin_mul_overflow (number, UINT64_C (1) << shift, &bytes))
    return -ERANGE;
  *ret_bytes = bytes;
  return 0;
}

/* Milliseconds of the unit that starts at *text, moving *text behind it; 0 when there is none. */
static uint64_t
take_unit (const char **text)
{
  static const struct
  {
    const char *name;
    uint64_t ms;
  } units[] = {
    { "ms", 1 },      { "s", 1000 },     { "sec", 1000 },   { "m", 60000 },     { "min", 60000 },
    { "h", 3600000 }, { "hr", 3600000 }, { "d", 86400000 }, { "w", 604800000 },
  };
  size_t length = strspn (*text, "abcdefghijklmnopqrstuvwxyz");

  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (strlen (units[i].name) == length && strncmp (*text, units[i].name, length) == 0)
      {
        *text += length;
        return units[i].ms;
      }
  return 0;
}

int
hd_parse_duration (const char *text, uint64_t *ret_ms)
{
  uint64_t total_ms = 0, number, unit_ms;
  const char *start = text;
  int r;

  do
    {
      r = take_digits (&text, &number);
      if (r < 0)
        return r;
      /* Only a number that stands alone may go without a unit. */
      if (*text == '\0' && text == start + strspn (start, "0123456789"))
        unit_ms = 1000;
      else
        unit_ms = take_unit (&text);
      if (unit_ms == 0)
        return -EINVAL;
      if (__builtin_mul_overflow (number, unit_ms, &number)
          || __builtin_add_overflow (total_ms, number, &total_ms))
        return -ERANGE;
      while (*text == ' ' && is_digit (text[1 + strspn (text + 1, " ")]))
        text++;
    }
  while (*text != '\0');
  *ret_ms = total_ms;
  return 0;
}

/* Exactly `width` digits at *text, followed by `after` (NUL: nothing is required). */
static bool
take_field (const char **text, int width, char after, int *ret)
{
  int number = 0;

  for (int i = 0; i < width; i++, (*text)++)
    {
      if (!is_digit (**text))
        return false;
      number = number * 10 + (**text - '0');
    }
  if (after != '\0' && *(*text)++ != after)
    return false;
  *ret = number;
  return true;
}

/* "Z", "+hh:mm" or "-hh:mm" and the end of the text. */
static bool
take_offset (const char *text, int *ret_seconds)
{
  int sign = *text == '-' ? -1 : 1;
  int hours, minutes;

  if (strcmp (text, "Z") == 0 || strcmp (text, "z") == 0)
    {
      *ret_seconds = 0;
      return true;
    }
  if (*text != '+' && *text != '-')
    return false;
  text++;
  if (!take_field (&text, 2, ':', &hours) || !take_field (&text, 2, '\0', &minutes) || *text != '\0'
      || hours > 23 || minutes > 59)
    return false;
  *ret_seconds = sign * (hours * 3600 + minutes * 60);
  return true;
}

static int
days_of_month (int year, int month)
{
  static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

  return days[month - 1] + (month == 2 && leap);
}

int
hd_parse_time (const char *text, int64_t *ret_seconds)
{
  struct tm tm = { 0 };
  int offset_seconds;

  if (!take_field (&text, 4, '-', &tm.tm_year) || !take_field (&text, 2, '-', &tm.tm_mon)
      || !take_field (&text, 2, '\0', &tm.tm_mday))
    return -EINVAL;
  if (*text != 'T' && *text != 't')
    return -EINVAL;
  text++;
  if (!take_field (&text, 2, ':', &tm.tm_hour) || !take_field (&text, 2, ':', &tm.tm_min)
      || !take_field (&text, 2, '\0', &tm.tm_sec))
    return -EINVAL;
  if (*text == '.')
    {
      size_t digits = strspn (text + 1, "0123456789");
      if (digits == 0)
        return -EINVAL;
      text += 1 + digits;
    }
  if (!take_offset (text, &offset_seconds))
    return -EINVAL;
  /* A second 60 is a leap second (RFC 3339, 5.6). */
  if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1
      || tm.tm_mday > days_of_month (tm.tm_year, tm.tm_mon) || tm.tm_hour > 23 || tm.tm_min > 59
      || tm.tm_sec > 60)
    return -ERANGE;
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  *ret_seconds = (int64_t)timegm (&tm) - offset_seconds;
  return 0;
}

bool
hd_parse_is_checksum (const char *text)
{
  return strspn (text, "0123456789abcdef") == 64 && text[64] == '\0';
}

/* Words longer than this are nobody's typing error. */
#define MAX_WORD 64

static size_t
min3 (size_t a, size_t b, size_t c)
{
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

/* Edit distance where swapping two neighbours counts as one (optimal string alignment). */
static size_t
edit_distance (const char *a, size_t a_length, const char *b, size_t b_length)
{
  size_t rows[3][MAX_WORD + 1];
  size_t *before = rows[0], *above = rows[1], *row = rows[2];

  for (size_t j = 0; j <= b_length; j++)
    above[j] = j;
  for (size_t i = 1; i <= a_length; i++)
    {
      size_t *oldest = before;
      row[0] = i;
      for (size_t j = 1; j <= b_length; j++)
        {
          size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
          row[j] = min3 (above[j] + 1, row[j - 1] + 1, change);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
              && before[j - 2] + 1 < row[j])
            row[j] = before[j - 2] + 1;
        }
      before = above;
      above = row;
      row = oldest;
    }
  return above[b_length];
}

const char *
hd_nearest_word (const char *word, const char *const *list)
{
  size_t length = strlen (word);
  const char *nearest = NULL;
  size_t least = SIZE_MAX;

  if (length > MAX_WORD)
    return NULL;
  for (; *list != NULL; list++)
    {
      size_t other_length = strlen (*list);
      size_t longer = length > other_length ? length : other_length;
      size_t limit = longer / 3 > 1 ? longer / 3 : 1;
      size_t distance;

      if (other_length > MAX_WORD)
        continue;
      distance = edit_distance (word, length, *list, other_length);
      if (distance <= limit && distance < least)
        {
          nearest = *list;
          least = distance;
        }
    }
  return nearest;
}
