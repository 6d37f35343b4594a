/* Who the process is, for callers: --pid-file and --pidfd-socket.  Both return 0 or a negative
 * errno with `err` set. */
#pragma once

#include <sys/types.h>

#include "common/err.h"

/* The file with the number: whole or not there. */
int rt_pidfile_write (const char *path, pid_t pid, hd_err *err);
/* Send a pidfd of the process to whoever listens on the stream socket at `path`. */
int rt_pidfile_send (const char *path, pid_t pid, hd_err *err);
