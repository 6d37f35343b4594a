/* Memory of one run: a list of chunks that only grows. */
#include "runtime/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (16u << 10)
#define SMALL_BYTES (8u << 10)
#define LARGE_BYTES (128u << 10)
#define ALIGNMENT _Alignof(max_align_t)

struct rt_arena_chunk
{
  rt_arena_chunk *older;
  size_t used_bytes;
  size_t size_bytes;
  max_align_t data[];
};

/* Chunks that ask nobody for memory, and are enough for most runs: one for who reads the command
 * line, one for who reads a configuration. */
static _Alignas(max_align_t) char small[SMALL_BYTES], large[LARGE_BYTES];
static struct
{
  char *bytes;
  size_t size_bytes;
  bool taken;
} ready[] = { { small, sizeof small, false }, { large, sizeof large, false } };

#define N_READY (sizeof ready / sizeof *ready)

static rt_arena_chunk *
new_chunk (rt_arena *arena, size_t size_bytes)
{
  rt_arena_chunk *chunk = NULL;
  for (size_t i = 0; chunk == NULL && i < N_READY; i++)
    if (!ready[i].taken && sizeof *chunk + size_bytes <= ready[i].size_bytes)
      {
        ready[i].taken = true;
        chunk = (rt_arena_chunk *)(void *)ready[i].bytes;
        size_bytes = ready[i].size_bytes - sizeof *chunk;
      }
  if (chunk == NULL)
    {
      if (size_bytes < CHUNK_BYTES)
        size_bytes = CHUNK_BYTES;
      chunk = calloc (1, sizeof *chunk + size_bytes);
    }
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
    chunk = new_chunk (arena, rounded);
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
  rt_arena_chunk *chunk = arena->newest;
  /* Where the next piece will be: most texts fit there at once. */
  char *text = chunk != NULL ? (char *)chunk->data + chunk->used_bytes : NULL;
  const size_t room = chunk != NULL ? chunk->size_bytes - chunk->used_bytes : 0;
  va_start (args, format);
  va_copy (again, args);
  int length = vsnprintf (text, room, format, args);
  va_end (args);
  if (length < 0)
    abort ();
  const bool fits = (size_t)length < room;
  if (!fits && room > 0)
    memset (text, 0, room);
  text = rt_alloc (arena, (size_t)length + 1);
  if (!fits)
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
      bool *taken = NULL;
      for (size_t i = 0; i < N_READY; i++)
        if ((char *)chunk == ready[i].bytes)
          taken = &ready[i].taken;
      if (taken == NULL)
        {
          free (chunk);
          continue;
        }
      memset (chunk, 0, sizeof *chunk + chunk->used_bytes);
      *taken = false;
    }
}
