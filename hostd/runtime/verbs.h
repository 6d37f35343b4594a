/* What the program can be told to do, as tables, and what the verbs do.  Each verb reads its part
 * of the arguments, works, prints its result on standard output, and returns an exit status, or a
 * negative errno with `err` set. */
#pragma once

#include "runtime/args.h"

extern const rt_option rt_global_options[];
extern const rt_verb rt_verbs[];

/* The verb with this name, or NULL. */
const rt_verb *rt_verb_find (const char *name);

typedef int rt_verb_function (const rt_args *args, rt_arena *arena, hd_err *err);

rt_verb_function rt_verb_create, rt_verb_run, rt_verb_start, rt_verb_kill, rt_verb_delete,
    rt_verb_exec, rt_verb_pause, rt_verb_resume;            /* verb-life.c */
rt_verb_function rt_verb_state, rt_verb_list, rt_verb_plan; /* verb-show.c */
rt_verb_function rt_verb_ps;                                /* verb-ps.c */
rt_verb_function rt_verb_update;                            /* verb-update.c */
rt_verb_function rt_verb_events;                            /* verb-events.c */
rt_verb_function rt_verb_features;                          /* verb-features.c */
rt_verb_function rt_verb_spec;                              /* verb-spec.c */
