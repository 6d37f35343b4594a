/* A process that we stay with (`run`, `exec` without --detach): its signals, its terminal, its end.
 */
#pragma once

#include <sys/types.h>

/* Wait for our child `pid`.  Signals that we get go to it; unless `master_fd` is negative our
 * standard streams are the other side of its terminal.  Returns its exit status, 128 + N after
 * signal N. */
int rt_foreground_wait (pid_t pid, int master_fd);
