/* A process that we stay with (`run`, `exec` without --detach): its signals, its terminal, its end.
 */
#pragma once

#include <sys/types.h>

/* Before the clone: keep all signals for rt_foreground_wait, so that none ends us while the child
 * already runs.  The child starts its program with none held. */
void rt_foreground_hold_signals (void);

/* Wait for our child `pid`.  Signals that we get go to it; unless `master_fd` is negative our
 * standard streams are the other side of its terminal.  Returns its exit status, 128 + N after
 * signal N. */
int rt_foreground_wait (pid_t pid, int master_fd);
