/* Commands and headers of sections as data: from these rows parsing, help and the man page are
 * made.
 *
 * A row says what can stand in a line: its options with their types, its operands, since when and
 * until when, and what is not carried out here and why (`note`). What a type cannot say is in the
 * row's `check`. The tables are in commands-*.c and sections.c.
 */
#pragma once

#include "kickstart/report.h"
#include "kickstart/version.h"

typedef enum
{
  HD_KS_FLAG,   /* no value */
  HD_KS_TEXT,   /* any text */
  HD_KS_INT,    /* a whole number from `min` to `max` */
  HD_KS_BOOL,   /* on, yes, true, 1, off, no, false, 0 */
  HD_KS_LIST,   /* comma-separated; given again, it adds */
  HD_KS_CHOICE, /* one of the words of `choices` */
  HD_KS_MAYBE,  /* text, or no value: "--reformat[=TYPE]" */
} HdKsType;

enum
{
  HD_KS_REQUIRED = 1 << 0, /* an option that may not be missing */
  HD_KS_SECRET = 1 << 1,   /* a value that is not printed */
  HD_KS_MANY = 1 << 2,     /* each line stands for itself; else a later one adds to an earlier */
  HD_KS_RAW = 1 << 3,      /* a command whose words are not looked at */
  HD_KS_SCRIPT = 1 << 4,   /* a section whose lines are a script */
  HD_KS_ABSENT = 1 << 5,   /* known to the language, not carried out here, and not harmless */
};

typedef struct
{
  const char *names; /* without dashes; synonyms behind the first, separated by spaces */
  HdKsType type;
  const char *arg;  /* metavariable; NULL for a flag */
  const char *help; /* one line, no full stop */
  unsigned flags;
  const char *choices; /* of CHOICE: words separated by spaces */
  gint64 min, max;     /* of INT; both 0: any number that is not negative */
  HdKsSpan span;
  const char *note; /* why it is not carried out: "... is not done: NOTE"; or NULL */
} HdKsOption;       /* tables end with { NULL } */

typedef struct _HdKsEntry HdKsEntry;

typedef struct
{
  const char *names;    /* of the command or section; synonyms behind the first */
  const char *operands; /* "MOUNTPOINT"; "" for none */
  int min_operands;
  int max_operands; /* -1: any number */
  const HdKsOption *options;
  const char *summary; /* one line, no full stop */
  unsigned flags;
  HdKsSpan span;
  /* Rules of its own for one line; adds its findings. NULL: none. */
  void (*check) (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report);
  const char *note; /* why the command is not carried out, or NULL */
} HdKsCommand;      /* tables end with { NULL } */

/* All commands: a NULL-terminated array of tables. */
extern const HdKsCommand *const hd_ks_commands[];
/* All sections ("%post"), one table. */
extern const HdKsCommand hd_ks_sections[];

/* The row with this name, or NULL. */
const HdKsCommand *hd_ks_command_find (const char *name);
const HdKsCommand *hd_ks_section_find (const char *name);
/* The nearest name of a command, of a section or of the row's options (without dashes); NULL when
 * none is near. Free with g_free. */
char *hd_ks_command_nearest (const char *name);
char *hd_ks_section_nearest (const char *name);
char *hd_ks_option_nearest (const HdKsCommand *command, const char *name);
const HdKsOption *hd_ks_option_find (const HdKsCommand *command, const char *name);
/* The first of a row's names; free with g_free. */
char *hd_ks_first_name (const char *names);
