/* Verbs that look at containers and into them. */
#pragma once

#include "base/verbs.h"

int hd_cli_exec (const HdInvocation *invocation);
int hd_cli_logs (const HdInvocation *invocation);

int hd_cli_port (const HdInvocation *invocation);
int hd_cli_top (const HdInvocation *invocation);
