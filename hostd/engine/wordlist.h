/* Names for containers that were given none: an adjective and a bird. */
#pragma once

#include <glib.h>

/* The name for a random number: "calm_heron", and further digits for a part of the numbers, so that
 * there is always another one. Free with g_free. */
char *hd_wordlist_name (guint32 number);
