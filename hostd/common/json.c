/* JSON: text to values and back.  The only file that sees json-c.
 *
 * json-c's tokener reads in its strict mode, with the depth bounded; it knows a byte offset only,
 * which becomes line and column here.  What that mode lets through all the same is found by a scan
 * of the text behind it: duplicate keys (of which json-c would keep the last), integers beyond 64
 * bits (it would take the nearest), NaN, keys in single quotes, control characters and ill-formed
 * UTF-8 in strings. */
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
          out = stpcpy (out, "\xef\xbf\xbd");
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

/* Fill the error with the place of the byte `offset`; columns count characters, from 1. */
static void
fail_at (hd_err *err, const char *text, size_t offset, const char *what)
{
  unsigned long line = 1, column = 1;

  for (size_t i = 0; i < offset; i++)
    if (text[i] == '\n')
      {
        line++;
        column = 1;
      }
    else if (((unsigned char)text[i] & 0xc0) != 0x80)
      column++;
  hd_err_set (err, HD_CONFIG, NULL, "line %lu, column %lu: %s", line, column, what);
}

static const char *
tokener_message (enum json_tokener_error error)
{
  switch (error)
    {
    case json_tokener_error_parse_eof:
      return "the text ends too early";
    case json_tokener_error_depth:
      return "nested too deeply";
    default:
      return json_tokener_error_desc (error);
    }
}

static bool
is_space (char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A second walk over text that json-c has accepted. It does not rely on json-c for its own safety:
 * what it does not know itself is an unexpected character. */
typedef struct
{
  const char *text;
  const char *p;
  const char *end;
  hd_err *err;
  struct json_object *keys[HD_JSON_MAX_DEPTH]; /* of the objects that are open: a set each */
  size_t n_keys;
} scan;

static bool
scan_fail (const scan *s, const char *at, const char *what)
{
  fail_at (s->err, s->text, (size_t)(at - s->text), what);
  return false;
}

static void
scan_space (scan *s)
{
  while (s->p < s->end && is_space (*s->p))
    s->p++;
}

/* Move from the opening quote behind the closing one. */
static bool
scan_string (scan *s)
{
  for (s->p++; s->p < s->end && *s->p != '"';)
    {
      size_t length = utf8_length ((const unsigned char *)s->p, (const unsigned char *)s->end);
      if (length == 0)
        return scan_fail (s, s->p, "not UTF-8");
      if ((unsigned char)*s->p < 0x20)
        return scan_fail (s, s->p, "control character in a string");
      if (strncmp (s->p, "\\u0000", 6) == 0)
        return scan_fail (s, s->p, "a string may not hold \\u0000");
      /* What is escaped is one byte long. */
      s->p += *s->p == '\\' && s->p + 1 < s->end ? 2 : length;
    }
  if (s->p == s->end)
    return scan_fail (s, s->p, "the text ends too early");
  s->p++;
  return true;
}

/* The key that the string from `start` to the cursor is, as json-c reads it; malloc'ed. */
static char *
unescape_key (const scan *s, const char *start)
{
  hd_autofree char *quoted = check_memory (strndup (start, (size_t)(s->p - start)));
  struct json_object *string = check_memory (json_tokener_parse (quoted));
  char *key = check_memory (strdup (json_object_get_string (string)));

  json_object_put (string);
  return key;
}

/* Refuse a key that the innermost object has already. */
static bool
scan_key (scan *s, const char *start)
{
  struct json_object *keys = s->n_keys > 0 ? s->keys[s->n_keys - 1] : NULL;
  hd_autofree char *key = unescape_key (s, start);
  char what[128];

  if (keys == NULL)
    return scan_fail (s, s->p, "unexpected character");
  if (json_object_object_get_ex (keys, key, NULL))
    {
      snprintf (what, sizeof what, "duplicate key \"%.64s\"", key);
      return scan_fail (s, start, what);
    }
  if (json_object_object_add (keys, key, NULL) != 0)
    abort ();
  return true;
}

/* A number: JSON wants digits behind a point, and we want integers that fit 64 bits. */
static bool
scan_number (const scan *s, const char *start, size_t length)
{
  const char *point = memchr (start, '.', length);
  char digits[32];
  int64_t number;
  uint64_t positive;

  if (point != NULL && (point + 1 == s->p || point[1] < '0' || point[1] > '9'))
    return scan_fail (s, point + 1, "a number wants digits here");
  if (point != NULL || memchr (start, 'e', length) != NULL || memchr (start, 'E', length) != NULL)
    return true;
  snprintf (digits, sizeof digits, "%.*s", (int)(length < sizeof digits ? length : sizeof digits),
            start);
  if (hd_parse_int64 (digits, &number) < 0 && hd_parse_uint64 (digits, &positive) < 0)
    return scan_fail (s, start, "the integer does not fit 64 bits");
  return true;
}

/* A number, or true, false or null; all else that json-c takes as a value (NaN, Infinity, keys in
 * single quotes) has a character that these have not. */
static bool
scan_scalar (scan *s)
{
  static const char letters[] = "truefalsn0123456789+-.E";
  const char *start = s->p;

  while (s->p < s->end && memchr (letters, *s->p, sizeof letters - 1) != NULL)
    s->p++;
  if (s->p == start || (s->p < s->end && !is_space (*s->p) && strchr (",]}", *s->p) == NULL))
    return scan_fail (s, s->p, "unexpected character");
  if (*start == '-' || (*start >= '0' && *start <= '9'))
    return scan_number (s, start, (size_t)(s->p - start));
  return true;
}

/* One token, with the white space and the separators behind it. */
static bool
scan_token (scan *s)
{
  const char *start = s->p;

  switch (*start)
    {
    case '{':
      if (s->n_keys == HD_JSON_MAX_DEPTH)
        return scan_fail (s, start, "nested too deeply");
      s->keys[s->n_keys++] = check_memory (json_object_new_object ());
      s->p++;
      return true;
    case '}':
      if (s->n_keys == 0)
        return scan_fail (s, start, "unexpected character");
      json_object_put (s->keys[--s->n_keys]);
      s->p++;
      return true;
    case '[':
    case ']':
    case ',':
    case ':':
      s->p++;
      return true;
    case '"':
      if (!scan_string (s))
        return false;
      scan_space (s);
      return s->p == s->end || *s->p != ':' || scan_key (s, start);
    default:
      return scan_scalar (s);
    }
}

static bool
scan_text (const char *text, size_t length_bytes, hd_err *err)
{
  scan s = { .text = text, .p = text, .end = text + length_bytes, .err = err };
  bool good = true;

  scan_space (&s);
  while (good && s.p < s.end)
    {
      good = scan_token (&s);
      scan_space (&s);
    }
  while (s.n_keys > 0)
    json_object_put (s.keys[--s.n_keys]);
  return good;
}

/* Read with json-c, which may leave text behind the value; *ret_end is where it stopped. */
static enum json_tokener_error
tokenize (const char *text, size_t length_bytes, struct json_object **ret, size_t *ret_end)
{
  struct json_tokener *tokener = check_memory (json_tokener_new_ex (HD_JSON_MAX_DEPTH));
  enum json_tokener_error error;

  json_tokener_set_flags (tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
  *ret = json_tokener_parse_ex (tokener, text, (int)length_bytes);
  error = json_tokener_get_error (tokener);
  *ret_end = json_tokener_get_parse_end (tokener);
  /* A number or word at the very end is complete only when json-c sees what follows it. */
  if (error == json_tokener_continue)
    {
      *ret = json_tokener_parse_ex (tokener, "", 1);
      error = json_tokener_get_error (tokener);
      *ret_end = length_bytes;
    }
  json_tokener_free (tokener);
  return error;
}

hd_json *
hd_json_parse (const char *text, size_t length_bytes, hd_err *err)
{
  struct json_object *object;
  enum json_tokener_error error;
  size_t end;

  if (length_bytes > HD_JSON_MAX_BYTES)
    {
      hd_err_set (err, HD_CONFIG, NULL, "line 1, column 1: the text is larger than %u bytes",
                  HD_JSON_MAX_BYTES);
      return NULL;
    }
  error = tokenize (text, length_bytes, &object, &end);
  if (error != json_tokener_success)
    {
      fail_at (err, text, end, tokener_message (error));
      return NULL;
    }
  while (end < length_bytes && is_space (text[end]))
    end++;
  if (end == length_bytes && scan_text (text, length_bytes, err))
    return to_value (object);
  if (end < length_bytes)
    fail_at (err, text, end, "nothing more was expected here");
  json_object_put (object);
  return NULL;
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
  double number;

  if (type != HD_JSON_DOUBLE && type != HD_JSON_INT)
    return false;
  number = json_object_get_double (to_object (value));
  if (!isfinite (number))
    return false;
  *ret = number;
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
