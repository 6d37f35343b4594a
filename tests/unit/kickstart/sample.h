/* Kickstarts from strings, and what was found in them, as text. */
#pragma once

#include "kickstart/parser.h"
#include "kickstart/rules.h"

/* Parse `text` as the file "-", with the loader of the programs, and apply the rules. */
HdKickstart *sample_kickstart (const char *text);
/* "error 1:5 MESSAGE | HINT" lines in the order in which the program prints them. Free with
 * g_free. */
char *sample_findings (const HdKickstart *kickstart);
/* The only command of `text`, which has no error (asserted). */
const HdKsEntry *sample_entry (const HdKickstart *kickstart);
/* The path of a file in tests/data/kickstart; free with g_free. */
char *sample_path (const char *name);
