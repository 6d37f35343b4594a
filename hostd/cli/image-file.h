/* `save`, `load` and `import`. */
#pragma once

#include "base/verbs.h"

int hd_cli_save (const HdInvocation *inv);
int hd_cli_load (const HdInvocation *inv);
int hd_cli_import (const HdInvocation *inv);
