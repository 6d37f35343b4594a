/* Where the engine's other programs are. */
#pragma once

#include <glib.h>

/* "atomic-monitor", "atomic-runtime" ...: beside this program (as in a build folder), else where
 * they are installed. Free with g_free. */
char *hd_programs_find (const char *name);
/* Path of this program itself; free with g_free. */
char *hd_programs_self (void);
