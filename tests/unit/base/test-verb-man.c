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

  hd_program_write_man (&sample_program, out);
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
  assert_has (
      page, ".SH FILES\n.nf\n  /etc/sample\n.fi\n.PP\nRead at start.\n.PP\n\\&.profile is not.\n");
  assert_has (page, "names.\n.SS [Image]\n.TP\n.B Suite=\nthe suite, don\\(aqt leave it out.\n"
                    ".TP\n.B Name=\nthe name.\n.SS [Disk]\n.TP\n.B Size=\nits size.\n");
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

/* A program with statuses of its own has no others. */
static void
test_own_statuses (void)
{
  static const HdExitStatus statuses[] = { { "128+N", "Ended by signal N" }, { NULL } };
  HdProgram program = sample_program;
  char *page = NULL;
  size_t size;
  FILE *out = open_memstream (&page, &size);

  program.exit_statuses = statuses;
  hd_program_write_man (&program, out);
  fclose (out);
  assert_has (page, ".SH EXIT STATUS\n.TP\n.B 128+N\nEnded by signal N.\n.");
  g_assert_null (strstr (page, "The worker died"));
  free (page);
}

/* Lines are broken at spaces, and none begins with what troff would take for a request. */
static void
test_lines (void)
{
  char *page = write_page ();
  g_auto (GStrv) lines = g_strsplit (page, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      g_test_message ("%s", *line);
      g_assert_cmpuint (strlen (*line), <=, 80);
      if (**line == '.')
        g_assert_true (g_ascii_isupper ((*line)[1]) || (*line)[1] == 'n' || (*line)[1] == 'f');
    }
  free (page);
}

static char *
run_with_page (const char *command, const char *page)
{
  const char *const argv[] = { "sh", "-c", command, NULL };
  HdSpawn options = { .stdin_text = page, .capture_stdout = TRUE };
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  gboolean good = hd_spawn_run (argv, &options, &output, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (good);
  return output;
}

/* groff reads the page with all its warnings on, and says nothing. */
static void
test_groff (void)
{
  char *page = write_page ();
  g_autofree char *rendered = run_with_page ("groff -man -Tutf8 -P-cbou", page);
  g_autofree char *warnings = run_with_page ("groff -man -Tutf8 -ww -z 2>&1", page);

  assert_has (rendered, "/etc/sample");
  assert_has (rendered, "EXIT STATUS");
  g_assert_cmpstr (warnings, ==, "");
  free (page);
}

/* mandoc knows what other readers of man pages stumble over; that there is no date is meant. */
static void
test_mandoc (void)
{
  char *page = write_page ();
  g_autofree char *complaints
      = run_with_page ("mandoc -Tlint -Wall | grep -v 'missing date' || true", page);

  g_assert_cmpstr (complaints, ==, "");
  free (page);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verb-man/source", test_source);
  g_test_add_func ("/verb-man/exit-statuses", test_exit_statuses);
  g_test_add_func ("/verb-man/own-statuses", test_own_statuses);
  g_test_add_func ("/verb-man/lines", test_lines);
  g_test_add_func ("/verb-man/groff", test_groff);
  g_test_add_func ("/verb-man/mandoc", test_mandoc);
  return g_test_run ();
}
