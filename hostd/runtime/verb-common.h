/* What several verbs share: the container that is named, and the form of what is printed. */
#pragma once

#include "runtime/container.h"
#include "runtime/verbs.h"

/* Open the container of the first word. */
int rt_verb_open (const rt_args *args, rt_container *ret, rt_arena *arena, hd_err *err);
/* Check --format: "table" (also when it is not given) or "json".  Returns 0 or -EINVAL. */
int rt_verb_format (const rt_args *args, bool *ret_json, hd_err *err);
/* Print on standard output, one line or indented. */
void rt_verb_print (const hd_json *json, bool pretty);
