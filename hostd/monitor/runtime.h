/* Starting atomic-runtime: its verbs, and what it says when it fails.  Plain C. */
#pragma once

#include <sys/types.h>

#include "common/err.h"
#include "monitor/config.h"

/* Standard streams of what is started; -1: /dev/null. */
typedef struct
{
  int in;
  int out;
  int err;
  int netns; /* a descriptor to hand on under its number, or -1 */
} mon_stdio;

/* The most arguments of one call. */
#define MON_ARGS_MAX 24

/* Start `program` with arguments (NULL-terminated), its signals unblocked: a process id or a
 * negative errno. */
pid_t mon_spawn (const char *const *argv, const mon_stdio *stdio);

/* Run `atomic-runtime VERB ARGS...` and wait for it.  Messages go to the file runtime.log in the
 * working folder; the last one is `err` when it fails.  Returns its exit status, or a negative
 * errno with `err` set.  `args` is NULL-terminated. */
int mon_runtime_run (const mon_config *config, const char *verb, const char *const *args,
                     const mon_stdio *stdio, hd_err *err);
/* Start a verb without waiting for it. */
pid_t mon_runtime_spawn (const mon_config *config, const char *verb, const char *const *args,
                         const mon_stdio *stdio);

/* Processes of the container's cgroups that the kernel has killed for want of memory, from what the
 * runtime has kept of it; -1 when nobody counts. */
int64_t mon_runtime_oom_kills (const mon_config *config);
