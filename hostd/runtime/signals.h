/* Names of signals. */
#pragma once

/* The number of "KILL", "SIGKILL", "9" or "RTMIN+3"; -1 when there is none. */
int rt_signal_from_text (const char *text);
