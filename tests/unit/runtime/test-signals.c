/* Names of signals as callers write them. */
#include "runtime/signals.h"

#include <glib.h>
#include <signal.h>

static void
test_signals (void)
{
  static const struct
  {
    const char *text;
    int number;
  } cases[]
      = { { "KILL", SIGKILL }, { "SIGKILL", SIGKILL }, { "kill", SIGKILL },  { "sigterm", SIGTERM },
          { "9", 9 },          { "WINCH", SIGWINCH },  { "64", 64 },         { "1", 1 },
          { "0", 0 },          { "65", -1 },           { "-9", -1 },         { "", -1 },
          { "SIG", -1 },       { "NOSUCH", -1 },       { "SIGSIGKILL", -1 }, { "RTMAX+1", -1 },
          { "RTMIN+99", -1 },  { "RTMIN+", -1 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (rt_signal_from_text (cases[i].text), ==, cases[i].number);
    }
  g_assert_cmpint (rt_signal_from_text ("RTMIN"), ==, SIGRTMIN);
  g_assert_cmpint (rt_signal_from_text ("SIGRTMIN+3"), ==, SIGRTMIN + 3);
  g_assert_cmpint (rt_signal_from_text ("RTMAX-2"), ==, SIGRTMAX - 2);
  g_assert_cmpint (rt_signal_from_text ("RTMAX"), ==, SIGRTMAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signals/names", test_signals);
  return g_test_run ();
}
