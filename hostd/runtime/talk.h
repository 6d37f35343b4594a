/* The other end of the child's socket: answers what it asks and turns what it reports into errors.
 */
#pragma once

#include "common/json.h"
#include "runtime/plan.h"

/* What the child may ask for; NULL where it cannot.  Each returns 0 or a negative errno with `err`.
 */
typedef struct
{
  int (*pid) (void *data, int pid);
  int (*maps) (void *data, hd_err *err);
  int (*net) (void *data, hd_err *err);
  int (*runtime_hooks) (void *data, hd_err *err);
  /* The source of a bind step: a descriptor, which is closed when it is sent. */
  int (*tree) (void *data, int step, hd_err *err);
  /* The state for hooks (`what` "") or for the seccomp agent ("seccomp"). */
  hd_json *(*state) (void *data, const char *what, hd_err *err);
} rt_talk_ops;

#define RT_TALK_END 0     /* the socket has ended: the program runs, or the child died */
#define RT_TALK_CREATED 1 /* ready for `start` */

/* Serve the child until it is created or its socket ends.  Warnings go to the log.  `plan` (NULL
 * when it is not known) describes the failing step.  Returns one of the above or a negative errno;
 * *ret_status is then what a shell would exit with: 126, 127 or 1. */
int rt_talk (int fd, const rt_plan *plan, const rt_talk_ops *ops, void *data, int *ret_status,
             hd_err *err);
