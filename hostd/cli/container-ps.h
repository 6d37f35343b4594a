/* ps: the list of containers. */
#pragma once

#include "base/verbs.h"

int hd_cli_ps (const HdInvocation *invocation);
