/* Verbs that look at containers and into them. */
#pragma once

#include "base/verbs.h"
#include "common/json.h"

/* Print a list of objects as `inspect` does: JSON, or a template for each. */
gboolean hd_cli_print_inspected (const hd_json *list, const char *format, GError **error);

int hd_cli_exec (const HdInvocation *invocation);
int hd_cli_logs (const HdInvocation *invocation);

int hd_cli_container_inspect (const HdInvocation *invocation);
int hd_cli_port (const HdInvocation *invocation);
int hd_cli_top (const HdInvocation *invocation);
