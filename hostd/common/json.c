/* JSON: text to values and back.  The only file that sees json-c.
 *
 * json-c keeps the values and writes the text; the reader is here, since no mode of json-c's own
 * fits. Strictly, 0.18 (Debian 13) refuses every string that is not ASCII (json-c issues 875, 892),
 * and all versions take keys in single quotes, NaN, and the last of duplicate keys, and clamp
 * integers; loosely, they take comments and trailing commas too.  This reader is the grammar of RFC
 * 8259 and nothing else.  A duplicate is found by asking the half-built object for each new key,
 * after its escapes are resolved. */
#include "common/json.h"

#include <assert.h>
#include <json-c/json.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/cleanup.h"
#include "common/parse.h"

/* json-c stands for null by a NULL pointer, which is our "absent": this address is our null. */
static const char null_marker;
#define NULL_VALUE ((hd_json *)(void *)&null_marker)

static struct json_object *
to_object (const hd_json *value)
{
  return value == NULL_VALUE ? NULL : (struct json_object *)(void *)value;
}

static hd_json *
to_value (struct json_object *object)
{
  return object == NULL ? NULL_VALUE : (hd_json *)(void *)object;
}

static void *
check_memory (void *pointer)
{
  if (pointer == NULL)
    abort ();
  return pointer;
}

/* Numbers are written and read with a point, whatever LC_NUMERIC says. */
static locale_t
c_locale (void)
{
  static locale_t locale;

  if (locale == NULL)
    locale = check_memory (newlocale (LC_ALL_MASK, "C", NULL));
  return locale;
}

/* ---- UTF-8 ---- */

/* Length in bytes of the character at `p`, or 0 when it is not well formed (RFC 3629). */
static size_t
utf8_length (const unsigned char *p, const unsigned char *end)
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

/* Write a code point; returns its length in bytes. */
static size_t
utf8_put (char *out, uint32_t c)
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

/* A malloc'ed copy in which each byte that is no UTF-8 became U+FFFD. */
static char *
utf8_repair (const char *text)
{
  const unsigned char *p = (const unsigned char *)text;
  const unsigned char *end = p + strlen (text);
  char *copy = check_memory (malloc ((size_t)(end - p) * 3 + 1));
  char *out = copy;

  while (p < end)
    {
      size_t length = utf8_length (p, end);
      if (length == 0)
        {
          out += utf8_put (out, 0xfffd);
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

/* ---- Reading ---- */

typedef struct
{
  const char *start;
  const char *p;
  const char *end;
  unsigned depth;
  hd_err *err;
} reader;

static bool read_value (reader *r, struct json_object **ret);

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
  *out += utf8_put (*out, c);
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
      length = utf8_length ((const unsigned char *)r->p, (const unsigned char *)r->end);
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
read_number (reader *r, struct json_object **ret)
{
  const char *start = r->p;
  hd_autofree char *digits = NULL;
  bool integer;
  int64_t number;
  uint64_t positive;
  double real;

  if (!skip_number (r, &integer))
    return false;
  digits = check_memory (strndup (start, (size_t)(r->p - start)));
  if (!integer)
    {
      real = strtod_l (digits, NULL, c_locale ());
      if (!isfinite (real))
        return fail_at (r, start, "the number is too large");
      *ret = check_memory (json_object_new_double_s (real, digits));
    }
  else if (hd_parse_int64 (digits, &number) == 0)
    *ret = check_memory (json_object_new_int64 (number));
  else if (hd_parse_uint64 (digits, &positive) == 0)
    *ret = check_memory (json_object_new_uint64 (positive));
  else
    return fail_at (r, start, "the integer does not fit 64 bits");
  return true;
}

static bool
read_word (reader *r, struct json_object **ret)
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
      *ret
          = words[i].boolean < 0 ? NULL : check_memory (json_object_new_boolean (words[i].boolean));
      return true;
    }
  return fail (r, "a value was expected here");
}

/* One "key": value of an object. */
static bool
read_member (reader *r, struct json_object *object)
{
  const char *at = r->p;
  hd_autofree char *key = NULL;
  struct json_object *child;
  size_t length;

  if (peek (r) != '"')
    return fail (r, "a key in quotes was expected here");
  if (!read_string (r, &key, &length))
    return false;
  if (json_object_object_get_ex (object, key, NULL))
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
  if (json_object_object_add_ex (object, key, child, JSON_C_OBJECT_ADD_KEY_IS_NEW) != 0)
    abort ();
  return true;
}

static bool
read_element (reader *r, struct json_object *array)
{
  struct json_object *child;

  if (!read_value (r, &child))
    return false;
  if (json_object_array_add (array, child) != 0)
    abort ();
  return true;
}

/* The inside of an object or array, whose opening bracket the caller saw. */
static bool
read_container (reader *r, struct json_object *container, char close,
                bool (*read_item) (reader *r, struct json_object *container))
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
read_value (reader *r, struct json_object **ret)
{
  struct json_object *container;
  hd_autofree char *text = NULL;
  size_t length;
  bool good;

  switch (peek (r))
    {
    case '{':
    case '[':
      container
          = check_memory (peek (r) == '{' ? json_object_new_object () : json_object_new_array ());
      good = peek (r) == '{' ? read_container (r, container, '}', read_member)
                             : read_container (r, container, ']', read_element);
      if (!good)
        {
          json_object_put (container);
          return false;
        }
      *ret = container;
      return true;
    case '"':
      /* Most need no second look, and no copy of their own. */
      length = plain_length (r->p + 1, r->end);
      if (r->p + 1 + length < r->end && r->p[1 + length] == '"')
        {
          *ret = check_memory (json_object_new_string_len (r->p + 1, (int)length));
          r->p += length + 2;
          return true;
        }
      if (!read_string (r, &text, &length))
        return false;
      *ret = check_memory (json_object_new_string_len (text, (int)length));
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
  reader r = { text, text, text + length_bytes, 0, err };
  struct json_object *object;

  if (length_bytes > HD_JSON_MAX_BYTES)
    {
      hd_err_set (err, HD_CONFIG, NULL, "line 1, column 1: the text is larger than %u bytes",
                  HD_JSON_MAX_BYTES);
      return NULL;
    }
  skip_space (&r);
  if (!read_value (&r, &object))
    return NULL;
  skip_space (&r);
  if (r.p < r.end)
    {
      fail (&r, "nothing more was expected here");
      json_object_put (object);
      return NULL;
    }
  return to_value (object);
}

void
hd_json_free (hd_json *value)
{
  json_object_put (to_object (value));
}

/* ---- Readers ---- */

hd_json_type
hd_json_get_type (const hd_json *value)
{
  switch (json_object_get_type (to_object (value)))
    {
    case json_type_boolean:
      return HD_JSON_BOOL;
    case json_type_int:
      return HD_JSON_INT;
    case json_type_double:
      return HD_JSON_DOUBLE;
    case json_type_string:
      return HD_JSON_STRING;
    case json_type_array:
      return HD_JSON_ARRAY;
    case json_type_object:
      return HD_JSON_OBJECT;
    case json_type_null:
    default:
      return HD_JSON_NULL;
    }
}

const char *
hd_json_type_name (hd_json_type type)
{
  static const char *const names[] = {
    [HD_JSON_NULL] = "null",     [HD_JSON_BOOL] = "boolean",  [HD_JSON_INT] = "integer",
    [HD_JSON_DOUBLE] = "number", [HD_JSON_STRING] = "string", [HD_JSON_ARRAY] = "array",
    [HD_JSON_OBJECT] = "object",
  };

  return names[type];
}

const hd_json *
hd_json_get (const hd_json *object, const char *key)
{
  struct json_object *child;

  if (hd_json_get_type (object) != HD_JSON_OBJECT
      || !json_object_object_get_ex (to_object (object), key, &child))
    return NULL;
  return to_value (child);
}

const hd_json *
hd_json_at (const hd_json *array, size_t index)
{
  if (hd_json_get_type (array) != HD_JSON_ARRAY
      || index >= json_object_array_length (to_object (array)))
    return NULL;
  return to_value (json_object_array_get_idx (to_object (array), index));
}

size_t
hd_json_length (const hd_json *array_or_object)
{
  switch (hd_json_get_type (array_or_object))
    {
    case HD_JSON_ARRAY:
      return json_object_array_length (to_object (array_or_object));
    case HD_JSON_OBJECT:
      return (size_t)json_object_object_length (to_object (array_or_object));
    default:
      return 0;
    }
}

bool
hd_json_as_string (const hd_json *value, const char **ret)
{
  if (hd_json_get_type (value) != HD_JSON_STRING)
    return false;
  *ret = json_object_get_string (to_object (value));
  return true;
}

bool
hd_json_as_bool (const hd_json *value, bool *ret)
{
  if (hd_json_get_type (value) != HD_JSON_BOOL)
    return false;
  *ret = json_object_get_boolean (to_object (value));
  return true;
}

/* json-c clamps what does not fit and does not say so: the largest value of one kind is genuine
 * only when the other kind agrees. */
bool
hd_json_as_int64 (const hd_json *value, int64_t *ret)
{
  int64_t number;

  if (hd_json_get_type (value) != HD_JSON_INT)
    return false;
  number = json_object_get_int64 (to_object (value));
  if (number == INT64_MAX && json_object_get_uint64 (to_object (value)) != (uint64_t)INT64_MAX)
    return false;
  *ret = number;
  return true;
}

bool
hd_json_as_uint64 (const hd_json *value, uint64_t *ret)
{
  if (hd_json_get_type (value) != HD_JSON_INT || json_object_get_int64 (to_object (value)) < 0)
    return false;
  *ret = json_object_get_uint64 (to_object (value));
  return true;
}

bool
hd_json_as_double (const hd_json *value, double *ret)
{
  hd_json_type type = hd_json_get_type (value);

  if (type != HD_JSON_DOUBLE && type != HD_JSON_INT)
    return false;
  *ret = json_object_get_double (to_object (value));
  return true;
}

const char *
hd_json_get_string (const hd_json *object, const char *key, const char *fallback)
{
  hd_json_as_string (hd_json_get (object, key), &fallback);
  return fallback;
}

bool
hd_json_get_bool (const hd_json *object, const char *key, bool fallback)
{
  hd_json_as_bool (hd_json_get (object, key), &fallback);
  return fallback;
}

int64_t
hd_json_get_int (const hd_json *object, const char *key, int64_t fallback)
{
  hd_json_as_int64 (hd_json_get (object, key), &fallback);
  return fallback;
}

int
hd_json_each (const hd_json *object,
              int (*visit) (const char *key, const hd_json *value, void *data), void *data)
{
  if (hd_json_get_type (object) != HD_JSON_OBJECT)
    return 0;
  json_object_object_foreach (to_object (object), key, child)
  {
    int r = visit (key, to_value (child), data);
    if (r != 0)
      return r;
  }
  return 0;
}

/* ---- Builders ---- */

hd_json *
hd_json_new_object (void)
{
  return check_memory (json_object_new_object ());
}

hd_json *
hd_json_new_array (void)
{
  return check_memory (json_object_new_array ());
}

hd_json *
hd_json_new_string (const char *text)
{
  hd_autofree char *clean = utf8_repair (text);

  return check_memory (json_object_new_string (clean));
}

hd_json *
hd_json_new_int (int64_t number)
{
  return check_memory (json_object_new_int64 (number));
}

hd_json *
hd_json_new_uint (uint64_t number)
{
  /* One value has one form, as when it is read. */
  if (number <= INT64_MAX)
    return hd_json_new_int ((int64_t)number);
  return check_memory (json_object_new_uint64 (number));
}

hd_json *
hd_json_new_bool (bool flag)
{
  return check_memory (json_object_new_boolean (flag));
}

hd_json *
hd_json_new_double (double number)
{
  char digits[32];
  locale_t before;

  assert (isfinite (number));
  before = uselocale (c_locale ());
  /* The fewest digits that are read back as the same number: 0.1, not 0.10000000000000001. */
  for (int precision = 15; precision <= 17; precision++)
    {
      snprintf (digits, sizeof digits, "%.*g", precision, number);
      if (strtod (digits, NULL) == number)
        break;
    }
  uselocale (before);
  if (strpbrk (digits, ".e") == NULL)
    strcat (digits, ".0");
  return check_memory (json_object_new_double_s (number, digits));
}

hd_json *
hd_json_new_null (void)
{
  return NULL_VALUE;
}

hd_json *
hd_json_copy (const hd_json *value)
{
  struct json_object *copy = NULL;

  if (to_object (value) == NULL)
    return NULL_VALUE;
  if (json_object_deep_copy (to_object (value), &copy, NULL) != 0)
    abort ();
  return to_value (copy);
}

void
hd_json_set (hd_json *object, const char *key, hd_json *child)
{
  hd_autofree char *clean = utf8_repair (key);

  if (json_object_object_add (to_object (object), clean, to_object (child)) != 0)
    abort ();
}

void
hd_json_append (hd_json *array, hd_json *child)
{
  if (json_object_array_add (to_object (array), to_object (child)) != 0)
    abort ();
}

void
hd_json_set_string (hd_json *object, const char *key, const char *text)
{
  if (text != NULL)
    hd_json_set (object, key, hd_json_new_string (text));
}

void
hd_json_set_int (hd_json *object, const char *key, int64_t number)
{
  hd_json_set (object, key, hd_json_new_int (number));
}

void
hd_json_set_uint (hd_json *object, const char *key, uint64_t number)
{
  hd_json_set (object, key, hd_json_new_uint (number));
}

void
hd_json_set_bool (hd_json *object, const char *key, bool flag)
{
  hd_json_set (object, key, hd_json_new_bool (flag));
}

char *
hd_json_to_text (const hd_json *value, bool pretty)
{
  int flags
      = JSON_C_TO_STRING_NOSLASHESCAPE
        | (pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED : JSON_C_TO_STRING_PLAIN);

  if (to_object (value) == NULL)
    return check_memory (strdup ("null"));
  return check_memory (
      strdup (check_memory ((void *)json_object_to_json_string_ext (to_object (value), flags))));
}
