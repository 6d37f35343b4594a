/* Notice that somebody removed our packet filter rules, and have them put back. Plain C.
 *
 * Whoever supervises a container with a network (no other process stays) holds a subscription to
 * changes of the rules of the host. A filter in the kernel keeps all that containers do to the
 * rules themselves from waking it: only a removed table, chain, set or rule comes through. All
 * watchers start a child; one after the other they take a lock, and the first runs `atomic network
 * restore`, which looks what is missing. The others see that it began after their loss, and end.
 *
 *   fd = hd_rules_watch ();                      poll for POLLIN
 *   if (hd_rules_lost (fd)) hd_rules_restore (run_root, program, &pid);      and reap pid
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* A descriptor (non-blocking, close-on-exec) of the caller's network namespace, or a negative
 * errno: go on without it. */
int hd_rules_watch (void);
/* Read all that waits on `fd`: whether something of ours was removed (or too much happened to
 * know). Does not block. */
bool hd_rules_lost (int fd);
/* Start a child that runs `program network restore`, unless another one's that begins later than
 * now has done so before it gets the lock (RUN_ROOT/locks/watch). A loss that is noticed while the
 * child runs needs another call when it has ended. Returns 0 or a negative errno. */
int hd_rules_restore (const char *run_root, const char *program, pid_t *ret_pid);
