/* A command as it stands in a file: a row of the table with the values that a line gave it.
 *
 * Values have the types of the row's options and are read by the option's first name, which has to
 * be in the row (asserted). Everything belongs to the entry.
 */
#pragma once

#include "kickstart/command.h"
#include "kickstart/lexer.h"

typedef struct
{
  const HdKsOption *option;
  HdKsPlace place; /* of its value; of the option when it has none */
  char *text;      /* "" for a flag; NULL for a MAYBE without a value */
  gint64 number;   /* of INT; of BOOL 0 or 1 */
  char **list;     /* of LIST; else NULL */
} HdKsValue;

struct _HdKsEntry
{
  const HdKsCommand *command;
  char *name; /* as it was written: "partition", "shutdown" */
  HdKsPlace place;
  GArray *values;   /* of HdKsValue, in the order of the line */
  GArray *operands; /* of HdKsWord */
};

/* The line `words` (the first is the name and stands at `place`) by the rules of `command`. Adds
 * what is wrong to `report`; NULL when that is an error. */
HdKsEntry *hd_ks_entry_new (const HdKsCommand *command, const GArray *words, HdKsPlace place,
                            HdKsVersion version, HdKsReport *report);
void hd_ks_entry_free (HdKsEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdKsEntry, hd_ks_entry_free)

/* What a later line of the same command leaves unsaid moves to it from the earlier one: options
 * with values that it does not give, and operands when it has none. Flags do not, but with a
 * password that they may tell of. Returns what of `before` counts no longer ("--port, --ssh"), or
 * NULL. */
char *hd_ks_entry_inherit (HdKsEntry *entry, HdKsEntry *before);

/* Whether what has this span belongs to the version; adds an error when not, and a warning when it
 * is deprecated. `what` names it in the message. */
gboolean hd_ks_check_span (const HdKsSpan *span, HdKsVersion version, const char *what,
                           HdKsPlace place, HdKsReport *report);

/* Whether the entry is of the command with this first name. */
gboolean hd_ks_is (const HdKsEntry *entry, const char *name);

/* Of an option that was given twice the last counts, but lists add up. */
gboolean hd_ks_given (const HdKsEntry *entry, const char *option);
const char *hd_ks_text (const HdKsEntry *entry, const char *option); /* NULL: not given */
gint64 hd_ks_number (const HdKsEntry *entry, const char *option, gint64 fallback);
gboolean hd_ks_bool (const HdKsEntry *entry, const char *option, gboolean fallback);
char **hd_ks_list (const HdKsEntry *entry, const char *option); /* free with g_strfreev */
/* Where the option's value stands; the entry's place when it was not given. */
HdKsPlace hd_ks_value_place (const HdKsEntry *entry, const char *option);
/* Which of two options stands last in the line: its name, or NULL when neither was given. */
const char *hd_ks_last_of (const HdKsEntry *entry, const char *first, const char *second);

guint hd_ks_n_operands (const HdKsEntry *entry);
const char *hd_ks_operand (const HdKsEntry *entry, guint index); /* NULL behind the last */
HdKsPlace hd_ks_operand_place (const HdKsEntry *entry, guint index);
