/* Memory of one run: everything that a command parses and plans lives as long as the command.
 *
 * Out of memory aborts: a runtime that cannot have some kilobytes cannot start a container.
 */
#pragma once

#include <stddef.h>

typedef struct rt_arena_chunk rt_arena_chunk;

/* Zero-initialised: empty. */
typedef struct
{
  rt_arena_chunk *newest;
} rt_arena;

/* `size_bytes` zeroed bytes, aligned for any type, owned by the arena. */
void *rt_alloc (rt_arena *arena, size_t size_bytes);
char *rt_strdup (rt_arena *arena, const char *text);
char *rt_printf (rt_arena *arena, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* Free everything; the arena is empty again. */
void rt_arena_free (rt_arena *arena);

#define rt_new(arena, type) ((type *)rt_alloc (arena, sizeof (type)))
#define rt_new_array(arena, type, count) ((type *)rt_alloc (arena, sizeof (type) * (count)))
#define rt_auto_arena __attribute__ ((cleanup (rt_arena_free))) rt_arena
