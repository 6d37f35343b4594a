/* --help of a program, a group of verbs, or a verb. */
#pragma once

#include <stdio.h>
#include "base/verb-table.h"

/* "atomic host upgrade [OPTION...] [COMMIT]"; free with g_free. */
char *hd_verb_usage (const HdProgram *program, const HdVerb *verb);
/* Help of one verb: usage, summary, details, its options and the program's. */
void hd_verb_help (const HdProgram *program, const HdVerb *verb, FILE *out);
/* Help of a group, with its verbs; "" is the whole program. */
void hd_group_help (const HdProgram *program, const char *group, FILE *out);
