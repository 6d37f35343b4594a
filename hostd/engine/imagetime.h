/* Times of images: RFC 3339 with nanoseconds, as every engine writes them. */
#pragma once

#include <glib.h>

/* "2026-01-02T03:04:05.000000000Z"; free with g_free. $SOURCE_DATE_EPOCH replaces the clock. */
char *hd_image_time_now (void);
/* Seconds since 1970; 0 for NULL and for what is no time. */
gint64 hd_image_time_seconds (const char *text);
