/* What the verbs do.  Each reads its part of the arguments, works, prints its result on standard
 * output, and returns an exit status, or a negative errno with `err` set. */
#pragma once

#include "runtime/args.h"

typedef int rt_verb_function (const rt_args *args, rt_arena *arena, hd_err *err);

rt_verb_function rt_verb_create, rt_verb_run, rt_verb_start, rt_verb_kill, rt_verb_delete,
    rt_verb_exec, rt_verb_pause, rt_verb_resume, rt_verb_update; /* verb-life.c */
rt_verb_function rt_verb_state, rt_verb_list, rt_verb_ps, rt_verb_events, rt_verb_features,
    rt_verb_plan; /* verb-show.c */
