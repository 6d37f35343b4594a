/* The command line by tables. */
#include "runtime/args.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"

static const rt_option *
find (const rt_option *options, const char *name, size_t length)
{
  for (; options->name != NULL; options++)
    if (strlen (options->name) == length && strncmp (options->name, name, length) == 0)
      return options;
  return NULL;
}

static const rt_option *
find_letter (const rt_option *options, char letter)
{
  for (; options->name != NULL; options++)
    if (options->letter == letter)
      return options;
  return NULL;
}

static int
store (const rt_option *option, const char *value, rt_args *args, rt_arena *arena, hd_err *err)
{
  void *at = (char *)args + option->offset;
  uint64_t number;
  switch (option->kind)
    {
    case RT_OPTION_FLAG:
      *(bool *)at = value == NULL || strcmp (value, "false") != 0;
      return 0;
    case RT_OPTION_TEXT:
      *(const char **)at = value;
      return 0;
    case RT_OPTION_NUMBER:
      if (hd_parse_uint64 (value, &number) < 0 || number > 65536)
        return hd_err_set (err, HD_USAGE, NULL, "--%s: \"%.60s\" is no number", option->name,
                           value);
      *(unsigned *)at = (unsigned)number;
      return 0;
    case RT_OPTION_LIST:
      {
        rt_strings *list = at;
        const char **items = rt_new_array (arena, const char *, list->count + 2);
        if (list->count > 0)
          memcpy (items, list->items, list->count * sizeof *items);
        items[list->count++] = value;
        list->items = items;
        return 0;
      }
    }
  return -EINVAL;
}

/* One option at argv[i]; returns how many arguments it takes. */
static int
parse_one (const rt_option *options, int argc, char **argv, int i, rt_args *args, rt_arena *arena,
           hd_err *err)
{
  const char *text = argv[i] + 1, *value = NULL;
  const bool is_long = text[0] == '-';
  text += is_long;
  size_t length = strcspn (text, "=");
  const rt_option *option = find (options, text, length);
  if (option == NULL && !is_long)
    {
      option = find_letter (options, text[0]);
      value = text[1] != '\0' ? text + 1 : NULL;
    }
  else if (text[length] == '=')
    value = text + length + 1;
  if (option == NULL)
    return hd_err_set (err, HD_USAGE, "see --help", "unknown option %.80s", argv[i]);
  if (option->kind == RT_OPTION_FLAG || value != NULL)
    return store (option, value, args, arena, err) < 0 ? -EINVAL : 1;
  if (i + 1 >= argc)
    return hd_err_set (err, HD_USAGE, NULL, "--%s: a value is missing", option->name);
  return store (option, argv[i + 1], args, arena, err) < 0 ? -EINVAL : 2;
}

int
rt_args_parse (const rt_option *options, int argc, char **argv, int stop_after, rt_args *ret,
               rt_arena *arena, hd_err *err)
{
  int i = 0;
  ret->words = rt_new_array (arena, const char *, (size_t)argc + 1);
  ret->n_words = 0;
  while (i < argc)
    {
      const bool is_option = argv[i][0] == '-' && argv[i][1] != '\0';
      if (stop_after >= 0 && ret->n_words >= stop_after)
        break;
      if (strcmp (argv[i], "--") == 0)
        {
          i++;
          break;
        }
      if (!is_option)
        {
          ret->words[ret->n_words++] = argv[i++];
          continue;
        }
      int taken = parse_one (options, argc, argv, i, ret, arena, err);
      if (taken < 0)
        return taken;
      i += taken;
    }
  return i;
}

void
rt_args_print_options (const rt_option *options)
{
  static const char *const values[] = { "", " TEXT", " N", " TEXT ..." };
  for (; options->name != NULL; options++)
    {
      char name[48];
      snprintf (name, sizeof name, "--%s%s", options->name, values[options->kind]);
      if (options->letter != '\0')
        printf ("  -%c, %-28s %s\n", options->letter, name, options->help);
      else
        printf ("      %-28s %s\n", name, options->help);
    }
}
