/* Verb tables: parsing, usage, --help, completion, man pages and "did you mean" from one array.
 *
 * A verb is a path of words ("host upgrade"). Options may stand before or after positional
 * arguments, "--name=value", "--name value", "-n value" and grouped short flags; "--" ends them.
 */
#pragma once

#include <glib.h>
#include <stdio.h>

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
  const HdOption *options;
  const char *summary;                         /* one line */
  const char *details;                         /* paragraphs for --help and the man page, or NULL */
  int (*run) (const HdInvocation *invocation); /* returns the exit status */
} HdVerb;                                      /* tables end with { NULL } */

typedef struct
{
  const char *name; /* of the program */
  const char *summary;
  const char *version;
  const HdOption *options;          /* accepted by every verb; never NULL */
  const HdVerb *const *verb_tables; /* NULL-terminated list of tables */
  const char *details;              /* for the man page: files, exit statuses, examples */
} HdProgram;

/* Parse argv and run the verb; also serves "--help" (program, group, verb), "--version", "help
 * VERB", and, for the build, "--dump-man" and "--dump-completion=bash". Returns the exit status;
 * usage errors are printed with the nearest word and are 2. */
int hd_verbs_main (const HdProgram *program, int argc, char **argv);

/* Values of an invocation; names must be in the tables (asserted). */
gboolean hd_inv_flag (const HdInvocation *inv, const char *name);
gboolean hd_inv_given (const HdInvocation *inv, const char *name);
const char *hd_inv_string (const HdInvocation *inv, const char *name); /* NULL when not given */
const char *const *hd_inv_strings (const HdInvocation *inv, const char *name);
gint64 hd_inv_int (const HdInvocation *inv, const char *name, gint64 fallback);
guint64 hd_inv_size (const HdInvocation *inv, const char *name, guint64 fallback_bytes);
const char *const *hd_inv_args (const HdInvocation *inv);
guint hd_inv_n_args (const HdInvocation *inv);
const HdVerb *hd_inv_verb (const HdInvocation *inv);
const HdProgram *hd_inv_program (const HdInvocation *inv);
/* Print a usage error in the form of the parser's own; returns 2. */
int hd_inv_usage_error (const HdInvocation *inv, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Writers behind --dump-man and --dump-completion. */
void hd_verbs_write_man (const HdProgram *program, FILE *out);
void hd_verbs_write_bash_completion (const HdProgram *program, FILE *out);
