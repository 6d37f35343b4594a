/* `pull` and `push`. */
#pragma once

#include "base/verbs.h"

int hd_cli_pull (const HdInvocation *inv);
int hd_cli_push (const HdInvocation *inv);
