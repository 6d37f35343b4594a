/* Notice that somebody removed our packet filter rules, and have them put back. Plain C.
 *
 * Whoever supervises a container with a network (no other process stays) holds a subscription to
 * changes of the rules of the host. A filter in the kernel keeps all that containers do to the
 * rules themselves from waking it: only a removed table, chain, set or rule comes through. One of
 * all watchers starts `atomic network restore`, which looks what is missing.
 *
 *   fd = hd_rules_watch ();                      poll for POLLIN
 *   if (hd_rules_lost (fd)) hd_rules_restore (run_root, program, &pid);      then wait for pid
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
/* Start `program network restore` unless somebody else is just doing it (lock RUN_ROOT/locks/watch,
 * held by the child). *ret_pid is the child, or 0 when there is none. Returns 0 or a negative
 * errno.
 */
int hd_rules_restore (const char *run_root, const char *program, pid_t *ret_pid);
