/* Capabilities: sets of them. */
#include "runtime/caps.h"

#include <string.h>

#include "common/capname.h"

#define UNKNOWN_MOST 16 /* enough for a message */

/* What no name stands for, as a set of strings. */
typedef struct
{
  rt_strings list;
  rt_arena *arena;
} unknown_names;

static void
add_unknown (unknown_names *unknown, const char *name)
{
  rt_strings *list = &unknown->list;
  if (list->count == UNKNOWN_MOST)
    return;
  for (size_t i = 0; i < list->count; i++)
    if (strcmp (list->items[i], name) == 0)
      return;
  rt_strings_add (list, name, unknown->arena);
}

static uint64_t
bits (const rt_strings *list, unknown_names *unknown)
{
  uint64_t set = 0;
  for (size_t i = 0; i < list->count; i++)
    {
      int number = hd_cap_from_name (list->items[i]);
      if (number < 0)
        add_unknown (unknown, list->items[i]);
      else
        set |= UINT64_C (1) << number;
    }
  return set;
}

const char *
rt_caps_from_spec (const rt_capabilities *caps, rt_cap_sets *ret, rt_arena *arena)
{
  unknown_names unknown = { .arena = arena };
  const char *text = NULL;
  *ret = (rt_cap_sets){ 0 };
  if (caps == NULL)
    return NULL;
  ret->bounding = bits (&caps->bounding, &unknown);
  ret->effective = bits (&caps->effective, &unknown);
  ret->inheritable = bits (&caps->inheritable, &unknown);
  ret->permitted = bits (&caps->permitted, &unknown);
  ret->ambient = bits (&caps->ambient, &unknown);
  for (size_t i = 0; i < unknown.list.count; i++)
    text = text == NULL ? unknown.list.items[i]
                        : rt_printf (arena, "%s, %s", text, unknown.list.items[i]);
  return text;
}
