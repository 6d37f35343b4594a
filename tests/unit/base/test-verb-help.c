/* base/verb-help: golden texts, and the width of every line. */
#include "sample-program.h"
#include <stdlib.h>
#include <string.h>
#include "base/verb-help.h"

static char *
group_help (const char *group)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream (&text, &size);

  hd_group_help (&sample_program, group, out);
  fclose (out);
  return text;
}

static char *
verb_help (const char *path)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream (&text, &size);

  hd_verb_help (&sample_program, hd_program_find (&sample_program, path), out);
  fclose (out);
  return text;
}

static void
assert_width (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    g_assert_cmpint (g_utf8_strlen (*line, -1), <=, 80);
}

static void
test_program (void)
{
  char *text = group_help ("");

  g_assert_cmpstr (text, ==,
                   "Usage: sample-tool VERB [OPTION...] [ARGUMENT...]\n"
                   "\n"
                   "change a host in one step\n"
                   "\n"
                   "Verbs:\n"
                   "  host upgrade [COMMIT]     Upgrade to what is newest\n"
                   "  host rollback             Go back to the previous deployment\n"
                   "  run IMAGE [COMMAND...]    Run a container\n"
                   "  volume create NAME        Make a volume\n"
                   "  volume snapshot list      List snapshots\n"
                   "\n"
                   "Common options:\n"
                   "      --sysroot=PATH        Work on the sysroot at PATH\n"
                   "  -v, --verbose             Say more\n"
                   "  -h, --help                Explain the program, a group or a verb\n"
                   "      --version             Print the version\n"
                   "\n"
                   "\"sample-tool VERB --help\" explains a verb.\n");
  free (text);
}

static void
test_group (void)
{
  char *text = group_help ("volume");

  g_assert_true (g_str_has_prefix (text, "Usage: sample-tool volume VERB [OPTION...] "));
  g_assert_nonnull (strstr (text, "\n  create NAME               Make a volume\n"));
  g_assert_nonnull (strstr (text, "\n  snapshot list             List snapshots\n"));
  g_assert_null (strstr (text, "upgrade"));
  free (text);
}

static void
test_verb (void)
{
  char *text = verb_help ("host upgrade");

  assert_width (text);
  g_assert_cmpstr (
      text, ==,
      "Usage: sample-tool host upgrade [OPTION...] [COMMIT]\n"
      "\n"
      "Upgrade to what is newest\n"
      "\n"
      "Downloads, verifies and stages it; the running system stays as it is until the\n"
      "next reboot, and then comes back.\n"
      "\n"
      "  atomic host upgrade --check\n"
      "  .dot\n"
      "\n"
      "Don't worry: C:\\ is no path here.\n"
      "\n"
      "Options:\n"
      "  -c, --check               Say whether there is something newer, and change\n"
      "                            nothing\n"
      "  -q, --quick               Leave out what can be left out\n"
      "  -j, --jobs=N              Use N jobs\n"
      "      --limit=SIZE          Download no more than SIZE\n"
      "  -a, --append=ARG          Append ARG, which may be given more than once\n"
      "\n"
      "Common options:\n"
      "      --sysroot=PATH        Work on the sysroot at PATH\n"
      "  -v, --verbose             Say more\n"
      "  -h, --help                Explain the program, a group or a verb\n");
  free (text);
}

static void
test_bare_verb (void)
{
  char *text = verb_help ("host rollback");

  g_assert_true (g_str_has_prefix (text, "Usage: sample-tool host rollback [OPTION...]\n\n"
                                         "Go back to the previous deployment\n\n"
                                         "Common options:\n"));
  free (text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verb-help/program", test_program);
  g_test_add_func ("/verb-help/group", test_group);
  g_test_add_func ("/verb-help/verb", test_verb);
  g_test_add_func ("/verb-help/bare-verb", test_bare_verb);
  return g_test_run ();
}
