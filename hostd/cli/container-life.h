/* Verbs that change containers. */
#pragma once

#include "base/verbs.h"

int hd_cli_stop (const HdInvocation *invocation);
int hd_cli_restart (const HdInvocation *invocation);
int hd_cli_kill (const HdInvocation *invocation);
int hd_cli_pause (const HdInvocation *invocation);
int hd_cli_unpause (const HdInvocation *invocation);
int hd_cli_wait (const HdInvocation *invocation);
int hd_cli_rm (const HdInvocation *invocation);
int hd_cli_rename (const HdInvocation *invocation);
int hd_cli_container_prune (const HdInvocation *invocation);
int hd_cli_cleanup (const HdInvocation *invocation);
int hd_cli_boot (const HdInvocation *invocation);
int hd_cli_shutdown (const HdInvocation *invocation);
