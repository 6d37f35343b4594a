/* What the tables say, for people: help of one command, and the manual's page. */
#pragma once

#include <stdio.h>

#include "base/verb-table.h"
#include "kickstart/command.h"

/* Usage, summary, options, and what is not carried out, of a command or of a section. */
void hd_ks_describe (const HdKsCommand *row, FILE *out);
/* All commands and sections with their summaries, for a first look. */
void hd_ks_list_commands (FILE *out);

/* atomic-install(8) in the man(7) macros: the program's options, then the language. Undated, so
 * that the same sources give the same bytes. */
void hd_ks_write_man (const HdOption *options, const char *version, FILE *out);
