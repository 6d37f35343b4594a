/* Verbs about what goes on: stats, events, update. */
#pragma once

#include "base/verbs.h"

int hd_cli_stats (const HdInvocation *invocation);
int hd_cli_events (const HdInvocation *invocation);
int hd_cli_update (const HdInvocation *invocation);
