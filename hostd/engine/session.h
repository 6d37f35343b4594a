/* Being attached to a container: our standard streams are its. */
#pragma once

#include "engine/container.h"

typedef struct
{
  gboolean tty;            /* the container has a terminal: ours is made raw, if it is one */
  gboolean input;          /* standard input goes to the container */
  gboolean sig_proxy;      /* signals that reach us go to the container */
  const char *detach_keys; /* "ctrl-p,ctrl-q", NULL for these, "" for none */
} HdSessionOptions;

typedef enum
{
  HD_SESSION_ENDED,    /* *ret_status is the exit status */
  HD_SESSION_CLEAN,    /* the same, and the caller cleans up (`container cleanup`) */
  HD_SESSION_DETACHED, /* by keys, or by a signal without sig_proxy */
  HD_SESSION_LOST      /* the monitor is gone without a word */
} HdSessionEnd;

/* Stay attached until it ends. `socket_fd` is that of a launch or of an attach. Blocks. */
HdSessionEnd hd_session_run (HdStore *store, const HdContainer *container, int socket_fd,
                             const HdSessionOptions *options, int *ret_status);
/* Parse keys as "ctrl-p,ctrl-q" or "a,b" into bytes (at most 16): their number, or -1 for what is
 * none. Pure. */
int hd_session_parse_keys (const char *text, guint8 ret[16]);
