/* Signals by name or number. */
#pragma once

/* "TERM", "SIGTERM", "15", "RTMIN+3"; -1 when it is none. */
int hd_signal_parse (const char *text);
