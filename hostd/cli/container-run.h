/* run, create, start: what attaches. */
#pragma once

#include "base/verbs.h"

int hd_cli_run (const HdInvocation *invocation);
int hd_cli_create (const HdInvocation *invocation);
int hd_cli_start (const HdInvocation *invocation);
int hd_cli_attach (const HdInvocation *invocation);
