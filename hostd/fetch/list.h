/* A growing list of strings, in plain C. */
#pragma once

#include <stdlib.h>
#include <string.h>

typedef struct
{
  char **items;
  size_t count, room;
} hd_list;

/* Append a copy. Out of memory aborts. */
static inline void
hd_list_add (hd_list *list, const char *text)
{
  if (list->count == list->room)
    {
      list->room = list->room == 0 ? 64 : list->room * 2;
      list->items = (char **)realloc (list->items, list->room * sizeof *list->items);
    }
  char *copy = strdup (text);
  if (list->items == NULL || copy == NULL)
    abort ();
  list->items[list->count++] = copy;
}

static inline void
hd_list_clear (hd_list *list)
{
  for (size_t i = 0; i < list->count; i++)
    free (list->items[i]);
  free (list->items);
  memset (list, 0, sizeof *list);
}
