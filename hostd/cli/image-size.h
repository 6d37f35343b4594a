/* Sizes as docker prints them (go-units, HumanSizeWithPrecision of 3). */
#pragma once

#include <glib.h>

/* "4.26MB", "0B"; powers of 1000. Free with g_free. */
char *hd_image_size_text (guint64 bytes);
