/* A plan in the log. */
#include "runtime/plan-log.h"

#include "runtime/log.h"

void
rt_plan_log (const rt_plan *plan)
{
  char text[512];
  for (size_t i = 0; i < plan->n_warnings; i++)
    rt_log (RT_LOG_WARNING, "%s", plan->warnings[i]);
  for (size_t i = 0; rt_log_wants (RT_LOG_DEBUG) && i < plan->count; i++)
    {
      rt_step_describe (&plan->steps[i], text, sizeof text);
      rt_log (RT_LOG_DEBUG, "step %zu: %s", i + 1, text);
    }
}
