/* The question before something is removed. */
#pragma once

#include <glib.h>

/* "This will remove WHAT", and whether standard input answers y. Blocks. */
gboolean hd_confirm (const char *what);
