/* Names of signals: those of sigabbrev_np(3), with or without SIG. */
#include "runtime/signals.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/parse.h"

int
rt_signal_from_text (const char *text)
{
  uint64_t number;
  if (hd_parse_uint64 (text, &number) == 0)
    return number >= 1 && number < NSIG ? (int)number : -1;
  if (strncasecmp (text, "SIG", 3) == 0)
    text += 3;
  for (int i = 1; i < 32; i++)
    if (sigabbrev_np (i) != NULL && strcasecmp (sigabbrev_np (i), text) == 0)
      return i;
  if (strncasecmp (text, "RTMIN", 5) == 0)
    {
      if (text[5] == '\0')
        return SIGRTMIN;
      if (text[5] == '+' && hd_parse_uint64 (text + 6, &number) == 0
          && number <= (uint64_t)(SIGRTMAX - SIGRTMIN))
        return SIGRTMIN + (int)number;
    }
  return -1;
}
