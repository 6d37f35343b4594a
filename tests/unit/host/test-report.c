/* host/report: calls reach who listens, and nobody else is missed. */
#include "host/report.h"

static void
take_phase (const char *phase, gpointer data)
{
  g_string_append_printf (data, "phase %s\n", phase);
}

static void
take_progress (guint64 done, guint64 total, const char *unit, gpointer data)
{
  g_string_append_printf (data, "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " %s\n", done, total,
                          unit);
}

static void
take_message (const char *text, gpointer data)
{
  g_string_append_printf (data, "message %s\n", text);
}

static void
tell (const HdReport *report)
{
  hd_report_phase (report, "pull");
  hd_report_progress (report, 3, G_MAXUINT64, "bytes");
  hd_report_message (report, "%s is %d%%", "it", 5);
}

static void
test_listener (void)
{
  g_autoptr (GString) said = g_string_new (NULL);
  HdReport report = { take_phase, take_progress, take_message, said };
  tell (&report);
  g_assert_cmpstr (said->str, ==,
                   "phase pull\n3 of 18446744073709551615 bytes\nmessage it is 5%\n");
}

static void
test_holes (void)
{
  g_autoptr (GString) said = g_string_new (NULL);
  HdReport silent = { .data = said };
  HdReport phases = { .phase = take_phase, .data = said };
  tell (NULL);
  tell (&silent);
  g_assert_cmpstr (said->str, ==, "");
  tell (&phases);
  g_assert_cmpstr (said->str, ==, "phase pull\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/listener", test_listener);
  g_test_add_func ("/report/holes", test_holes);
  return g_test_run ();
}
