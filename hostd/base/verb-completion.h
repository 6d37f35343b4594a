/* The bash completion of a program, from its verb tables. */
#pragma once

#include <stdio.h>
#include "base/verb-table.h"

/* Write a script for /usr/share/bash-completion/completions/NAME: it completes verbs and options,
 * and file names where an option's argument is PATH, FILE or DIR. */
void hd_program_write_bash_completion (const HdProgram *program, FILE *out);
