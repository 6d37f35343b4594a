/* What a process that reads a stranger's archive can still do: next to nothing.
 *
 * Plain system calls, no library: the filter is a list of numbers.
 */
#pragma once

#include "common/err.h"

typedef enum
{
  HD_SANDBOX_UNPACK, /* CHOWN DAC_OVERRIDE FOWNER FSETID MKNOD SETFCAP */
  HD_SANDBOX_PACK    /* DAC_READ_SEARCH SYS_ADMIN, which trusted.* attributes ask for; reads only */
} hd_sandbox_kind;

/* Make `root_fd` (a folder) the process' root and working folder, give up all capabilities but
 * those above, and refuse every system call that the work does not need: no sockets, no other
 * programs, no other processes' business; a breach ends the process. Memory is limited. Threads may
 * be started after it. -errno with `err` set. */
int hd_sandbox_enter (hd_sandbox_kind kind, int root_fd, hd_err *err);
