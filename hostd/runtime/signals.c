/* Names of signals: those of sigabbrev_np(3), which not every C library has, with or without SIG.
 */
#include "runtime/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/parse.h"

static const char *const names[] = {
  [SIGHUP] = "HUP",   [SIGINT] = "INT",       [SIGQUIT] = "QUIT", [SIGILL] = "ILL",
  [SIGTRAP] = "TRAP", [SIGABRT] = "ABRT",     [SIGBUS] = "BUS",   [SIGFPE] = "FPE",
  [SIGKILL] = "KILL", [SIGUSR1] = "USR1",     [SIGSEGV] = "SEGV", [SIGUSR2] = "USR2",
  [SIGPIPE] = "PIPE", [SIGALRM] = "ALRM",     [SIGTERM] = "TERM", [SIGSTKFLT] = "STKFLT",
  [SIGCHLD] = "CHLD", [SIGCONT] = "CONT",     [SIGSTOP] = "STOP", [SIGTSTP] = "TSTP",
  [SIGTTIN] = "TTIN", [SIGTTOU] = "TTOU",     [SIGURG] = "URG",   [SIGXCPU] = "XCPU",
  [SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH",
  [SIGPOLL] = "POLL", [SIGPWR] = "PWR",       [SIGSYS] = "SYS",
};

int
rt_signal_from_text (const char *text)
{
  uint64_t number;
  if (hd_parse_uint64 (text, &number) == 0)
    return number < NSIG ? (int)number : -1;
  if (strncasecmp (text, "SIG", 3) == 0)
    text += 3;
  for (int i = 1; i < (int)(sizeof names / sizeof *names); i++)
    if (names[i] != NULL && strcasecmp (names[i], text) == 0)
      return i;
  const bool from_least = strncasecmp (text, "RTMIN", 5) == 0;
  if (!from_least && strncasecmp (text, "RTMAX", 5) != 0)
    return -1;
  if (text[5] == '\0')
    return from_least ? SIGRTMIN : SIGRTMAX;
  if (text[5] != (from_least ? '+' : '-') || hd_parse_uint64 (text + 6, &number) < 0
      || number > (uint64_t)(SIGRTMAX - SIGRTMIN))
    return -1;
  return from_least ? SIGRTMIN + (int)number : SIGRTMAX - (int)number;
}
