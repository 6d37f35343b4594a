/* The channel to the engine: JSON objects, one a line, with descriptors beside them, on a stream
 * socket (unix(7), SCM_RIGHTS). engine/fetcher.h is the other end, and says what the messages are.
 */
#pragma once

#include <glib.h>
#include "common/json.h"

typedef struct _HdChannel HdChannel;

/* Talk on `fd`, which stays the caller's. */
HdChannel *hd_channel_new (int fd);
void hd_channel_free (HdChannel *channel);
/* Read what is there, without blocking. FALSE: the other end is gone, or sends what is none. */
gboolean hd_channel_read (HdChannel *channel);
/* The next whole message, or NULL. Free with hd_json_free. */
hd_json *hd_channel_take (HdChannel *channel);
/* The descriptor that came next in order, or -1. The caller closes it. */
int hd_channel_take_fd (HdChannel *channel);
/* Send; takes the message over. Blocks. */
void hd_channel_send (HdChannel *channel, hd_json *message);
