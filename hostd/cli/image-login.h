/* `login` and `logout`. */
#pragma once

#include "base/verbs.h"

int hd_cli_login (const HdInvocation *inv);
int hd_cli_logout (const HdInvocation *inv);
