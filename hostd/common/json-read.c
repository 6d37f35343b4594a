/* JSON: text to values.  The grammar of RFC 8259 and nothing else; json-tree.c holds the values. A
 * duplicate is found by asking the half-built object for each new key, after its escapes are
 * resolved. */
#include "common/json-tree.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/cleanup.h"
#include "common/parse.h"
#include "common/utf8.h"

static void *
check_memory (void *pointer)
{
  if (pointer == NULL)
    abort ();
  return pointer;
}

/* Numbers are read with a point, whatever LC_NUMERIC says. */
static double
read_double (const char *digits)
{
  locale_t c = check_memory (newlocale (LC_ALL_MASK, "C", NULL));
  locale_t before = uselocale (c);
  double number = strtod (digits, NULL);

  uselocale (before);
  freelocale (c);
  return number;
}

/* ---- Reading ---- */

typedef struct
{
  const char *start;
  const char *p;
  const char *end;
  unsigned depth;
  hd_json_pool *pool;
  hd_err *err;
} reader;

static bool read_value (reader *r, hd_json **ret);

/* Fill the error with the place of `at`; columns count characters, from 1. Returns false. */
static bool
fail_at (reader *r, const char *at, const char *what)
{
  unsigned long line = 1, column = 1;

  for (const char *p = r->start; p < at; p++)
    if (*p == '\n')
      {
        line++;
        column = 1;
      }
    else if (((unsigned char)*p & 0xc0) != 0x80)
      column++;
  hd_err_set (r->err, HD_CONFIG, NULL, "line %lu, column %lu: %s", line, column, what);
  return false;
}

static bool
fail (reader *r, const char *what)
{
  return fail_at (r, r->p, r->p < r->end ? what : "the text ends too early");
}

/* The byte at the cursor; 0 at the end (a NUL byte of the text is an error everywhere too). */
static char
peek (const reader *r)
{
  return r->p < r->end ? *r->p : '\0';
}

static void
skip_space (reader *r)
{
  while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
    r->p++;
}

static bool
take (reader *r, char c)
{
  if (peek (r) != c)
    return false;
  r->p++;
  return true;
}

static bool
read_hex4 (reader *r, uint32_t *ret)
{
  uint32_t unit = 0;

  for (int i = 0; i < 4; i++, r->p++)
    {
      char c = peek (r);
      if (c >= '0' && c <= '9')
        unit = unit << 4 | (uint32_t)(c - '0');
      else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        unit = unit << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
      else
        return fail (r, "\\u wants four hexadecimal digits");
    }
  *ret = unit;
  return true;
}

/* Behind "\u": one code unit, or two that are a surrogate pair. */
static bool
read_unicode_escape (reader *r, uint32_t *ret)
{
  const char *at = r->p - 2;
  uint32_t c = 0, low = 0;

  if (!read_hex4 (r, &c))
    return false;
  if (c >= 0xd800 && c <= 0xdbff)
    {
      if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u')
        return fail_at (r, at, "half of a surrogate pair");
      r->p += 2;
      if (!read_hex4 (r, &low))
        return false;
      if (low < 0xdc00 || low > 0xdfff)
        return fail_at (r, at, "half of a surrogate pair");
      c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
    }
  else if (c >= 0xdc00 && c <= 0xdfff)
    return fail_at (r, at, "half of a surrogate pair");
  else if (c == 0)
    return fail_at (r, at, "a string may not hold \\u0000");
  *ret = c;
  return true;
}

/* Behind a backslash; writes what it stands for at *out. */
static bool
read_escape (reader *r, char **out)
{
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  char letter = peek (r);
  const char *found = letter != '\0' ? strchr (letters, letter) : NULL;
  uint32_t c = 0;

  if (found != NULL)
    {
      r->p++;
      *(*out)++ = meanings[found - letters];
      return true;
    }
  if (!take (r, 'u'))
    return fail (r, "unknown escape in a string");
  if (!read_unicode_escape (r, &c))
    return false;
  *out += hd_utf8_put (*out, c);
  return true;
}

/* How many bytes stand for themselves. */
static size_t
plain_length (const char *p, const char *end)
{
  static const bool plain[256]
      = { [' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true };
  const char *start = p;
  while (p < end && plain[(unsigned char)*p])
    p++;
  return (size_t)(p - start);
}

/* At the opening quote. Eight bytes of room are enough for whatever one step writes. */
static bool
read_string (reader *r, char **ret, size_t *ret_length)
{
  size_t capacity = 0;
  hd_autofree char *text = NULL;
  char *out = NULL;

  r->p++;
  while (!take (r, '"'))
    {
      size_t used = (size_t)(out - text);
      size_t length = plain_length (r->p, r->end);

      if (capacity - used < length + 8)
        {
          capacity = capacity * 2 + length + 8;
          text = check_memory (realloc (text, capacity));
          out = text + used;
        }
      if (length > 0)
        {
          memcpy (out, r->p, length);
          out += length;
          r->p += length;
          continue;
        }
      if (r->p == r->end || (unsigned char)*r->p < 0x20)
        return fail (r, "control character in a string");
      if (take (r, '\\'))
        {
          if (!read_escape (r, &out))
            return false;
          continue;
        }
      length = hd_utf8_length ((const unsigned char *)r->p, (const unsigned char *)r->end);
      if (length == 0)
        return fail (r, "not UTF-8");
      memcpy (out, r->p, length);
      out += length;
      r->p += length;
    }
  *ret_length = (size_t)(out - text);
  if (text == NULL)
    text = check_memory (malloc (1));
  text[*ret_length] = '\0';
  *ret = text;
  text = NULL;
  return true;
}

static bool
skip_digits (reader *r)
{
  const char *start = r->p;

  while (peek (r) >= '0' && peek (r) <= '9')
    r->p++;
  return r->p > start;
}

/* Move behind a number; *ret_integer: it has neither fraction nor exponent. */
static bool
skip_number (reader *r, bool *ret_integer)
{
  take (r, '-');
  *ret_integer = true;
  if (!take (r, '0') && !skip_digits (r))
    return fail (r, "a number wants digits here");
  if (peek (r) >= '0' && peek (r) <= '9')
    return fail (r, "a number may not begin with 0");
  if (take (r, '.'))
    {
      *ret_integer = false;
      if (!skip_digits (r))
        return fail (r, "a number wants digits here");
    }
  if (peek (r) == 'e' || peek (r) == 'E')
    {
      r->p++;
      *ret_integer = false;
      if (!take (r, '+'))
        take (r, '-');
      if (!skip_digits (r))
        return fail (r, "a number wants digits here");
    }
  return true;
}

/* An integer keeps its 64 bits; every other number is a double that is written as it was read. */
static bool
read_number (reader *r, hd_json **ret)
{
  const char *start = r->p;
  char room[64];
  hd_autofree char *longer = NULL;
  char *digits = room;
  bool integer;
  int64_t number;
  uint64_t positive;
  double real;

  if (!skip_number (r, &integer))
    return false;
  if ((size_t)(r->p - start) >= sizeof room)
    digits = longer = check_memory (malloc ((size_t)(r->p - start) + 1));
  memcpy (digits, start, (size_t)(r->p - start));
  digits[r->p - start] = '\0';
  if (!integer)
    {
      real = read_double (digits);
      if (!isfinite (real))
        return fail_at (r, start, "the number is too large");
      *ret = hd_json_make_double (r->pool, real, digits);
    }
  else if (hd_parse_int64 (digits, &number) == 0)
    *ret = hd_json_make_int (r->pool, number);
  else if (hd_parse_uint64 (digits, &positive) == 0)
    *ret = hd_json_make_uint (r->pool, positive);
  else
    return fail_at (r, start, "the integer does not fit 64 bits");
  return true;
}

static bool
read_word (reader *r, hd_json **ret)
{
  static const struct
  {
    const char *word;
    int boolean; /* -1: null */
  } words[] = { { "true", 1 }, { "false", 0 }, { "null", -1 } };

  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    {
      size_t length = strlen (words[i].word);
      if ((size_t)(r->end - r->p) < length || memcmp (r->p, words[i].word, length) != 0)
        continue;
      r->p += length;
      *ret = words[i].boolean < 0 ? hd_json_make (r->pool, HD_JSON_NULL)
                                  : hd_json_make_bool (r->pool, words[i].boolean != 0);
      return true;
    }
  return fail (r, "a value was expected here");
}

/* At a key's opening quote; most need no second look. */
static bool
read_key (reader *r, const char **ret)
{
  const size_t plain = plain_length (r->p + 1, r->end);
  hd_autofree char *text = NULL;
  size_t length;

  if (r->p + 1 + plain < r->end && r->p[1 + plain] == '"')
    {
      *ret = hd_json_keep_text (r->pool, r->p + 1, plain);
      r->p += plain + 2;
      return true;
    }
  if (!read_string (r, &text, &length))
    return false;
  *ret = hd_json_keep_text (r->pool, text, length);
  return true;
}

/* One "key": value of an object. */
static bool
read_member (reader *r, hd_json *object)
{
  const char *at = r->p;
  const char *key;
  hd_json *child;

  if (peek (r) != '"')
    return fail (r, "a key in quotes was expected here");
  if (!read_key (r, &key))
    return false;
  if (hd_json_get (object, key) != NULL)
    {
      char what[128];
      snprintf (what, sizeof what, "duplicate key \"%.64s\"", key);
      return fail_at (r, at, what);
    }
  skip_space (r);
  if (!take (r, ':'))
    return fail (r, "\":\" was expected here");
  skip_space (r);
  if (!read_value (r, &child))
    return false;
  hd_json_add_member (object, key, child);
  return true;
}

static bool
read_element (reader *r, hd_json *array)
{
  hd_json *child;

  if (!read_value (r, &child))
    return false;
  hd_json_add_element (array, child);
  return true;
}

/* The inside of an object or array, whose opening bracket the caller saw. */
static bool
read_container (reader *r, hd_json *container, char close,
                bool (*read_item) (reader *r, hd_json *container))
{
  if (++r->depth > HD_JSON_MAX_DEPTH)
    return fail (r, "nested too deeply");
  r->p++;
  skip_space (r);
  if (!take (r, close))
    for (;;)
      {
        if (!read_item (r, container))
          return false;
        skip_space (r);
        if (take (r, close))
          break;
        if (!take (r, ','))
          return fail (r, close == '}' ? "\",\" or \"}\" was expected here"
                                       : "\",\" or \"]\" was expected here");
        skip_space (r);
      }
  r->depth--;
  return true;
}

static bool
read_value (reader *r, hd_json **ret)
{
  hd_autofree char *text = NULL;
  size_t length;

  switch (peek (r))
    {
    case '{':
      *ret = hd_json_make (r->pool, HD_JSON_OBJECT);
      return read_container (r, *ret, '}', read_member);
    case '[':
      *ret = hd_json_make (r->pool, HD_JSON_ARRAY);
      return read_container (r, *ret, ']', read_element);
    case '"':
      /* Most need no second look, and no copy of their own. */
      length = plain_length (r->p + 1, r->end);
      if (r->p + 1 + length < r->end && r->p[1 + length] == '"')
        {
          *ret = hd_json_make_string (r->pool, r->p + 1, length);
          r->p += length + 2;
          return true;
        }
      if (!read_string (r, &text, &length))
        return false;
      *ret = hd_json_make_string (r->pool, text, length);
      return true;
    case '-':
    case '0' ... '9':
      return read_number (r, ret);
    default:
      return read_word (r, ret);
    }
}

hd_json *
hd_json_parse (const char *text, size_t length_bytes, hd_err *err)
{
  reader r = { .start = text, .p = text, .end = text + length_bytes, .err = err };
  hd_json *root;

  if (length_bytes > HD_JSON_MAX_BYTES)
    {
      hd_err_set (err, HD_CONFIG, NULL, "line 1, column 1: the text is larger than %u bytes",
                  HD_JSON_MAX_BYTES);
      return NULL;
    }
  r.pool = hd_json_pool_new ();
  skip_space (&r);
  bool good = read_value (&r, &root);
  skip_space (&r);
  if (good && r.p < r.end)
    good = fail (&r, "nothing more was expected here");
  if (!good)
    {
      hd_json_pool_free (r.pool);
      return NULL;
    }
  hd_json_own_pool (root, r.pool);
  return root;
}
