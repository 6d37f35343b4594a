/* Names of signals. */
#pragma once

/* The number of "KILL", "SIGKILL", "9", "RTMIN+3" or "RTMAX-1"; -1 when there is none.  0 only asks
 * whether the process is there. */
int rt_signal_from_text (const char *text);
