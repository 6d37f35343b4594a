/* The file of --pid-file: the number of a process, whole or not there. */
#pragma once

#include <sys/types.h>

#include "common/err.h"

int rt_pidfile_write (const char *path, pid_t pid, hd_err *err);
