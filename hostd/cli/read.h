/* The verbs that only read (files, and jobs where hostd runs already), and cancel. */
#pragma once

#include "base/verbs.h"
#include "common/json.h"

/* Run functions of the table; they return the exit status. */
int hd_cli_status (const HdInvocation *invocation);
int hd_cli_history (const HdInvocation *invocation);
int hd_cli_show_kargs (const HdInvocation *invocation);
int hd_cli_cancel (const HdInvocation *invocation);

/* The sysroot that an invocation means: --sysroot, or "/". Belongs to the invocation. */
const char *hd_cli_sysroot (const HdInvocation *invocation);
/* Indented, with a newline, to standard output. */
void hd_cli_print_json (const hd_json *value);
