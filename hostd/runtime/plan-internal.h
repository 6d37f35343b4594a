/* What the files of the plan share: a list of steps under construction. */
#pragma once

#include "runtime/plan.h"

typedef struct
{
  rt_plan *plan;
  rt_arena *arena;
  size_t room;
} rt_builder;

/* A new step at the end of the plan, zeroed but for its kind; valid until the next one. */
rt_step *rt_builder_add (rt_builder *builder, rt_step_kind kind);
void rt_builder_add_text (rt_builder *builder, rt_step_kind kind, const char *text);
void rt_builder_add_number (rt_builder *builder, rt_step_kind kind, int64_t number);
void rt_builder_add_flags (rt_builder *builder, rt_step_kind kind, uint64_t flags);
void rt_builder_warn (rt_builder *builder, char *text);

/* Hooks of one kind as a step; nothing when the list is empty.  Those that name no environment get
 * `environment`: with runc and crun the runtime's own, inside the container the program's. */
void rt_plan_hooks (rt_builder *builder, const rt_hook_list *list, const char *kind,
                    const char *status, char **environment);

typedef struct
{
  const rt_process *process;
  const rt_spec *spec;
  const char *id;
  bool exec; /* a further process: no hooks, no waiting */
  bool no_new_keyring;
  bool start_at_once;
  bool deny_groups;
  unsigned preserve_fds;
  const char *const *extra_env;
} rt_process_input;

/* Do the caller's additional groups stay (crun's annotation, podman's --group-add keep-groups)? */
bool rt_plan_keeps_groups (const rt_spec *spec);

/* Steps from the session to just before the wait, and from the wait to exec. */
void rt_plan_process_prepare (rt_builder *builder, const rt_process_input *input);
int rt_plan_process_exec (rt_builder *builder, const rt_process_input *input, hd_err *err);

/* A step for a list of CPUs as "0-3,7"; nothing for NULL and "".  `name` is the member of
 * process.execCPUAffinity. */
int rt_plan_affinity (rt_builder *builder, const char *cpus, const char *name, hd_err *err);
