/* Memory of one run: a list of chunks that only grows. */
#include "runtime/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (16u << 10)
#define ALIGNMENT _Alignof(max_align_t)

struct rt_arena_chunk
{
  rt_arena_chunk *older;
  size_t used_bytes;
  size_t size_bytes;
  max_align_t data[];
};

static rt_arena_chunk *
new_chunk (rt_arena *arena, size_t size_bytes)
{
  rt_arena_chunk *chunk = calloc (1, sizeof *chunk + size_bytes);
  if (chunk == NULL)
    abort ();
  chunk->size_bytes = size_bytes;
  chunk->older = arena->newest;
  arena->newest = chunk;
  return chunk;
}

void *
rt_alloc (rt_arena *arena, size_t size_bytes)
{
  if (size_bytes > ((size_t)1 << 30))
    abort ();
  size_t rounded = (size_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  rt_arena_chunk *chunk = arena->newest;
  if (chunk == NULL || chunk->size_bytes - chunk->used_bytes < rounded)
    chunk = new_chunk (arena, rounded > CHUNK_BYTES ? rounded : CHUNK_BYTES);
  void *memory = (char *)chunk->data + chunk->used_bytes;
  chunk->used_bytes += rounded;
  return memory;
}

char *
rt_strdup (rt_arena *arena, const char *text)
{
  size_t size = strlen (text) + 1;
  return memcpy (rt_alloc (arena, size), text, size);
}

char *
rt_printf (rt_arena *arena, const char *format, ...)
{
  va_list args, again;
  va_start (args, format);
  va_copy (again, args);
  int length = vsnprintf (NULL, 0, format, args);
  va_end (args);
  if (length < 0)
    abort ();
  char *text = rt_alloc (arena, (size_t)length + 1);
  vsnprintf (text, (size_t)length + 1, format, again);
  va_end (again);
  return text;
}

void
rt_arena_free (rt_arena *arena)
{
  while (arena->newest != NULL)
    {
      rt_arena_chunk *chunk = arena->newest;
      arena->newest = chunk->older;
      free (chunk);
    }
}
