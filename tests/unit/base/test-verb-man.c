/* base/verb-man: what troff would misread is escaped, everything is there, and groff agrees. */
#include "sample-program.h"
#include <stdlib.h>
#include <string.h>
#include "base/spawn.h"
#include "base/verb-man.h"
#include "common/err.h"

static char *
write_page (void)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream (&text, &size);

  hd_program_write_man (&sample_program, 8, out);
  fclose (out);
  return text;
}

static void
assert_has (const char *text, const char *part)
{
  g_test_message ("%s", part);
  g_assert_nonnull (strstr (text, part));
}

static void
test_source (void)
{
  char *page = write_page ();

  g_assert_true (g_str_has_prefix (page, ".TH SAMPLE\\-TOOL 8 \"\" \"sample-tool 1.2.3\"\n"
                                         ".SH NAME\nsample\\-tool \\- change a host"));
  assert_has (page, ".SS \"sample\\-tool host upgrade\"\n");
  assert_has (page, ".TP\n\\fB\\-j\\fR, \\fB\\-\\-jobs\\fR=\\fIN\\fR\nUse N jobs.\n");
  assert_has (page, ".nf\n  atomic host upgrade \\-\\-check\n  .dot\n.fi\n");
  assert_has (page, "Don\\(aqt worry: C:\\e is");
  assert_has (page, ".SH FILES\n.PP\n.nf\n  /etc/sample\n.fi\n");
  free (page);
}

static void
test_exit_statuses (void)
{
  char *page = write_page ();

  for (int code = 0; code < HD_N_CODES; code++)
    {
      g_autofree char *item = g_strdup_printf (".TP\n.B %d\n%.4s", hd_code_exit_status (code),
                                               hd_code_summary (code));
      assert_has (page, item);
    }
  free (page);
}

/* groff reads the page with all its warnings on, and says nothing. */
static void
test_groff (void)
{
  static const char *const argv[] = { "groff", "-man", "-Tutf8", "-P-cbou", NULL };
  g_autofree char *program = g_find_program_in_path ("groff");
  g_autoptr (GError) error = NULL;
  g_autofree char *warnings = NULL;
  g_autofree char *rendered = NULL;
  char *page = write_page ();
  HdSpawn options = { .stdin_text = page, .capture_stdout = TRUE };

  if (program == NULL)
    g_test_skip ("groff is not installed");
  else
    {
      const char *const with_stderr[] = { "sh", "-c", "groff -man -Tutf8 -ww -z 2>&1", NULL };
      g_assert_true (hd_spawn_run (argv, &options, &rendered, NULL, &error));
      g_assert_no_error (error);
      assert_has (rendered, "/etc/sample");
      assert_has (rendered, "EXIT STATUS");
      g_assert_true (hd_spawn_run (with_stderr, &options, &warnings, NULL, &error));
      g_assert_cmpstr (warnings, ==, "");
    }
  free (page);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verb-man/source", test_source);
  g_test_add_func ("/verb-man/exit-statuses", test_exit_statuses);
  g_test_add_func ("/verb-man/groff", test_groff);
  return g_test_run ();
}
