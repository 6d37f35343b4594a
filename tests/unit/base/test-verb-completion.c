/* base/verb-completion: bash itself runs the script and says what it would offer. */
#include "sample-program.h"
#include <stdlib.h>
#include "base/spawn.h"
#include "base/verb-completion.h"

static char *
write_script (void)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream (&text, &size);

  hd_program_write_bash_completion (&sample_program, out);
  fclose (out);
  return text;
}

/* What is offered for words of the command line, the last of which is being typed. */
static void
assert_offers (const char *words, const char *expected)
{
  static const char driver[] = "compopt() { echo \"compopt $*\"; }\n"
                               "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                               "_sample_tool\n"
                               "echo \"${COMPREPLY[*]}\"\n";
  const char *const argv[] = { "bash", "--norc", NULL };
  g_autofree char *program = g_find_program_in_path ("bash");
  g_autofree char *input = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  HdSpawn options = { .cwd = "/", .capture_stdout = TRUE };
  char *script = write_script ();

  if (program == NULL)
    {
      g_test_skip ("bash is not installed");
      free (script);
      return;
    }
  input = g_strdup_printf ("set -eu\n%sCOMP_WORDS=(sample-tool %s)\n%s", script, words, driver);
  free (script);
  options.stdin_text = input;
  g_test_message ("%s", words);
  hd_spawn_run (argv, &options, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (output, ==, expected);
}

static void
test_verbs (void)
{
  assert_offers ("\"\"", "host run volume\n");
  assert_offers ("ho", "host\n");
  assert_offers ("host \"\"", "upgrade rollback\n");
  assert_offers ("--verbose host roll", "rollback\n");
  assert_offers ("volume s", "snapshot\n");
  assert_offers ("volume snapshot \"\"", "list\n");
  assert_offers ("host upgrade \"\"", "\n");
}

static void
test_options (void)
{
  assert_offers ("host --v", "--version --verbose\n");
  assert_offers ("host upgrade --",
                 "--help --check --quick --jobs= --limit= --append= --sysroot= --verbose\n");
  assert_offers ("host upgrade --ch", "--check\n");
  assert_offers ("host rollback --sys", "compopt -o nospace\n--sysroot=\n");
}

/* bash hands "--sysroot=un" over as three words. */
static void
test_files (void)
{
  assert_offers ("host upgrade --sysroot = et", "compopt -o filenames\netc\n");
  assert_offers ("host upgrade --sysroot et", "compopt -o filenames\netc\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verb-completion/verbs", test_verbs);
  g_test_add_func ("/verb-completion/options", test_options);
  g_test_add_func ("/verb-completion/files", test_files);
  return g_test_run ();
}
