/* The man page of a program, from its verb tables. */
#pragma once

#include <stdio.h>
#include "base/verb-table.h"

/* Write the page in the man(7) macros: synopsis, every verb with its options, the keys of the
 * program's files, its exit statuses or those of common/err.h, and the program's details. Undated,
 * so that the same sources give the same bytes. */
void hd_program_write_man (const HdProgram *program, FILE *out);
