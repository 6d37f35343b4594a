/* Hooks that the runtime itself runs. */
#include "runtime/hooks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "runtime/child-internal.h"
#include "runtime/log.h"
#include "runtime/plan-internal.h"

int
rt_hooks_run (const rt_hook_list *list, const char *kind, const rt_state *state, rt_status status,
              bool keep_going, hd_err *err)
{
  if (list->count == 0)
    return 0;
  rt_auto_arena arena = { 0 };
  rt_plan plan = { 0 };
  rt_builder builder = { &plan, &arena, 0 };
  rt_plan_hooks (&builder, list, kind, rt_status_name (status), environ);
  const rt_hooks_step *hooks = plan.steps[0].as.hooks;

  hd_autojson json = rt_state_json (state, status);
  hd_autofree char *text = hd_json_to_text (json, false);
  for (size_t i = 0; i < hooks->count; i++)
    {
      rt_hook_result result;
      char what[512];
      int r = rt_hook_run (&hooks->items[i], text, strlen (text), &result);
      if (r == 0)
        continue;
      rt_hook_describe (&hooks->items[i], i, r, &result, what, sizeof what);
      if (r == -ECANCELED || r == -ETIME)
        r = hd_err_set (err, HD_FAILED, NULL, "error running %s hook %s", kind, what);
      else
        r = hd_err_set_errno (err, -r, "error running %s hook %s", kind, what);
      if (!keep_going)
        return r;
      rt_log (RT_LOG_WARNING, "%s", err->message);
      *err = (hd_err){ 0 };
    }
  return 0;
}
