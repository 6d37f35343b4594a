/* The command line of a program: parsing, --help, completion, man page and "did you mean" from one
 * array of verbs (base/verb-table.h).
 *
 * Options may stand before or after positional arguments, "--name=value", "--name value",
 * "-n value", "-nvalue" and grouped short flags, "--flag=false"; "--" ends them. The program's own
 * options may also stand before and between the words of the verb.
 */
#pragma once

#include <glib.h>
#include "base/verb-table.h"

/* Parse argv and run the verb; also serves "--help" (program, group, verb), "--version", "help
 * VERB", and, for the build, "--dump-man" and "--dump-completion=bash". Returns the exit status;
 * usage errors are printed with the nearest word and are 2. */
int hd_verbs_main (const HdProgram *program, int argc, char **argv);

/* Values of an invocation; names must be in the tables (asserted). Of an option that was given
 * twice the last counts, except for STRINGS. Everything belongs to the invocation. */
gboolean hd_inv_flag (const HdInvocation *inv, const char *name);
gboolean hd_inv_given (const HdInvocation *inv, const char *name);
const char *hd_inv_string (const HdInvocation *inv, const char *name); /* NULL when not given */
const char *const *hd_inv_strings (const HdInvocation *inv, const char *name); /* never NULL */
gint64 hd_inv_int (const HdInvocation *inv, const char *name, gint64 fallback);
guint64 hd_inv_size (const HdInvocation *inv, const char *name, guint64 fallback_bytes);
const char *const *hd_inv_args (const HdInvocation *inv);
guint hd_inv_n_args (const HdInvocation *inv);
const HdVerb *hd_inv_verb (const HdInvocation *inv);
const HdProgram *hd_inv_program (const HdInvocation *inv);
/* Print a usage error in the form of the parser's own; returns 2. */
int hd_inv_usage_error (const HdInvocation *inv, const char *format, ...) G_GNUC_PRINTF (2, 3);
