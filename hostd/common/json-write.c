/* JSON: values built by programs, and their text. */
#include "common/json-tree.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/cleanup.h"
#include "common/utf8.h"

/* ---- Builders ---- */

hd_json *
hd_json_new_object (void)
{
  return hd_json_make (NULL, HD_JSON_OBJECT);
}

hd_json *
hd_json_new_document (void)
{
  hd_json_pool *pool = hd_json_pool_new ();
  hd_json *root = hd_json_make (pool, HD_JSON_OBJECT);

  hd_json_own_pool (root, pool);
  return root;
}

hd_json *
hd_json_new_array (void)
{
  return hd_json_make (NULL, HD_JSON_ARRAY);
}

/* With the memory of `pool`, or its own. */
static hd_json *
make_string (hd_json_pool *pool, const char *text)
{
  hd_autofree char *clean = hd_utf8_is_valid (text) ? NULL : hd_utf8_repair (text);

  if (clean != NULL)
    text = clean;
  return hd_json_make_string (pool, text, strlen (text));
}

hd_json *
hd_json_new_string (const char *text)
{
  return make_string (NULL, text);
}

hd_json *
hd_json_new_int (int64_t number)
{
  return hd_json_make_int (NULL, number);
}

hd_json *
hd_json_new_uint (uint64_t number)
{
  return hd_json_make_uint (NULL, number);
}

hd_json *
hd_json_new_bool (bool flag)
{
  return hd_json_make_bool (NULL, flag);
}

hd_json *
hd_json_new_double (double number)
{
  char digits[32];
  locale_t c = newlocale (LC_ALL_MASK, "C", NULL), before;

  assert (isfinite (number));
  if (c == NULL)
    abort ();
  before = uselocale (c);
  /* The fewest digits that are read back as the same number: 0.1, not 0.10000000000000001. */
  for (int precision = 15; precision <= 17; precision++)
    {
      snprintf (digits, sizeof digits, "%.*g", precision, number);
      if (strtod (digits, NULL) == number)
        break;
    }
  uselocale (before);
  freelocale (c);
  if (strpbrk (digits, ".e") == NULL)
    strcat (digits, ".0");
  return hd_json_make_double (NULL, number, digits);
}

hd_json *
hd_json_new_null (void)
{
  return hd_json_make (NULL, HD_JSON_NULL);
}

void
hd_json_set (hd_json *object, const char *key, hd_json *child)
{
  hd_autofree char *clean = hd_utf8_is_valid (key) ? NULL : hd_utf8_repair (key);

  hd_json_set_member (object, clean != NULL ? clean : key, child);
}

void
hd_json_append (hd_json *array, hd_json *child)
{
  hd_json_add_element (array, child);
}

void
hd_json_set_string (hd_json *object, const char *key, const char *text)
{
  if (text != NULL)
    hd_json_set (object, key, make_string (hd_json_pool_of (object), text));
}

void
hd_json_set_int (hd_json *object, const char *key, int64_t number)
{
  hd_json_set (object, key, hd_json_make_int (hd_json_pool_of (object), number));
}

void
hd_json_set_uint (hd_json *object, const char *key, uint64_t number)
{
  hd_json_set (object, key, hd_json_make_uint (hd_json_pool_of (object), number));
}

void
hd_json_set_bool (hd_json *object, const char *key, bool flag)
{
  hd_json_set (object, key, hd_json_make_bool (hd_json_pool_of (object), flag));
}

hd_json *
hd_json_add_object (hd_json *object, const char *key)
{
  hd_json *child = hd_json_make (hd_json_pool_of (object), HD_JSON_OBJECT);

  hd_json_set (object, key, child);
  return child;
}

hd_json *
hd_json_add_array (hd_json *object, const char *key)
{
  hd_json *child = hd_json_make (hd_json_pool_of (object), HD_JSON_ARRAY);

  hd_json_set (object, key, child);
  return child;
}

void
hd_json_append_string (hd_json *array, const char *text)
{
  hd_json_append (array, make_string (hd_json_pool_of (array), text));
}

/* ---- Text ---- */

typedef struct
{
  char *text;
  size_t length, room;
  bool fixed; /* the buffer is the caller's: what does not fit is only counted */
  bool pretty;
  bool first; /* of its container */
  unsigned depth;
} writer;

static void
put (writer *w, const char *bytes, size_t length)
{
  if (w->fixed && (w->length >= w->room || w->room - w->length <= length))
    {
      w->length += length;
      return;
    }
  if (!w->fixed && w->room - w->length <= length)
    {
      w->room = 2 * w->room + length + 64;
      w->text = realloc (w->text, w->room);
      if (w->text == NULL)
        abort ();
    }
  memcpy (w->text + w->length, bytes, length);
  w->length += length;
  w->text[w->length] = '\0';
}

static void
put_text (writer *w, const char *text)
{
  put (w, text, strlen (text));
}

/* RFC 8259, section 7. */
static void
put_quoted (writer *w, const char *text)
{
  static const char letters[] = "\"\\\b\f\n\r\t";
  static const char meanings[] = "\"\\bfnrt";
  put (w, "\"", 1);
  for (const char *c = text; *c != '\0';)
    {
      size_t plain = 0;
      while ((unsigned char)c[plain] >= ' ' && c[plain] != '"' && c[plain] != '\\')
        plain++;
      put (w, c, plain);
      c += plain;
      if (*c == '\0')
        break;
      const char *letter = strchr (letters, *c);
      char escape[8];
      if (letter != NULL)
        snprintf (escape, sizeof escape, "\\%c", meanings[letter - letters]);
      else
        snprintf (escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)*c);
      put_text (w, escape);
      c++;
    }
  put (w, "\"", 1);
}

static void
put_line (writer *w)
{
  if (!w->pretty)
    return;
  put (w, "\n", 1);
  for (unsigned i = 0; i < w->depth; i++)
    put (w, "  ", 2);
}

static void
put_open (writer *w, const char *bracket)
{
  put (w, bracket, 1);
  w->depth++;
  w->first = true;
}

static void
put_next (writer *w)
{
  if (!w->first)
    put (w, ",", 1);
  w->first = false;
  put_line (w);
}

static void
put_close (writer *w, const char *bracket)
{
  w->depth--;
  if (!w->first)
    put_line (w);
  w->first = false;
  put (w, bracket, 1);
}

static void put_value (writer *w, const hd_json *value);

static int
put_member (const char *key, const hd_json *value, void *data)
{
  writer *w = data;
  put_next (w);
  put_quoted (w, key);
  put_text (w, w->pretty ? ": " : ":");
  put_value (w, value);
  return 0;
}

static void
put_int (writer *w, const hd_json *value)
{
  char digits[24];
  int64_t number = 0;
  uint64_t positive = 0;
  if (hd_json_as_int64 (value, &number))
    snprintf (digits, sizeof digits, "%lld", (long long)number);
  else if (hd_json_as_uint64 (value, &positive))
    snprintf (digits, sizeof digits, "%llu", (unsigned long long)positive);
  put_text (w, digits);
}

static void
put_value (writer *w, const hd_json *value)
{
  const char *text = "";
  bool flag = false;
  switch (hd_json_get_type (value))
    {
    case HD_JSON_OBJECT:
      put_open (w, "{");
      hd_json_each (value, put_member, w);
      put_close (w, "}");
      break;
    case HD_JSON_ARRAY:
      put_open (w, "[");
      for (size_t i = 0; i < hd_json_length (value); i++)
        {
          put_next (w);
          put_value (w, hd_json_at (value, i));
        }
      put_close (w, "]");
      break;
    case HD_JSON_STRING:
      hd_json_as_string (value, &text);
      put_quoted (w, text);
      break;
    case HD_JSON_INT:
      put_int (w, value);
      break;
    case HD_JSON_DOUBLE:
      put_text (w, hd_json_digits (value));
      break;
    case HD_JSON_BOOL:
      hd_json_as_bool (value, &flag);
      put_text (w, flag ? "true" : "false");
      break;
    case HD_JSON_NULL:
      put_text (w, "null");
      break;
    }
}

char *
hd_json_to_text (const hd_json *value, bool pretty)
{
  writer w = { .pretty = pretty };
  put_value (&w, value);
  return w.text;
}

size_t
hd_json_to_buffer (const hd_json *value, char *buffer, size_t size_bytes)
{
  writer w = { .text = buffer, .room = size_bytes, .fixed = true };
  put_value (&w, value);
  return w.length;
}
