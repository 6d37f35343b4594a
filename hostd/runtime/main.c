/* atomic-runtime: the way from argv to a verb, and from an error to an exit status. */
#include "runtime/verbs.h"

#include <stdio.h>
#include <string.h>

#include "common/parse.h"
#include "runtime/log.h"

static int
print_help (void)
{
  printf ("usage: atomic-runtime [OPTION ...] VERB [OPTION ...] [ID]\n\n");
  for (const rt_verb *verb = rt_verbs; verb->name != NULL; verb++)
    printf ("  %-10s %-18s %s\n", verb->name, verb->words, verb->help);
  printf ("\n");
  rt_args_print_options (rt_global_options);
  return 0;
}

static int
print_verb_help (const rt_verb *verb)
{
  printf ("usage: atomic-runtime %s [OPTION ...]%s%s\n\n%s\n\n", verb->name,
          verb->words[0] != '\0' ? " " : "", verb->words, verb->help);
  rt_args_print_options (verb->options);
  return 0;
}

static int
print_version (void)
{
  printf ("atomic-runtime version %s\nspec: %s\n", ATOMIC_VERSION, RT_SPEC_VERSION);
  return 0;
}

static int
unknown_verb (const char *name, hd_err *err)
{
  const char *names[32];
  size_t n = 0;
  char hint[64] = "see --help";
  for (; n < sizeof names / sizeof *names - 1 && rt_verbs[n].name != NULL; n++)
    names[n] = rt_verbs[n].name;
  names[n] = NULL;
  const char *nearest = hd_nearest_word (name, names);
  if (nearest != NULL)
    snprintf (hint, sizeof hint, "did you mean %s", nearest);
  return hd_err_set (err, HD_USAGE, hint, "unknown verb \"%.40s\"", name);
}

static int
run_verb (const rt_verb *verb, int argc, char **argv, rt_args *args, rt_arena *arena, hd_err *err)
{
  /* What follows the id of exec is the command's. */
  const bool has_command = verb->most_words < 0;
  int used = rt_args_parse (verb->options, argc, argv, has_command ? 1 : -1, args, arena, err);
  if (used < 0)
    return used;
  if (has_command && used < argc && strcmp (argv[used], "--") == 0)
    used++;
  for (; used < argc; used++)
    args->words[args->n_words++] = argv[used];
  if (args->help)
    return print_verb_help (verb);
  if (args->n_words < verb->least_words || (!has_command && args->n_words > verb->most_words))
    return hd_err_set (err, HD_USAGE, NULL, "usage: atomic-runtime %s [OPTION ...] %s", verb->name,
                       verb->words);
  return verb->run (args, arena, err);
}

static int
dispatch (int argc, char **argv, rt_args *args, rt_arena *arena, hd_err *err)
{
  int used = rt_args_parse (rt_global_options, argc, argv, 1, args, arena, err);
  if (used < 0)
    return used;
  if (args->help)
    return print_help ();
  if (args->version)
    return print_version ();
  int r = rt_log_open (args->log, args->log_format, args->debug ? "debug" : args->log_level, err);
  if (r < 0)
    return r;
  if (args->n_words == 0)
    return hd_err_set (err, HD_USAGE, "see --help", "a verb is missing");
  const rt_verb *verb = rt_verb_find (args->words[0]);
  if (verb == NULL)
    return unknown_verb (args->words[0], err);
  return run_verb (verb, argc - used, argv + used, args, arena, err);
}

/* The runtime's own failures are 1, a wrong command line is 2. */
static int
exit_status (int r, const hd_err *err)
{
  if (r >= 0)
    return r;
  return err->code == HD_USAGE ? 2 : 1;
}

int
main (int argc, char **argv)
{
  rt_auto_arena arena = { 0 };
  rt_args args = { 0 };
  hd_err err = { 0 };
  int r = dispatch (argc - 1, argv + 1, &args, &arena, &err);
  if (err.code != HD_OK)
    rt_log_error (&err);
  rt_log_close ();
  return exit_status (r, &err);
}
