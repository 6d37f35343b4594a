/* Hooks that the runtime itself runs. */
#include "runtime/hooks.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "runtime/child-internal.h"
#include "runtime/log.h"
#include "runtime/plan-internal.h"

static int
hook_error (const rt_hook_step *hook, const char *kind, int r, int status, hd_err *err)
{
  if (r == -ETIME)
    return hd_err_set (err, HD_FAILED, NULL, "%s hook %s: took longer than %lld s", kind,
                       hook->path, (long long)hook->timeout_s);
  if (r != -ECANCELED)
    return hd_err_set_errno (err, -r, "%s hook %s", kind, hook->path);
  if (WIFSIGNALED (status))
    return hd_err_set (err, HD_FAILED, NULL, "%s hook %s: killed by signal %d", kind, hook->path,
                       WTERMSIG (status));
  return hd_err_set (err, HD_FAILED, NULL, "%s hook %s: exit status %d", kind, hook->path,
                     WEXITSTATUS (status));
}

int
rt_hooks_run (const rt_hook_list *list, const char *kind, const rt_state *state, rt_status status,
              bool keep_going, hd_err *err)
{
  if (list->count == 0)
    return 0;
  rt_auto_arena arena = { 0 };
  rt_plan plan = { 0 };
  rt_builder builder = { &plan, &arena, 0 };
  rt_plan_hooks (&builder, list, kind, rt_status_name (status));
  const rt_hooks_step *hooks = plan.steps[0].as.hooks;

  hd_autojson json = rt_state_json (state, status);
  hd_autofree char *text = hd_json_to_text (json, false);
  for (size_t i = 0; i < hooks->count; i++)
    {
      int wait_status = 0;
      int r = rt_hook_run (&hooks->items[i], text, strlen (text), &wait_status);
      if (r == 0)
        continue;
      r = hook_error (&hooks->items[i], kind, r, wait_status, err);
      if (!keep_going)
        return r;
      rt_log (RT_LOG_WARNING, "%s", err->message);
      *err = (hd_err){ 0 };
    }
  return 0;
}
