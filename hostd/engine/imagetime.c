/* Times of images. */
#include "engine/imagetime.h"

#include <time.h>

#include "common/parse.h"

char *
hd_image_time_now (void)
{
  struct timespec now;
  struct tm parts;
  char text[32];
  int64_t epoch;
  const char *given = g_getenv ("SOURCE_DATE_EPOCH");
  clock_gettime (CLOCK_REALTIME, &now);
  if (given != NULL && hd_parse_int64 (given, &epoch) == 0)
    now = (struct timespec){ .tv_sec = epoch };
  gmtime_r (&now.tv_sec, &parts);
  strftime (text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return g_strdup_printf ("%s.%09ldZ", text, now.tv_nsec);
}

gint64
hd_image_time_seconds (const char *text)
{
  int64_t seconds = 0;
  return text != NULL && hd_parse_time (text, &seconds) == 0 ? seconds : 0;
}
