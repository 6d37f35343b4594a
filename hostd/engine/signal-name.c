/* Names of signal(7). */
#include "engine/signal-name.h"

#include <glib.h>
#include <signal.h>
#include <string.h>

#include "common/parse.h"

static int
parse_realtime (const char *name)
{
  gint64 offset = 0;
  gboolean from_max = g_str_has_prefix (name, "RTMAX");
  if (!from_max && !g_str_has_prefix (name, "RTMIN"))
    return -1;
  const char *rest = name + 5;
  if (*rest != '\0'
      && (*rest != (from_max ? '-' : '+') || hd_parse_int64 (rest + 1, &offset) < 0 || offset < 0
          || offset > SIGRTMAX - SIGRTMIN))
    return -1;
  return from_max ? SIGRTMAX - (int)offset : SIGRTMIN + (int)offset;
}

int
hd_signal_parse (const char *text)
{
  gint64 number;
  if (hd_parse_int64 (text, &number) == 0)
    return number > 0 && number <= SIGRTMAX ? (int)number : -1;
  g_autofree char *upper = g_ascii_strup (text, -1);
  const char *name = g_str_has_prefix (upper, "SIG") ? upper + 3 : upper;
  for (int i = 1; i < SIGRTMIN; i++)
    {
      const char *known = sigabbrev_np (i);
      if (known != NULL && strcmp (known, name) == 0)
        return i;
    }
  return parse_realtime (name);
}
