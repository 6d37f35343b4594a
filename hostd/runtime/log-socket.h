/* Messages to the machine's own log: syslog(3)'s socket, or the journal's. */
#pragma once

#include <stdbool.h>

/* `file` of --log as "syslog:NAME" or "journald:NAME", crun's form; NAME may be empty. */
bool rt_log_socket_is (const char *file);
/* Connect.  False when nobody listens: then messages go where they go otherwise.  `file` must stay.
 */
bool rt_log_socket_open (const char *file);
/* Send one message with a priority of syslog(3), LOG_ERR to LOG_DEBUG.  One that cannot be taken is
 * lost: nobody waits for a log. */
void rt_log_socket_send (int priority, const char *text);
void rt_log_socket_close (void);
