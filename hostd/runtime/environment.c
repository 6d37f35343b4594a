/* The environment of a program. */
#include "runtime/environment.h"

#include <string.h>

const char *
rt_environment_get (const rt_strings *list, const char *name)
{
  const size_t length = strlen (name);
  for (size_t i = list->count; i-- > 0;)
    if (strncmp (list->items[i], name, length) == 0 && list->items[i][length] == '=')
      return list->items[i] + length + 1;
  return NULL;
}

/* FNV-1a of the name. */
static size_t
hash_name (const char *entry, size_t length)
{
  uint64_t hash = UINT64_C (0xcbf29ce484222325);
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)entry[i]) * UINT64_C (0x100000001b3);
  return (size_t)(hash ^ hash >> 32);
}

/* Put the entry's name into the table, whose size is a power of two.  False when it is there. */
static bool
take_name (const char **table, size_t size, const char *entry)
{
  const size_t length = strcspn (entry, "=");
  for (size_t i = hash_name (entry, length);; i++)
    {
      const char **place = &table[i & (size - 1)];
      if (*place == NULL)
        {
          *place = entry;
          return true;
        }
      if (strncmp (*place, entry, length) == 0 && strcspn (*place, "=") == length)
        return false;
    }
}

char **
rt_environment_merge (const rt_strings *list, const char *const *more, size_t n_free,
                      rt_arena *arena)
{
  size_t n_more = 0, size = 16, n = 0;
  while (more != NULL && more[n_more] != NULL)
    n_more++;
  const size_t count = list->count + n_more;
  while (size < 2 * count)
    size *= 2;
  const char **table = rt_new_array (arena, const char *, size);
  bool *stays = rt_new_array (arena, bool, count + 1);
  for (size_t i = count; i-- > 0;)
    stays[i] = take_name (table, size, i < list->count ? list->items[i] : more[i - list->count]);
  char **merged = rt_new_array (arena, char *, count + n_free + 1);
  for (size_t i = 0; i < count; i++)
    if (stays[i])
      merged[n++] = rt_strdup (arena, i < list->count ? list->items[i] : more[i - list->count]);
  return merged;
}
