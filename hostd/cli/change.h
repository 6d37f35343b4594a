/* The changing verbs: options to a request, the request to a transport, the result to text. */
#pragma once

#include "base/verbs.h"
#include "client/request.h"

/* The run functions of the table; they return the exit status. Block until the change has ended;
 * Ctrl-C cancels it. */
int hd_cli_change (const HdInvocation *invocation);
/* The same, or the list of arguments when no change is asked for. */
int hd_cli_kargs (const HdInvocation *invocation);

/* What is asked for. Every option that was given goes into the request under its own name, but for
 * those that only concern this program. */
HdRequest *hd_cli_request (const HdInvocation *invocation);
