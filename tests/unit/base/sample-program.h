/* A small program's tables, for the tests of everything that is made from tables. */
#pragma once

#include "base/verb-table.h"

/* Verbs: "host upgrade", "host rollback", "run", "volume create" and "volume snapshot list"; the
 * function that all of them run is the test's. */
extern int (*sample_run) (const HdInvocation *inv);
extern const HdProgram sample_program;
