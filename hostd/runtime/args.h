/* The command line by tables: global options, verbs and theirs.  `--help` is made from the same
 * tables. */
#pragma once

#include <stdbool.h>

#include "common/err.h"
#include "runtime/decode.h"

/* Every option of every verb; what was not given is NULL, 0 or false. */
typedef struct
{
  /* Global */
  const char *root;
  const char *log;
  const char *log_format;
  const char *cgroup_manager;
  const char *ignored; /* accepted for callers and without meaning here */
  bool debug;
  bool systemd_cgroup;
  bool help;
  bool version;
  bool ignored_flag;
  /* Of verbs */
  const char *bundle;
  const char *config;
  const char *pid_file;
  const char *console_socket;
  unsigned preserve_fds;
  bool no_pivot;
  bool no_new_keyring;
  bool detach;
  bool keep;
  bool force;
  bool all;
  bool quiet;
  bool stats;
  const char *format;
  const char *process;
  const char *cwd;
  const char *user;
  const char *apparmor;
  const char *label;
  const char *cgroup;
  rt_strings env;
  rt_strings caps;
  rt_strings groups;
  bool tty;
  bool no_new_privileges;
  bool ignore_paused;
  const char *resources;
  /* What is left: the container's id and what follows. */
  const char **words;
  int n_words;
} rt_args;

typedef enum
{
  RT_OPTION_FLAG,
  RT_OPTION_TEXT,
  RT_OPTION_NUMBER,
  RT_OPTION_LIST
} rt_option_kind;

typedef struct
{
  const char *name;
  char letter;
  rt_option_kind kind;
  size_t offset;
  const char *help;
} rt_option;

typedef struct
{
  const char *name;
  const char *words; /* of the usage line */
  int least_words;
  int most_words; /* -1: any, and options end at the first word after the id */
  const rt_option *options;
  int (*run) (const rt_args *args, rt_arena *arena, hd_err *err);
  const char *help;
} rt_verb;

#define RT_OPTION(name, letter, kind, member, help)                                                \
  {                                                                                                \
    name, letter, RT_OPTION_##kind, offsetof (rt_args, member), help                               \
  }

/* Parse options until `stop_after` words have been seen, or all arguments when it is -1.  Returns
 * the number of arguments that were read, or -EINVAL with `err` (HD_USAGE). */
int rt_args_parse (const rt_option *options, int argc, char **argv, int stop_after, rt_args *ret,
                   rt_arena *arena, hd_err *err);
void rt_args_print_options (const rt_option *options);
