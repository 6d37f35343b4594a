/* What the program shows of itself: help with groups and verbs, as people know it from docker. */
#pragma once

#include "base/verb-table.h"

#include <stdio.h>

/* "Usage:  NAME [OPTIONS] COMMAND", the groups, the verbs of one word. */
void hd_front_help (const HdProgram *program, FILE *out);
