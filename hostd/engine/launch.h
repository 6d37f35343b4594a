/* Starting a container: network, files, monitor. */
#pragma once

#include "engine/container.h"

typedef struct
{
  unsigned attach; /* MON_ATTACH_*: what the connection gets from the first byte on */
  int socket;      /* result: connection to the monitor, close-on-exec; -1 on an error */
  int status;      /* result on an error: the exit status of `run`: 125, 126, 127 */
} HdLaunch;

/* Start a container that does not run; the caller holds its lock. Returns when its process runs.
 * Errors say what could not be done; what was made for this start is taken back. */
gboolean hd_launch (HdStore *store, const HdContainer *container, HdLaunch *launch, GError **error);
/* The folders of its image's layers, uppermost first; free with g_strfreev. */
char **hd_launch_layers (HdStore *store, const HdContainer *container, GError **error);
