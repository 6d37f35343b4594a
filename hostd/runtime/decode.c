/* JSON to structures by tables. */
#include "runtime/decode.h"

#include <stdio.h>
#include <string.h>

/* Where we are, for messages: a chain on the stack from the member up to the whole. */
typedef struct where
{
  const struct where *parent;
  const char *key;
  size_t index; /* when key is NULL */
} where;

static size_t
path_append (char *buffer, size_t size, const where *here)
{
  size_t used = here->parent != NULL ? path_append (buffer, size, here->parent) : 0;
  int n = 0;
  if (here->key == NULL)
    n = snprintf (buffer + used, size - used, "[%zu]", here->index);
  else if (here->key[0] != '\0')
    n = snprintf (buffer + used, size - used, "%s%.64s", used > 0 ? "." : "", here->key);
  used += n > 0 ? (size_t)n : 0;
  return used < size ? used : size - 1;
}

static int
fail (const where *here, hd_err *err, const char *what)
{
  char path[384] = "";
  path_append (path, sizeof path, here);
  return hd_err_set (err, HD_CONFIG, NULL, "%s: %s", path[0] ? path : "the document", what);
}

static int
expected (const where *here, hd_err *err, const char *what, const hd_json *value)
{
  char text[128];
  snprintf (text, sizeof text, "expected %s, got %s", what,
            hd_json_type_name (hd_json_get_type (value)));
  return fail (here, err, text);
}

static int decode_object (const rt_shape *shape, const hd_json *object, const where *here,
                          void *target, rt_arena *arena, hd_err *err);

static int
decode_signed (const hd_json *value, const where *here, int64_t least, int64_t most, int64_t *ret,
               hd_err *err)
{
  char what[80];
  snprintf (what, sizeof what, "a whole number from %lld to %lld", (long long)least,
            (long long)most);
  if (!hd_json_as_int64 (value, ret))
    return expected (here, err, what, value);
  if (*ret >= least && *ret <= most)
    return 0;
  snprintf (what, sizeof what, "expected a number from %lld to %lld, got %lld", (long long)least,
            (long long)most, (long long)*ret);
  return fail (here, err, what);
}

/* An unsigned number; with `unlimited`, -1 as well. */
static int
decode_unsigned (const hd_json *value, const where *here, bool unlimited, rt_uint64 *ret,
                 hd_err *err)
{
  int64_t number;
  if (unlimited && hd_json_as_int64 (value, &number) && number == -1)
    *ret = (rt_uint64){ UINT64_MAX, true };
  else if (hd_json_as_uint64 (value, &ret->value))
    ret->set = true;
  else
    return expected (here, err,
                     unlimited ? "a number from 0 to 2^64-1, or -1" : "a number from 0 to 2^64-1",
                     value);
  return 0;
}

/* "unknown value "x", expected one of a, b, c" */
static int
unknown_word (const where *here, hd_err *err, const rt_word *words, const char *name)
{
  char text[512];
  int used = snprintf (text, sizeof text, "unknown value \"%.80s\", expected one of", name);
  for (; words->name != NULL && used < (int)sizeof text; words++)
    used += snprintf (text + used, sizeof text - (size_t)used, " %s%s", words->name,
                      words[1].name != NULL ? "," : "");
  return fail (here, err, text);
}

static int
decode_word (const hd_json *value, const where *here, const rt_word *words, int64_t *ret,
             hd_err *err)
{
  const char *name;
  if (!hd_json_as_string (value, &name))
    return expected (here, err, "a string", value);
  *ret = rt_word_value (words, name);
  return *ret < 0 ? unknown_word (here, err, words, name) : 0;
}

static int
decode_words (const hd_json *value, const where *here, const rt_word *words, rt_uint64 *ret,
              hd_err *err)
{
  if (hd_json_get_type (value) != HD_JSON_ARRAY)
    return expected (here, err, "an array of strings", value);
  ret->set = true;
  for (size_t i = 0; i < hd_json_length (value); i++)
    {
      where item = { here, NULL, i };
      int64_t bit;
      if (decode_word (hd_json_at (value, i), &item, words, &bit, err) < 0)
        return -EINVAL;
      ret->value |= UINT64_C (1) << bit;
    }
  return 0;
}

static int
decode_strings (const hd_json *value, const where *here, rt_strings *ret, rt_arena *arena,
                hd_err *err)
{
  if (hd_json_get_type (value) != HD_JSON_ARRAY)
    return expected (here, err, "an array of strings", value);
  size_t count = hd_json_length (value);
  ret->items = rt_new_array (arena, const char *, count + 1);
  ret->count = count;
  for (size_t i = 0; i < count; i++)
    {
      where item = { here, NULL, i };
      if (!hd_json_as_string (hd_json_at (value, i), &ret->items[i]))
        return expected (&item, err, "a string", hd_json_at (value, i));
    }
  return 0;
}

static int
decode_uint32s (const hd_json *value, const where *here, void *ret, rt_arena *arena, hd_err *err)
{
  RT_LIST_OF (uint32_t) *list = ret;
  if (hd_json_get_type (value) != HD_JSON_ARRAY)
    return expected (here, err, "an array of numbers", value);
  list->count = hd_json_length (value);
  list->items = rt_new_array (arena, uint32_t, list->count + 1);
  for (size_t i = 0; i < list->count; i++)
    {
      where item = { here, NULL, i };
      int64_t number;
      int r = decode_signed (hd_json_at (value, i), &item, 0, UINT32_MAX, &number, err);
      if (r < 0)
        return r;
      list->items[i] = (uint32_t)number;
    }
  return 0;
}

typedef struct
{
  rt_map *map;
  const where *here;
  hd_err *err;
} map_visit;

static int
visit_pair (const char *key, const hd_json *value, void *data)
{
  map_visit *visit = data;
  where here = { visit->here, key, 0 };
  const char *text;
  if (!hd_json_as_string (value, &text))
    return expected (&here, visit->err, "a string", value);
  visit->map->items[visit->map->count++] = (rt_pair){ key, text };
  return 0;
}

static int
decode_map (const hd_json *value, const where *here, rt_map *ret, rt_arena *arena, hd_err *err)
{
  if (hd_json_get_type (value) != HD_JSON_OBJECT)
    return expected (here, err, "an object of strings", value);
  ret->items = rt_new_array (arena, rt_pair, hd_json_length (value) + 1);
  map_visit visit = { ret, here, err };
  return hd_json_each (value, visit_pair, &visit);
}

static int
decode_list (const hd_json *value, const where *here, const rt_shape *shape, void *ret,
             rt_arena *arena, hd_err *err)
{
  RT_LIST_OF (char) *list = ret;
  if (hd_json_get_type (value) != HD_JSON_ARRAY)
    return expected (here, err, "an array", value);
  size_t count = hd_json_length (value);
  list->items = rt_alloc (arena, count * shape->size_bytes + 1);
  list->count = count;
  for (size_t i = 0; i < count; i++)
    {
      where item = { here, NULL, i };
      int r = decode_object (shape, hd_json_at (value, i), &item,
                             list->items + i * shape->size_bytes, arena, err);
      if (r < 0)
        return r;
    }
  return 0;
}

typedef struct
{
  char *next;
  const rt_shape *shape;
  const where *here;
  rt_arena *arena;
  hd_err *err;
} named_visit;

static int
visit_named (const char *key, const hd_json *value, void *data)
{
  named_visit *visit = data;
  where here = { visit->here, key, 0 };
  *(const char **)(void *)visit->next = key;
  int r = decode_object (visit->shape, value, &here, visit->next, visit->arena, visit->err);
  visit->next += visit->shape->size_bytes;
  return r;
}

static int
decode_named (const hd_json *value, const where *here, const rt_shape *shape, void *ret,
              rt_arena *arena, hd_err *err)
{
  RT_LIST_OF (char) *list = ret;
  if (hd_json_get_type (value) != HD_JSON_OBJECT)
    return expected (here, err, "an object", value);
  list->count = hd_json_length (value);
  list->items = rt_alloc (arena, list->count * shape->size_bytes + 1);
  named_visit visit = { list->items, shape, here, arena, err };
  return hd_json_each (value, visit_named, &visit);
}

static int
decode_field (const rt_field *field, const hd_json *value, const where *here, void *at,
              rt_arena *arena, hd_err *err)
{
  int64_t number = 0;
  int r = 0;
  switch (field->kind)
    {
    case RT_STRING:
      return hd_json_as_string (value, at) ? 0 : expected (here, err, "a string", value);
    case RT_BOOL:
      return hd_json_as_bool (value, at) ? 0 : expected (here, err, "true or false", value);
    case RT_INT32:
      if ((r = decode_signed (value, here, INT32_MIN, INT32_MAX, &number, err)) == 0)
        *(int32_t *)at = (int32_t)number;
      return r;
    case RT_UINT32:
      if ((r = decode_signed (value, here, 0, UINT32_MAX, &number, err)) == 0)
        *(uint32_t *)at = (uint32_t)number;
      return r;
    case RT_INT64:
      ((rt_int64 *)at)->set = true;
      return decode_signed (value, here, INT64_MIN, INT64_MAX, &((rt_int64 *)at)->value, err);
    case RT_UINT64:
      return decode_unsigned (value, here, false, at, err);
    case RT_SINT64:
      return decode_unsigned (value, here, true, at, err);
    case RT_WORD:
      ((rt_int64 *)at)->set = true;
      return decode_word (value, here, field->words, &((rt_int64 *)at)->value, err);
    case RT_WORDS:
      return decode_words (value, here, field->words, at, err);
    case RT_STRINGS:
      return decode_strings (value, here, at, arena, err);
    case RT_MAP:
      return decode_map (value, here, at, arena, err);
    case RT_STRUCT:
      return decode_object (field->shape, value, here, at, arena, err);
    case RT_OBJECT:
      {
        void *object = rt_alloc (arena, field->shape->size_bytes);
        r = decode_object (field->shape, value, here, object, arena, err);
        if (r == 0)
          *(void **)at = object;
        return r;
      }
    case RT_LIST:
      return decode_list (value, here, field->shape, at, arena, err);
    case RT_UINT32S:
      return decode_uint32s (value, here, at, arena, err);
    case RT_NAMED:
      return decode_named (value, here, field->shape, at, arena, err);
    }
  return -EINVAL;
}

static int
decode_object (const rt_shape *shape, const hd_json *object, const where *here, void *target,
               rt_arena *arena, hd_err *err)
{
  if (hd_json_get_type (object) != HD_JSON_OBJECT)
    return expected (here, err, "an object", object);
  for (const rt_field *field = shape->fields; field->key != NULL; field++)
    {
      where member = { here, field->key, 0 };
      const hd_json *value = hd_json_get (object, field->key);
      if (value == NULL || hd_json_get_type (value) == HD_JSON_NULL)
        {
          if (field->required)
            return fail (&member, err, "is required");
          continue;
        }
      int r = decode_field (field, value, &member, (char *)target + field->offset, arena, err);
      if (r < 0)
        return r;
    }
  return 0;
}

int
rt_decode (const rt_shape *shape, const hd_json *object, const char *name, void *target,
           rt_arena *arena, hd_err *err)
{
  where here = { NULL, name, 0 };
  return decode_object (shape, object, &here, target, arena, err);
}

void
rt_strings_add (rt_strings *list, const char *text, rt_arena *arena)
{
  const char **items = rt_new_array (arena, const char *, list->count + 2);
  if (list->count > 0)
    memcpy (items, list->items, list->count * sizeof *items);
  items[list->count++] = text;
  list->items = items;
}

int64_t
rt_word_value (const rt_word *words, const char *name)
{
  for (; words->name != NULL; words++)
    if (strcmp (words->name, name) == 0)
      return words->value;
  return -1;
}

const char *
rt_word_name (const rt_word *words, int64_t value)
{
  for (; words->name != NULL; words++)
    if (words->value == value)
      return words->name;
  return NULL;
}
