/* The command line by tables: global options, verbs and theirs.  `--help` and the man page are made
 * from the same tables. */
#pragma once

#include <stdbool.h>

#include "common/err.h"
#include "runtime/spec.h"

/* Every option of every verb; what was not given is NULL, 0, false or not set. */
typedef struct
{
  /* Global */
  const char *root;
  const char *log;
  const char *log_format;
  const char *log_level;
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
  const char *pidfd_socket;
  unsigned preserve_fds;
  bool no_pivot;
  bool no_new_keyring;
  bool detach;
  bool keep;
  bool force;
  bool all;
  bool quiet;
  bool regex;
  bool stats;
  bool rootless;
  const char *interval;
  const char *format;
  const char *process;
  const char *cwd;
  const char *user;
  const char *apparmor;
  const char *label;
  rt_strings cgroups;
  rt_strings env;
  rt_strings caps;
  rt_strings groups;
  bool tty;
  bool no_new_privileges;
  bool ignore_paused;
  /* Of update: a file, or the limits one by one */
  const char *resources;
  rt_memory memory;
  rt_cpu cpu;
  rt_pids pids;
  rt_uint64 blkio_weight;
  /* What is left: the container's id and what follows. */
  const char **words;
  int n_words;
} rt_args;

typedef enum
{
  RT_OPTION_FLAG,     /* bool */
  RT_OPTION_TEXT,     /* const char * */
  RT_OPTION_NUMBER,   /* unsigned, up to 65536 */
  RT_OPTION_LIST,     /* rt_strings, once for each time it is given */
  RT_OPTION_SIGNED,   /* rt_int64 */
  RT_OPTION_UNSIGNED, /* rt_uint64 */
  RT_OPTION_SIZE      /* rt_int64: bytes, with K, M, G or T; -1 for no limit */
} rt_option_kind;

typedef struct
{
  const char *name;
  char letter; /* or 0 */
  rt_option_kind kind;
  size_t offset;
  const char *argument; /* its name in the help, NULL for a flag */
  const char *help;     /* one line, without a full stop */
} rt_option;            /* tables end with a NULL name */

typedef struct
{
  const char *name;
  const char *words; /* of the usage line */
  int least_words;
  int most_words; /* -1: any, and options end at the first word, the id */
  const rt_option *options;
  int (*run) (const rt_args *args, rt_arena *arena, hd_err *err);
  const char *help;
} rt_verb; /* tables end with a NULL name */

#define RT_OPTION(name, letter, kind, member, argument, help)                                      \
  {                                                                                                \
    name, letter, RT_OPTION_##kind, offsetof (rt_args, member), argument, help                     \
  }

/* Parse options until `stop_after` words have been seen, or all arguments when it is -1; "--" ends
 * them too.  Long options are "--name VALUE", "--name=VALUE", or with one dash; short ones can
 * stand together ("-dt").  Returns the number of arguments that were read, or -EINVAL with `err`
 * (HD_USAGE). */
int rt_args_parse (const rt_option *options, int argc, char **argv, int stop_after, rt_args *ret,
                   rt_arena *arena, hd_err *err);
/* The options for --help, a line each, on standard output. */
void rt_args_print_options (const rt_option *options);
