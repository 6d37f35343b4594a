/* system prune. */
#pragma once

#include "base/verbs.h"

int hd_cli_system_prune (const HdInvocation *invocation);
