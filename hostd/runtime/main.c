/* atomic-runtime: the tables of verbs and options, and the way from argv to one of them. */
#include "runtime/verbs.h"

#include <stdio.h>
#include <string.h>

#include "runtime/log.h"
#include "runtime/spec.h"

#ifndef ATOMIC_VERSION
#define ATOMIC_VERSION "0.1.0"
#endif

static const rt_option global_options[] = {
  RT_OPTION ("root", 0, TEXT, root, "folder of the containers' states"),
  RT_OPTION ("log", 0, TEXT, log, "file for messages, standard error otherwise"),
  RT_OPTION ("log-format", 0, TEXT, log_format, "text or json"),
  RT_OPTION ("debug", 0, FLAG, debug, "more messages"),
  RT_OPTION ("cgroup-manager", 0, TEXT, cgroup_manager, "cgroupfs or disabled"),
  RT_OPTION ("systemd-cgroup", 0, FLAG, systemd_cgroup, "refused: not supported"),
  RT_OPTION ("rootless", 0, TEXT, ignored, "accepted and ignored"),
  RT_OPTION ("criu", 0, TEXT, ignored, "accepted and ignored"),
  RT_OPTION ("version", 'v', FLAG, version, "print the version"),
  RT_OPTION ("help", 'h', FLAG, help, "print this"),
  { NULL },
};

#define HELP RT_OPTION ("help", 'h', FLAG, help, "print this")
#define BUNDLE RT_OPTION ("bundle", 'b', TEXT, bundle, "folder of the bundle, here otherwise")
#define CONFIG RT_OPTION ("config", 'f', TEXT, config, "another file than config.json")
#define CREATE_OPTIONS                                                                             \
  BUNDLE, CONFIG, RT_OPTION ("pid-file", 0, TEXT, pid_file, "write the process id there"),         \
      RT_OPTION ("console-socket", 0, TEXT, console_socket, "socket that gets the terminal"),      \
      RT_OPTION ("preserve-fds", 0, NUMBER, preserve_fds, "descriptors after the first three"),    \
      RT_OPTION ("no-pivot", 0, FLAG, no_pivot, "move and chroot, for a rootfs in RAM"),           \
      RT_OPTION ("no-new-keyring", 0, FLAG, no_new_keyring, "keep the session keyring"),           \
      RT_OPTION ("no-subreaper", 0, FLAG, ignored_flag, "accepted and ignored"), HELP

static const rt_option create_options[] = { CREATE_OPTIONS, { NULL } };
static const rt_option run_options[] = {
  CREATE_OPTIONS,
  RT_OPTION ("detach", 'd', FLAG, detach, "do not wait for its end"),
  RT_OPTION ("keep", 0, FLAG, keep, "leave the stopped container"),
  { NULL },
};
static const rt_option no_options[] = { HELP, { NULL } };
static const rt_option kill_options[]
    = { RT_OPTION ("all", 'a', FLAG, all, "every process of the container"), HELP, { NULL } };
static const rt_option delete_options[]
    = { RT_OPTION ("force", 'f', FLAG, force, "kill it first; it need not exist"), HELP, { NULL } };
static const rt_option exec_options[] = {
  RT_OPTION ("process", 'p', TEXT, process, "file that describes the process"),
  RT_OPTION ("cwd", 0, TEXT, cwd, "working folder"),
  RT_OPTION ("env", 'e', LIST, env, "NAME=VALUE"),
  RT_OPTION ("tty", 't', FLAG, tty, "with a terminal"),
  RT_OPTION ("user", 'u', TEXT, user, "UID[:GID]"),
  RT_OPTION ("additional-gids", 'g', LIST, groups, "a further group"),
  RT_OPTION ("cap", 'c', LIST, caps, "a further capability"),
  RT_OPTION ("no-new-privs", 0, FLAG, no_new_privileges, "set no_new_privs"),
  RT_OPTION ("apparmor", 0, TEXT, apparmor, "AppArmor profile"),
  RT_OPTION ("process-label", 0, TEXT, label, "SELinux label"),
  RT_OPTION ("cgroup", 0, TEXT, cgroup, "cgroup below the container's"),
  RT_OPTION ("pid-file", 0, TEXT, pid_file, "write the process id there"),
  RT_OPTION ("console-socket", 0, TEXT, console_socket, "socket that gets the terminal"),
  RT_OPTION ("preserve-fds", 0, NUMBER, preserve_fds, "descriptors after the first three"),
  RT_OPTION ("detach", 'd', FLAG, detach, "do not wait for its end"),
  RT_OPTION ("ignore-paused", 0, FLAG, ignore_paused, "also in a paused container"),
  RT_OPTION ("no-subreaper", 0, FLAG, ignored_flag, "accepted and ignored"),
  HELP,
  { NULL },
};
static const rt_option list_options[] = { RT_OPTION ("format", 'f', TEXT, format, "table or json"),
                                          RT_OPTION ("quiet", 'q', FLAG, quiet, "ids only"),
                                          HELP,
                                          { NULL } };
static const rt_option ps_options[]
    = { RT_OPTION ("format", 'f', TEXT, format, "table or json"), HELP, { NULL } };
static const rt_option events_options[]
    = { RT_OPTION ("stats", 0, FLAG, stats, "print statistics once"), HELP, { NULL } };
static const rt_option update_options[]
    = { RT_OPTION ("resources", 'r', TEXT, resources, "file of linux.resources, - for input"),
        HELP,
        { NULL } };
static const rt_option plan_options[] = {
  BUNDLE, CONFIG, RT_OPTION ("no-pivot", 0, FLAG, no_pivot, "as for create"), HELP, { NULL }
};

static const rt_verb verbs[] = {
  { "create", "ID", 1, 1, create_options, rt_verb_create, "make a container, ready to start" },
  { "start", "ID", 1, 1, no_options, rt_verb_start, "start a created container" },
  { "run", "ID", 1, 1, run_options, rt_verb_run, "create, start, wait and delete" },
  { "state", "ID", 1, 1, no_options, rt_verb_state, "print the state as JSON" },
  { "kill", "ID [SIGNAL]", 1, 2, kill_options, rt_verb_kill, "send a signal, TERM otherwise" },
  { "delete", "ID", 1, 1, delete_options, rt_verb_delete, "remove a stopped container" },
  { "exec", "ID [COMMAND ...]", 1, -1, exec_options, rt_verb_exec, "run a further process" },
  { "list", "", 0, 0, list_options, rt_verb_list, "list the containers" },
  { "ps", "ID", 1, 1, ps_options, rt_verb_ps, "list the processes" },
  { "pause", "ID", 1, 1, no_options, rt_verb_pause, "freeze all processes" },
  { "resume", "ID", 1, 1, no_options, rt_verb_resume, "thaw all processes" },
  { "update", "ID", 1, 1, update_options, rt_verb_update, "change the limits" },
  { "events", "ID", 1, 1, events_options, rt_verb_events, "print statistics" },
  { "features", "", 0, 0, no_options, rt_verb_features, "print what is supported, as JSON" },
  { "plan", "ID", 1, 1, plan_options, rt_verb_plan, "print what create would do" },
};

#define N_VERBS (sizeof verbs / sizeof *verbs)

static void
print_help (void)
{
  printf ("usage: atomic-runtime [OPTION ...] VERB [OPTION ...] [ID]\n\n");
  for (size_t i = 0; i < N_VERBS; i++)
    printf ("  %-10s %-18s %s\n", verbs[i].name, verbs[i].words, verbs[i].help);
  printf ("\n");
  rt_args_print_options (global_options);
}

static int
print_verb_help (const rt_verb *verb)
{
  printf ("usage: atomic-runtime %s [OPTION ...] %s\n\n%s\n\n", verb->name, verb->words,
          verb->help);
  rt_args_print_options (verb->options);
  return 0;
}

static int
run_verb (const rt_verb *verb, int argc, char **argv, rt_args *args, rt_arena *arena, hd_err *err)
{
  /* What follows the id of exec is the command's. */
  int used
      = rt_args_parse (verb->options, argc, argv, verb->most_words < 0 ? 1 : -1, args, arena, err);
  if (used < 0)
    return used;
  for (; used < argc; used++)
    args->words[args->n_words++] = argv[used];
  if (args->help)
    return print_verb_help (verb);
  if (args->n_words < verb->least_words
      || (verb->most_words >= 0 && args->n_words > verb->most_words))
    return hd_err_set (err, HD_USAGE, NULL, "usage: atomic-runtime %s [OPTION ...] %s", verb->name,
                       verb->words);
  return verb->run (args, arena, err);
}

static int
dispatch (int argc, char **argv, rt_args *args, rt_arena *arena, hd_err *err)
{
  int used = rt_args_parse (global_options, argc, argv, 1, args, arena, err);
  if (used < 0)
    return used;
  const bool json = args->log_format != NULL && strcmp (args->log_format, "json") == 0;
  int r = rt_log_open (args->log, json, args->debug, err);
  if (r < 0)
    return r;
  if (args->version)
    {
      printf ("atomic-runtime version %s\nspec: %s\n", ATOMIC_VERSION, RT_SPEC_VERSION);
      return 0;
    }
  if (args->help || args->n_words == 0)
    {
      print_help ();
      return args->help ? 0 : 2;
    }
  const char *name = args->words[0];
  for (size_t i = 0; i < N_VERBS; i++)
    if (strcmp (verbs[i].name, name) == 0)
      return run_verb (&verbs[i], argc - used, argv + used, args, arena, err);
  return hd_err_set (err, HD_USAGE, "see --help", "unknown verb \"%.40s\"", name);
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
  return r < 0 ? 1 : r;
}
