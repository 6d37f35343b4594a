/* JSON to structures by tables: a shape names the members of an object and where they go.
 *
 * An error names the path: `linux.namespaces[2].type: expected a string, got a number`.  Members
 * that no table knows are passed over, as the specification asks; null counts as absent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/json.h"
#include "runtime/arena.h"

/* Numbers that may be absent. */
typedef struct
{
  int64_t value;
  bool set;
} rt_int64;

typedef struct
{
  uint64_t value;
  bool set;
} rt_uint64;

/* A list of strings, NULL-terminated as well; `items` NULL when the member is absent. */
typedef struct
{
  const char **items;
  size_t count;
} rt_strings;

typedef struct
{
  const char *key;
  const char *value;
} rt_pair;

typedef struct
{
  rt_pair *items;
  size_t count;
} rt_map;

/* A word and the number it stands for; lists end with a NULL name. */
typedef struct
{
  const char *name;
  int64_t value;
} rt_word;

typedef enum
{
  RT_STRING,  /* const char *, NULL when absent */
  RT_BOOL,    /* bool */
  RT_INT32,   /* int32_t, 0 when absent */
  RT_UINT32,  /* uint32_t, 0 when absent */
  RT_INT64,   /* rt_int64 */
  RT_UINT64,  /* rt_uint64 */
  RT_SINT64,  /* rt_uint64, where -1 is allowed too and stands as UINT64_MAX ("no limit") */
  RT_WORD,    /* rt_int64, the value of a word of `words` */
  RT_WORDS,   /* rt_uint64, the list of words as a set of their values' bits (values 0 to 63) */
  RT_STRINGS, /* rt_strings */
  RT_UINT32S, /* RT_LIST_OF (uint32_t) */
  RT_MAP,     /* rt_map: an object of strings */
  RT_STRUCT,  /* structure of `shape`, in place */
  RT_OBJECT,  /* pointer to a structure of `shape`, NULL when absent */
  RT_LIST,    /* RT_LIST_OF of structures of `shape` */
  RT_NAMED    /* the same from an object; the first member, a const char *, gets the key */
} rt_kind;

#define RT_LIST_OF(type)                                                                           \
  struct                                                                                           \
  {                                                                                                \
    type *items;                                                                                   \
    size_t count;                                                                                  \
  }

typedef struct rt_shape rt_shape;

typedef struct
{
  const char *key;
  rt_kind kind;
  size_t offset;
  bool required;
  const rt_shape *shape; /* RT_OBJECT, RT_LIST, RT_NAMED */
  const rt_word *words;  /* RT_WORD, RT_WORDS */
} rt_field;

struct rt_shape
{
  size_t size_bytes;
  const rt_field *fields; /* up to a NULL key */
};

/* Fill `target` (of the shape's size, zeroed) from `object`.  Strings belong to `object`, the rest
 * to the arena.  `name` leads the path in errors ("" for none).  Returns 0 or -EINVAL. */
int rt_decode (const rt_shape *shape, const hd_json *object, const char *name, void *target,
               rt_arena *arena, hd_err *err);

/* Add a string to the end of a list, whose items move to a new place in the arena. */
void rt_strings_add (rt_strings *list, const char *text, rt_arena *arena);

/* The value of `name`, or -1 when the list has no such word. */
int64_t rt_word_value (const rt_word *words, const char *name);
/* The name of `value`, or NULL. */
const char *rt_word_name (const rt_word *words, int64_t value);
