/* The command line by tables. */
#include "runtime/args.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"

#define NUMBER_MOST 65536

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

/* Values */

static int
store_flag (const char *value, bool *ret)
{
  if (value == NULL || strcmp (value, "true") == 0 || strcmp (value, "1") == 0)
    *ret = true;
  else if (strcmp (value, "false") == 0 || strcmp (value, "0") == 0)
    *ret = false;
  else
    return -EINVAL;
  return 0;
}

static int
store_number (const char *value, unsigned *ret)
{
  uint64_t number;
  if (hd_parse_uint64 (value, &number) < 0 || number > NUMBER_MOST)
    return -EINVAL;
  *ret = (unsigned)number;
  return 0;
}

static int
store_size (const char *value, rt_int64 *ret)
{
  char text[32];
  uint64_t bytes;
  size_t length = strlen (value);
  ret->set = true;
  if (hd_parse_int64 (value, &ret->value) == 0)
    return ret->value >= -1 ? 0 : -EINVAL;
  if (length < 2 || length >= sizeof text)
    return -EINVAL;
  /* As Docker writes them: "64m", "64mb". */
  for (size_t i = 0; i <= length; i++)
    text[i] = value[i] >= 'a' && value[i] <= 'z' ? (char)(value[i] - 'a' + 'A') : value[i];
  if (text[length - 1] == 'B')
    text[length - 1] = '\0';
  if (hd_parse_size (text, &bytes) < 0 || bytes > INT64_MAX)
    return -EINVAL;
  ret->value = (int64_t)bytes;
  return 0;
}

static int
store_value (const rt_option *option, const char *value, void *at, rt_arena *arena)
{
  switch (option->kind)
    {
    case RT_OPTION_FLAG:
      return store_flag (value, at);
    case RT_OPTION_TEXT:
      *(const char **)at = value;
      return 0;
    case RT_OPTION_NUMBER:
      return store_number (value, at);
    case RT_OPTION_LIST:
      rt_strings_add (at, value, arena);
      return 0;
    case RT_OPTION_SIGNED:
      ((rt_int64 *)at)->set = true;
      return hd_parse_int64 (value, &((rt_int64 *)at)->value);
    case RT_OPTION_UNSIGNED:
      ((rt_uint64 *)at)->set = true;
      return hd_parse_uint64 (value, &((rt_uint64 *)at)->value);
    case RT_OPTION_SIZE:
      return store_size (value, at);
    }
  return -EINVAL;
}

static int
store (const rt_option *option, const char *value, rt_args *args, rt_arena *arena, hd_err *err)
{
  static const char *const expected[] = {
    [RT_OPTION_FLAG] = "true or false",       [RT_OPTION_TEXT] = "text",
    [RT_OPTION_NUMBER] = "a number",          [RT_OPTION_LIST] = "text",
    [RT_OPTION_SIGNED] = "a whole number",    [RT_OPTION_UNSIGNED] = "a number",
    [RT_OPTION_SIZE] = "a size as 64M or -1",
  };
  if (store_value (option, value, (char *)args + option->offset, arena) == 0)
    return 0;
  return hd_err_set (err, HD_USAGE, NULL, "--%s: expected %s, got \"%.60s\"", option->name,
                     expected[option->kind], value);
}

/* Options */

static int
unknown (const rt_option *options, const char *text, hd_err *err)
{
  const char *names[64];
  size_t n = 0;
  char hint[96];
  for (; options->name != NULL && n < sizeof names / sizeof *names - 1; options++)
    names[n++] = options->name;
  names[n] = NULL;
  const char *nearest = hd_nearest_word (text + strspn (text, "-"), names);
  if (nearest != NULL)
    snprintf (hint, sizeof hint, "did you mean --%s", nearest);
  else
    snprintf (hint, sizeof hint, "see --help");
  return hd_err_set (err, HD_USAGE, hint, "unknown option %.80s", text);
}

/* The value of `option` is what follows: in the same argument (`value`) or the next one.  Returns
 * how many arguments the option takes. */
static int
take_value (const rt_option *option, const char *value, const char *next, rt_args *args,
            rt_arena *arena, hd_err *err)
{
  if (option->kind == RT_OPTION_FLAG || value != NULL)
    return store (option, value, args, arena, err) < 0 ? -EINVAL : 1;
  if (next == NULL)
    return hd_err_set (err, HD_USAGE, NULL, "--%s: a value is missing", option->name);
  return store (option, next, args, arena, err) < 0 ? -EINVAL : 2;
}

/* "-dt", "-uVALUE", "-u=VALUE" or "-u" and the next argument. */
static int
parse_letters (const rt_option *options, const char *text, const char *next, rt_args *args,
               rt_arena *arena, hd_err *err)
{
  for (const char *letter = text + 1; *letter != '\0'; letter++)
    {
      const rt_option *option = find_letter (options, *letter);
      if (option == NULL)
        return unknown (options, text, err);
      const char *rest = letter[1] == '=' ? letter + 2 : letter[1] != '\0' ? letter + 1 : NULL;
      if (option->kind != RT_OPTION_FLAG || letter[1] == '=')
        return take_value (option, rest, next, args, arena, err);
      if (store (option, NULL, args, arena, err) < 0)
        return -EINVAL;
    }
  return 1;
}

static int
parse_one (const rt_option *options, const char *text, const char *next, rt_args *args,
           rt_arena *arena, hd_err *err)
{
  const bool is_long = text[1] == '-';
  const char *name = text + 1 + is_long;
  size_t length = strcspn (name, "=");
  const rt_option *option = find (options, name, length);
  if (option == NULL)
    return is_long ? unknown (options, text, err)
                   : parse_letters (options, text, next, args, arena, err);
  return take_value (option, name[length] == '=' ? name + length + 1 : NULL, next, args, arena,
                     err);
}

int
rt_args_parse (const rt_option *options, int argc, char **argv, int stop_after, rt_args *ret,
               rt_arena *arena, hd_err *err)
{
  int i = 0;
  ret->words = rt_new_array (arena, const char *, (size_t)argc + 1);
  ret->n_words = 0;
  while (i < argc && (stop_after < 0 || ret->n_words < stop_after))
    {
      if (strcmp (argv[i], "--") == 0)
        return i + 1;
      if (argv[i][0] != '-' || argv[i][1] == '\0')
        {
          ret->words[ret->n_words++] = argv[i++];
          continue;
        }
      int taken = parse_one (options, argv[i], i + 1 < argc ? argv[i + 1] : NULL, ret, arena, err);
      if (taken < 0)
        return taken;
      i += taken;
    }
  return i;
}

void
rt_args_print_options (const rt_option *options)
{
  for (; options->name != NULL; options++)
    {
      char name[64];
      const char *argument = options->argument;
      snprintf (name, sizeof name, "--%s%s%s", options->name, argument != NULL ? " " : "",
                argument != NULL ? argument : "");
      if (options->letter != '\0')
        printf ("  -%c, %-28s %s\n", options->letter, name, options->help);
      else
        printf ("      %-28s %s\n", name, options->help);
    }
}
