/* Verbs about the files of containers. */
#pragma once

#include "base/verbs.h"

int hd_cli_cp (const HdInvocation *invocation);
int hd_cli_diff (const HdInvocation *invocation);
int hd_cli_export (const HdInvocation *invocation);
int hd_cli_commit (const HdInvocation *invocation);
