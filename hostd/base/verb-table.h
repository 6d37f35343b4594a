/* Verb tables: what a program can be told to do, as data, and how to look it up.
 *
 * Parsing (base/verbs.h), --help, the man page and the completion are all made from these arrays.
 * A verb's path is its words ("host upgrade"); the words before the last name a group ("host"),
 * which is a verb of no table.
 *
 * Texts (`details`) are paragraphs with an empty line between them. A paragraph that is one line in
 * capitals is a heading; lines that begin with a space are kept as they are, others are filled.
 */
#pragma once

#include <glib.h>
#include "base/ini.h"

typedef enum
{
  HD_OPT_FLAG,
  HD_OPT_STRING,
  HD_OPT_STRINGS,
  HD_OPT_INT,
  HD_OPT_SIZE
} HdOptType;

typedef struct
{
  const char *name; /* long name without dashes */
  char short_name;  /* or 0 */
  HdOptType type;   /* STRINGS may be repeated; SIZE takes K, M, G */
  const char *arg;  /* metavariable, NULL for FLAG */
  const char *help; /* one line, no full stop */
} HdOption;         /* tables end with { NULL } */

typedef struct _HdInvocation HdInvocation;

typedef struct
{
  const char *path; /* "host upgrade" */
  const char *args; /* "[COMMIT]", "" when it takes none */
  int min_args;
  int max_args;      /* -1: any number */
  gboolean raw_tail; /* after the first positional argument all words are positional (run, exec) */
  const HdOption *options;                     /* or NULL */
  const char *summary;                         /* one line */
  const char *details;                         /* paragraphs for --help and the man page, or NULL */
  int (*run) (const HdInvocation *invocation); /* returns the exit status */
  int usage_status; /* exit status of a wrong command line; 0: that of HD_USAGE */
} HdVerb;           /* tables end with { NULL } */

typedef struct
{
  const char *status; /* "0", "128+N" */
  const char *summary;
} HdExitStatus; /* tables end with { NULL } */

typedef struct
{
  const char *name; /* of the program */
  const char *summary;
  const char *version;
  const HdOption *options;           /* accepted by every verb; never NULL */
  const HdVerb *const *verb_tables;  /* NULL-terminated list of tables */
  int section;                       /* of the man page: 1, or 8 */
  const HdIniKey *keys;              /* of the files that it takes, for the man page, or NULL */
  const HdExitStatus *exit_statuses; /* for the man page; NULL: those of common/err.h */
  const char *details;               /* for the man page: files, examples, or NULL */
  int usage_status; /* exit status of a command line without a verb; 0: that of HD_USAGE */
} HdProgram;

/* All verbs in order, as a NULL-terminated array of const HdVerb *. Free with g_free. */
const HdVerb **hd_program_verbs (const HdProgram *program);
/* The verb with this path, or NULL. */
const HdVerb *hd_program_find (const HdProgram *program, const char *path);
/* Whether verbs stand below `path`; "" is the program itself. */
gboolean hd_program_is_group (const HdProgram *program, const char *path);
/* The words that may follow `path` ("" for the first), each once, in order. Free with g_strfreev.
 */
char **hd_program_next_words (const HdProgram *program, const char *path);
/* Whether the path of `verb` begins with the words of `group`; every one does with "". */
gboolean hd_verb_is_below (const HdVerb *verb, const char *group);

/* The option with this long (without dashes) or short name in a table that may be NULL; or NULL. */
const HdOption *hd_option_find_long (const HdOption *table, const char *name, gsize length);
const HdOption *hd_option_find_short (const HdOption *table, char name);
