/* A plan in the log. */
#pragma once

#include "runtime/plan.h"

/* Log its warnings, and with --log-level=debug each of its steps. */
void rt_plan_log (const rt_plan *plan);
