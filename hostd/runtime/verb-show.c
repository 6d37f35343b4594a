/* Verbs that tell what is there: state, list, and the plan of what would be. */
#include "runtime/verb-common.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "runtime/log.h"

int
rt_verb_state (const rt_args *args, rt_arena *arena, hd_err *err)
{
  rt_auto_container c = { 0 };
  int r = rt_verb_open (args, &c, arena, err);
  if (r < 0)
    return r;
  hd_autojson json = rt_state_json (&c.state, rt_container_status (&c));
  rt_verb_print (json, true);
  return 0;
}

/* List */

static int
is_container (const struct dirent *entry)
{
  return entry->d_name[0] != '.';
}

static int
by_name (const struct dirent **a, const struct dirent **b)
{
  return strcmp ((*a)->d_name, (*b)->d_name);
}

/* The states of all containers, by id.  One that is being made or removed is none; one that cannot
 * be read gives a warning. */
static hd_json *
read_states (const char *root, struct dirent **entries, int count)
{
  hd_json *array = hd_json_new_array ();
  for (int i = 0; i < count; i++)
    {
      rt_auto_container c = { 0 };
      hd_err err = { 0 };
      int r = rt_container_open (root, entries[i]->d_name, &c, &err);
      if (r == 0)
        hd_json_append (array, rt_state_json (&c.state, rt_container_status (&c)));
      else if (r != -ENOENT)
        rt_log (RT_LOG_WARNING, "%s: %s", entries[i]->d_name, err.message);
    }
  return array;
}

static const char *const columns[] = { "id", "pid", "status", "bundle", "created", "owner" };
#define N_COLUMNS (sizeof columns / sizeof *columns)

static const char *
cell (const hd_json *state, size_t column, char number[16])
{
  if (strcmp (columns[column], "pid") != 0)
    return hd_json_get_string (state, columns[column], "");
  snprintf (number, 16, "%d", (int)hd_json_get_int (state, "pid", 0));
  return number;
}

static void
print_table (const hd_json *states)
{
  int widths[N_COLUMNS];
  char number[16];
  for (size_t c = 0; c < N_COLUMNS; c++)
    {
      widths[c] = (int)strlen (columns[c]);
      for (size_t i = 0; i < hd_json_length (states); i++)
        {
          int width = (int)strlen (cell (hd_json_at (states, i), c, number));
          widths[c] = width > widths[c] ? width : widths[c];
        }
    }
  for (size_t c = 0; c < N_COLUMNS; c++)
    {
      for (const char *letter = columns[c]; *letter != '\0'; letter++)
        putchar (*letter - 'a' + 'A');
      printf ("%*s", c + 1 < N_COLUMNS ? widths[c] - (int)strlen (columns[c]) + 2 : 0, "");
    }
  putchar ('\n');
  for (size_t i = 0; i < hd_json_length (states); i++)
    for (size_t c = 0; c < N_COLUMNS; c++)
      printf ("%-*s%s", c + 1 < N_COLUMNS ? widths[c] : 0, cell (hd_json_at (states, i), c, number),
              c + 1 < N_COLUMNS ? "  " : "\n");
}

int
rt_verb_list (const rt_args *args, rt_arena *arena, hd_err *err)
{
  const char *root = rt_state_root (args->root, arena);
  struct dirent **entries = NULL;
  bool json;
  if (rt_verb_format (args, &json, err) < 0)
    return -EINVAL;
  int count = scandir (root, &entries, is_container, by_name);
  if (count < 0 && errno != ENOENT)
    return hd_err_set_errno (err, errno, "opening %s", root);
  hd_autojson states = read_states (root, entries, count);
  if (args->quiet)
    for (size_t i = 0; i < hd_json_length (states); i++)
      printf ("%s\n", hd_json_get_string (hd_json_at (states, i), "id", ""));
  else if (json)
    rt_verb_print (states, false);
  else
    print_table (states);
  for (int i = 0; i < count; i++)
    free (entries[i]);
  free (entries);
  return 0;
}

int
rt_verb_plan (const rt_args *args, rt_arena *arena, hd_err *err)
{
  char bundle[PATH_MAX];
  const char *path = args->bundle != NULL ? args->bundle : ".";
  if (realpath (path, bundle) == NULL)
    return hd_err_set_errno (err, errno, "--bundle: %s", path);
  const rt_create_options options = { .root = rt_state_root (args->root, arena),
                                      .id = args->words[0],
                                      .bundle = bundle,
                                      .config = args->config,
                                      .no_pivot = args->no_pivot,
                                      .run = true };
  return rt_container_print_plan (&options, err);
}
