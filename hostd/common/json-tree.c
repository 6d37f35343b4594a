/* JSON values: held, asked, changed and written.
 *
 * An object keeps its members in order; from INDEX_FROM members on a hash table tells where a key
 * stands, so that a document of a stranger's with many keys takes no quadratic time. */
#include "common/json-tree.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define CHUNK_BYTES (16u << 10)
#define INDEX_FROM 16

typedef struct
{
  const char *key;
  hd_json *value;
} member;

struct hd_json
{
  hd_json_type type;
  bool above_signed;  /* HD_JSON_INT: as.positive counts */
  bool owns_pool;     /* the root of what was read */
  hd_json_pool *pool; /* that it lives in, or NULL */
  union
  {
    bool flag;
    int64_t number;
    uint64_t positive;
    const char *text;
    struct
    {
      double number;
      const char *digits;
    } real;
    struct
    {
      hd_json **items;
      uint32_t count, room;
    } array;
    struct
    {
      member *members;
      uint32_t count, room;
      /* Places of members by the hash of their keys: position + 1, or 0.  A power of two. */
      uint32_t n_slots;
      uint32_t *slots;
    } object;
  } as;
};

static hd_json null_value = { .type = HD_JSON_NULL };

/* ---- Memory ---- */

typedef struct chunk
{
  struct chunk *next;
  size_t used, size;
  _Alignas(max_align_t) char bytes[];
} chunk;

struct hd_json_pool
{
  chunk *chunks;
};

/* Chunks that ask nobody for memory, and are enough for most programs: for what is read, and for
 * what is written meanwhile. */
static _Alignas(max_align_t) char large[64u << 10], small[8u << 10];
static struct
{
  char *bytes;
  size_t size;
  atomic_flag taken;
} ready[]
    = { { large, sizeof large, ATOMIC_FLAG_INIT }, { small, sizeof small, ATOMIC_FLAG_INIT } };

#define N_READY (sizeof ready / sizeof *ready)

static void *
check_memory (void *pointer)
{
  if (pointer == NULL)
    abort ();
  return pointer;
}

static chunk *
new_chunk (size_t size)
{
  chunk *c = NULL;
  for (size_t i = 0; c == NULL && i < N_READY; i++)
    if (sizeof *c + size <= ready[i].size && !atomic_flag_test_and_set (&ready[i].taken))
      {
        c = (chunk *)(void *)ready[i].bytes;
        size = ready[i].size - sizeof *c;
      }
  if (c == NULL)
    {
      size = size > CHUNK_BYTES ? size : CHUNK_BYTES;
      c = check_memory (malloc (sizeof *c + size));
    }
  *c = (chunk){ .size = size };
  return c;
}

static void
free_chunk (chunk *c)
{
  for (size_t i = 0; i < N_READY; i++)
    if ((char *)c == ready[i].bytes)
      {
        atomic_flag_clear (&ready[i].taken);
        return;
      }
  free (c);
}

/* The pool itself is the first piece of its first chunk. */
hd_json_pool *
hd_json_pool_new (void)
{
  chunk *c = new_chunk (sizeof (hd_json_pool));
  hd_json_pool *pool = (hd_json_pool *)(void *)c->bytes;
  c->used = sizeof *pool;
  pool->chunks = c;
  return pool;
}

void
hd_json_pool_free (hd_json_pool *pool)
{
  for (chunk *c = pool->chunks; c != NULL;)
    {
      chunk *next = c->next;
      free_chunk (c);
      c = next;
    }
}

static void *
pool_alloc (hd_json_pool *pool, size_t size)
{
  chunk *c = pool->chunks;
  size = (size + 7) & ~(size_t)7;
  if (c == NULL || c->size - c->used < size)
    {
      c = new_chunk (size);
      c->next = pool->chunks;
      pool->chunks = c;
    }
  c->used += size;
  return c->bytes + c->used - size;
}

/* Zeroed. */
static void *
allocate (hd_json_pool *pool, size_t size)
{
  return pool != NULL ? memset (pool_alloc (pool, size), 0, size)
                      : check_memory (calloc (1, size > 0 ? size : 1));
}

/* Room for one more item; what a pool had given before goes with the pool. */
static void *
grow (hd_json_pool *pool, void *items, uint32_t count, uint32_t *room, size_t item_bytes)
{
  if (count < *room)
    return items;
  if (*room > UINT32_MAX / 4)
    abort ();
  *room = *room > 0 ? *room * 2 : 4;
  if (pool == NULL)
    return check_memory (reallocarray (items, *room, item_bytes));
  void *more = pool_alloc (pool, *room * item_bytes);
  if (count > 0)
    memcpy (more, items, count * item_bytes);
  return more;
}

char *
hd_json_keep_text (hd_json_pool *pool, const char *text, size_t length)
{
  char *copy = pool != NULL ? pool_alloc (pool, length + 1) : check_memory (malloc (length + 1));
  memcpy (copy, text, length);
  copy[length] = '\0';
  return copy;
}

/* ---- Makers ---- */

hd_json *
hd_json_make (hd_json_pool *pool, hd_json_type type)
{
  if (type == HD_JSON_NULL)
    return &null_value;
  hd_json *value = allocate (pool, sizeof *value);
  value->type = type;
  value->pool = pool;
  return value;
}

hd_json *
hd_json_make_string (hd_json_pool *pool, const char *text, size_t length_bytes)
{
  hd_json *value = hd_json_make (pool, HD_JSON_STRING);
  value->as.text = hd_json_keep_text (pool, text, length_bytes);
  return value;
}

hd_json *
hd_json_make_bool (hd_json_pool *pool, bool flag)
{
  hd_json *value = hd_json_make (pool, HD_JSON_BOOL);
  value->as.flag = flag;
  return value;
}

hd_json *
hd_json_make_int (hd_json_pool *pool, int64_t number)
{
  hd_json *value = hd_json_make (pool, HD_JSON_INT);
  value->as.number = number;
  return value;
}

/* One value has one form. */
hd_json *
hd_json_make_uint (hd_json_pool *pool, uint64_t number)
{
  hd_json *value = hd_json_make (pool, HD_JSON_INT);
  value->as.positive = number;
  value->above_signed = number > INT64_MAX;
  return value;
}

hd_json *
hd_json_make_double (hd_json_pool *pool, double number, const char *digits)
{
  hd_json *value = hd_json_make (pool, HD_JSON_DOUBLE);
  value->as.real.number = number;
  value->as.real.digits = hd_json_keep_text (pool, digits, strlen (digits));
  return value;
}

hd_json_pool *
hd_json_pool_of (const hd_json *value)
{
  return value->pool;
}

void
hd_json_own_pool (hd_json *root, hd_json_pool *pool)
{
  if (root == &null_value)
    hd_json_pool_free (pool);
  else
    root->owns_pool = true;
}

void
hd_json_free (hd_json *value)
{
  if (value == NULL || value == &null_value)
    return;
  const bool own = value->pool == NULL;
  hd_json_pool *pool = value->owns_pool ? value->pool : NULL;
  if (value->type == HD_JSON_ARRAY)
    {
      for (size_t i = 0; i < value->as.array.count; i++)
        hd_json_free (value->as.array.items[i]);
      if (own)
        free (value->as.array.items);
    }
  else if (value->type == HD_JSON_OBJECT)
    {
      for (size_t i = 0; i < value->as.object.count; i++)
        {
          hd_json_free (value->as.object.members[i].value);
          if (own)
            free ((char *)value->as.object.members[i].key);
        }
      if (own)
        {
          free (value->as.object.members);
          free (value->as.object.slots);
        }
    }
  else if (own && value->type == HD_JSON_STRING)
    free ((char *)value->as.text);
  else if (own && value->type == HD_JSON_DOUBLE)
    free ((char *)value->as.real.digits);
  if (own)
    free (value);
  if (pool != NULL)
    hd_json_pool_free (pool);
}

/* ---- Members ---- */

/* Differs from start to start, so that nobody can prepare keys that meet. */
static uint64_t
seed (void)
{
  uint64_t random = 0;
  const unsigned long bytes = getauxval (AT_RANDOM);
  if (bytes != 0)
    memcpy (&random, (const char *)bytes, sizeof random);
  return random;
}

static size_t
hash_of (const char *key)
{
  uint64_t hash = seed ();
  for (const char *c = key; *c != '\0'; c++)
    {
      hash = (hash ^ (unsigned char)*c) * UINT64_C (0x9e3779b97f4a7c15);
      hash ^= hash >> 29;
    }
  return (size_t)hash;
}

/* The slot of the key, or the free one that it would take. */
static uint32_t *
find_slot (const hd_json *object, const char *key)
{
  for (size_t i = hash_of (key);; i++)
    {
      uint32_t *slot = &object->as.object.slots[i & (object->as.object.n_slots - 1)];
      if (*slot == 0 || strcmp (object->as.object.members[*slot - 1].key, key) == 0)
        return slot;
    }
}

static member *
find_member (const hd_json *object, const char *key)
{
  member *members = object->as.object.members;
  if (object->as.object.slots != NULL)
    {
      const uint32_t *slot = find_slot (object, key);
      return *slot != 0 ? &members[*slot - 1] : NULL;
    }
  for (size_t i = 0; i < object->as.object.count; i++)
    if (strcmp (members[i].key, key) == 0)
      return &members[i];
  return NULL;
}

/* Twice as many slots as there is room for members, at least. */
static void
build_index (hd_json *object)
{
  if (object->pool == NULL)
    free (object->as.object.slots);
  object->as.object.n_slots = 2 * INDEX_FROM;
  while (object->as.object.n_slots < 2 * object->as.object.room)
    object->as.object.n_slots *= 2;
  object->as.object.slots
      = allocate (object->pool, object->as.object.n_slots * sizeof *object->as.object.slots);
  for (uint32_t i = 0; i < object->as.object.count; i++)
    *find_slot (object, object->as.object.members[i].key) = i + 1;
}

void
hd_json_add_member (hd_json *object, const char *key, hd_json *child)
{
  const uint32_t count = object->as.object.count, room = object->as.object.room;
  object->as.object.members = grow (object->pool, object->as.object.members, count,
                                    &object->as.object.room, sizeof *object->as.object.members);
  object->as.object.members[count] = (member){ key, child };
  object->as.object.count++;
  if (object->as.object.slots != NULL && room == object->as.object.room)
    *find_slot (object, object->as.object.members[count].key) = count + 1;
  else if (object->as.object.count >= INDEX_FROM)
    build_index (object);
}

void
hd_json_set_member (hd_json *object, const char *key, hd_json *child)
{
  member *found = find_member (object, key);
  if (found == NULL)
    {
      hd_json_add_member (object, hd_json_keep_text (object->pool, key, strlen (key)), child);
      return;
    }
  if (found->value != child)
    hd_json_free (found->value);
  found->value = child;
}

void
hd_json_add_element (hd_json *array, hd_json *child)
{
  const uint32_t count = array->as.array.count;
  array->as.array.items = grow (array->pool, array->as.array.items, count, &array->as.array.room,
                                sizeof *array->as.array.items);
  array->as.array.items[count] = child;
  array->as.array.count++;
}

/* ---- Readers ---- */

hd_json_type
hd_json_get_type (const hd_json *value)
{
  return value != NULL ? value->type : HD_JSON_NULL;
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
  if (hd_json_get_type (object) != HD_JSON_OBJECT)
    return NULL;
  const member *found = find_member (object, key);
  return found != NULL ? found->value : NULL;
}

const hd_json *
hd_json_at (const hd_json *array, size_t index)
{
  if (hd_json_get_type (array) != HD_JSON_ARRAY || index >= array->as.array.count)
    return NULL;
  return array->as.array.items[index];
}

size_t
hd_json_length (const hd_json *array_or_object)
{
  switch (hd_json_get_type (array_or_object))
    {
    case HD_JSON_ARRAY:
      return array_or_object->as.array.count;
    case HD_JSON_OBJECT:
      return array_or_object->as.object.count;
    default:
      return 0;
    }
}

bool
hd_json_as_string (const hd_json *value, const char **ret)
{
  if (hd_json_get_type (value) != HD_JSON_STRING)
    return false;
  *ret = value->as.text;
  return true;
}

bool
hd_json_as_bool (const hd_json *value, bool *ret)
{
  if (hd_json_get_type (value) != HD_JSON_BOOL)
    return false;
  *ret = value->as.flag;
  return true;
}

bool
hd_json_as_int64 (const hd_json *value, int64_t *ret)
{
  if (hd_json_get_type (value) != HD_JSON_INT || value->above_signed)
    return false;
  *ret = value->as.number;
  return true;
}

bool
hd_json_as_uint64 (const hd_json *value, uint64_t *ret)
{
  if (hd_json_get_type (value) != HD_JSON_INT || (!value->above_signed && value->as.number < 0))
    return false;
  *ret = value->as.positive;
  return true;
}

bool
hd_json_as_double (const hd_json *value, double *ret)
{
  switch (hd_json_get_type (value))
    {
    case HD_JSON_DOUBLE:
      *ret = value->as.real.number;
      return true;
    case HD_JSON_INT:
      *ret = value->above_signed ? (double)value->as.positive : (double)value->as.number;
      return true;
    default:
      return false;
    }
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
  for (size_t i = 0; i < object->as.object.count; i++)
    {
      const member *m = &object->as.object.members[i];
      int r = visit (m->key, m->value, data);
      if (r != 0)
        return r;
    }
  return 0;
}

const char *
hd_json_digits (const hd_json *value)
{
  return value->as.real.digits;
}

/* ---- Copies ---- */

hd_json *
hd_json_copy (const hd_json *value)
{
  hd_json *copy;
  switch (hd_json_get_type (value))
    {
    case HD_JSON_ARRAY:
      copy = hd_json_make (NULL, HD_JSON_ARRAY);
      for (size_t i = 0; i < value->as.array.count; i++)
        hd_json_add_element (copy, hd_json_copy (value->as.array.items[i]));
      return copy;
    case HD_JSON_OBJECT:
      copy = hd_json_make (NULL, HD_JSON_OBJECT);
      for (size_t i = 0; i < value->as.object.count; i++)
        {
          const member *m = &value->as.object.members[i];
          hd_json_add_member (copy, hd_json_keep_text (NULL, m->key, strlen (m->key)),
                              hd_json_copy (m->value));
        }
      return copy;
    case HD_JSON_STRING:
      return hd_json_make_string (NULL, value->as.text, strlen (value->as.text));
    case HD_JSON_DOUBLE:
      return hd_json_make_double (NULL, value->as.real.number, value->as.real.digits);
    case HD_JSON_BOOL:
      return hd_json_make_bool (NULL, value->as.flag);
    case HD_JSON_INT:
      return value->above_signed ? hd_json_make_uint (NULL, value->as.positive)
                                 : hd_json_make_int (NULL, value->as.number);
    case HD_JSON_NULL:
    default:
      return &null_value;
    }
}
