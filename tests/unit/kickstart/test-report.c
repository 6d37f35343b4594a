/* Findings are sorted, counted and harmless to print. */
#include "kickstart/report.h"

static char *
printed (const HdKsReport *report)
{
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream (&text, &length);

  hd_ks_report_print (report, out);
  fclose (out);
  return text;
}

static void
test_order (void)
{
  g_autoptr (HdKsReport) report = hd_ks_report_new ();
  const char *file = hd_ks_report_file (report, "b.ks");
  g_autofree char *text = NULL;

  hd_ks_error (report, (HdKsPlace){ file, 10, 2 }, "do it", "late");
  hd_ks_warn (report, (HdKsPlace){ file, 9, 3 }, NULL, "first of %s", "two");
  hd_ks_error (report, (HdKsPlace){ file, 9, 1 }, NULL, "second of two");
  hd_ks_warn (report, (HdKsPlace){ hd_ks_report_file (report, "a.ks"), 0, 0 }, NULL, "whole");
  text = printed (report);
  g_assert_cmpstr (text, ==,
                   "warning: a.ks: whole\n"
                   "warning: b.ks:9:3: first of two\n"
                   "error: b.ks:9:1: second of two\n"
                   "error: b.ks:10:2: late\n"
                   "hint: do it\n");
  g_assert_cmpuint (hd_ks_report_count (report, HD_KS_ERROR), ==, 2);
  g_assert_cmpuint (hd_ks_report_count (report, HD_KS_WARNING), ==, 2);
  g_assert_true (hd_ks_report_file (report, "b.ks") == file);
}

static void
test_control_characters (void)
{
  g_autoptr (HdKsReport) report = hd_ks_report_new ();
  g_autofree char *text = NULL;

  hd_ks_error (report, (HdKsPlace){ hd_ks_report_file (report, "a\033.ks"), 1, 1 }, "x\ny", "a\tb");
  text = printed (report);
  g_assert_cmpstr (text, ==,
                   "error: a\xef\xbf\xbd.ks:1:1: a\xef\xbf\xbd"
                   "b\nhint: x\xef\xbf\xbdy\n");
}

static void
test_limit (void)
{
  g_autoptr (HdKsReport) report = hd_ks_report_new ();
  HdKsPlace place = { hd_ks_report_file (report, "a"), 1, 1 };
  g_autofree char *text = NULL;

  for (int i = 0; i < HD_KS_MAX_FINDINGS + 7; i++)
    hd_ks_error (report, place, NULL, "again");
  text = printed (report);
  g_assert_cmpuint (hd_ks_report_length (report), ==, HD_KS_MAX_FINDINGS);
  g_assert_cmpuint (hd_ks_report_count (report, HD_KS_ERROR), ==, HD_KS_MAX_FINDINGS + 7);
  g_assert_true (g_str_has_suffix (text, "again\nand 7 more\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kickstart/report/order", test_order);
  g_test_add_func ("/kickstart/report/control-characters", test_control_characters);
  g_test_add_func ("/kickstart/report/limit", test_limit);
  return g_test_run ();
}
