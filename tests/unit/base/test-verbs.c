/* base/verbs: what an invocation holds, and what is said of one that is wrong. */
#include "sample-program.h"
#include <stdlib.h>
#include <string.h>
#include "base/verbs.h"

#define MAX_WORDS 12

/* Run the program with words separated by spaces ("_" stands for a space in one). */
static int
run_words (const char *line)
{
  g_autofree char *command = g_strconcat ("sample-tool ", line, NULL);
  g_auto (GStrv) words = g_strsplit (g_strchomp (command), " ", MAX_WORDS);

  for (char **word = words; *word != NULL; word++)
    g_strdelimit (*word, "_", ' ');
  return hd_verbs_main (&sample_program, (int)g_strv_length (words), words);
}

static GString *described;

/* Write down what the invocation holds. */
static int
describe (const HdInvocation *inv)
{
  const char *sysroot = hd_inv_string (inv, "sysroot");

  g_assert_true (hd_inv_program (inv) == &sample_program);
  g_string_append (described, hd_inv_verb (inv)->path);
  for (guint i = 0; i < hd_inv_n_args (inv); i++)
    g_string_append_printf (described, " <%s>", hd_inv_args (inv)[i]);
  g_assert_null (hd_inv_args (inv)[hd_inv_n_args (inv)]);
  if (sysroot != NULL)
    g_string_append_printf (described, " sysroot=%s", sysroot);
  if (hd_inv_flag (inv, "verbose"))
    g_string_append (described, " verbose");
  if (hd_inv_verb (inv)->options == NULL)
    return 5;
  if (hd_inv_flag (inv, "check"))
    g_string_append (described, " check");
  if (hd_inv_flag (inv, "quick"))
    g_string_append (described, " quick");
  if (hd_inv_given (inv, "jobs"))
    g_string_append_printf (described, " jobs=%d", (int)hd_inv_int (inv, "jobs", -1));
  if (hd_inv_given (inv, "limit"))
    g_string_append_printf (described, " limit=%d", (int)hd_inv_size (inv, "limit", 0));
  for (const char *const *text = hd_inv_strings (inv, "append"); *text != NULL; text++)
    g_string_append_printf (described, " append=%s", *text);
  g_assert_cmpint (hd_inv_int (inv, "limit", -7), ==, hd_inv_given (inv, "limit") ? 0 : -7);
  return 0;
}

static void
test_invocations (void)
{
  static const struct
  {
    const char *line;
    const char *described;
  } cases[] = {
    { "host upgrade", "host upgrade" },
    { "host upgrade abc", "host upgrade <abc>" },
    { "host upgrade abc --check", "host upgrade <abc> check" },
    { "host upgrade --check abc", "host upgrade <abc> check" },
    { "host upgrade -cq", "host upgrade check quick" },
    { "host upgrade -cj3", "host upgrade check jobs=3" },
    { "host upgrade -cj 3", "host upgrade check jobs=3" },
    { "host upgrade --jobs=-3", "host upgrade jobs=-3" },
    { "host upgrade --jobs -3", "host upgrade jobs=-3" },
    { "host upgrade --jobs 3 --jobs 4", "host upgrade jobs=4" },
    { "host upgrade --limit=4K", "host upgrade limit=4096" },
    { "host upgrade -a one --append=two=2 --append three",
      "host upgrade append=one append=two=2 append=three" },
    { "host upgrade --append=", "host upgrade append=" },
    { "host upgrade -- --check", "host upgrade <--check>" },
    { "host upgrade -", "host upgrade <->" },
    { "--sysroot=/x host upgrade", "host upgrade sysroot=/x" },
    { "host --sysroot /x upgrade", "host upgrade sysroot=/x" },
    { "host upgrade -v --sysroot /x", "host upgrade sysroot=/x verbose" },
    { "host rollback -v", "host rollback verbose" },
    { "run -c image sh -c echo --verbose", "run <image> <sh> <-c> <echo> <--verbose> check" },
    { "run image -- x", "run <image> <--> <x>" },
    { "volume snapshot list", "volume snapshot list" },
    { "host upgrade a_b", "host upgrade <a b>" },
  };

  sample_run = describe;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gboolean no_options = strstr (cases[i].line, "rollback") || strstr (cases[i].line, "volume");

      described = g_string_new (NULL);
      g_test_message ("%s", cases[i].line);
      g_assert_cmpint (run_words (cases[i].line), ==, no_options ? 5 : 0);
      g_assert_cmpstr (described->str, ==, cases[i].described);
      g_string_free (described, TRUE);
    }
}

static const struct
{
  const char *line;
  const char *stderr_pattern;
} mistakes[] = {
  { "host upgrad", "error: sample-tool host has no verb \"upgrad\"\n"
                   "hint: did you mean \"sample-tool host upgrade\"?\n" },
  { "hots upgrade", "error: sample-tool has no verb \"hots\"\n"
                    "hint: did you mean \"sample-tool host\"?\n" },
  { "upgrade", "error: sample-tool has no verb \"upgrade\"\n"
               "hint: did you mean \"sample-tool host upgrade\"?\n" },
  { "volume frobnicate", "error: sample-tool volume has no verb \"frobnicate\"\n"
                         "hint: see \"sample-tool volume --help\"\n" },
  { "host upgrade --chek", "error: sample-tool host upgrade has no option --chek\n"
                           "hint: did you mean --check?\n" },
  { "host upgrade --sysrot=/", "error: sample-tool host upgrade has no option --sysrot\n"
                               "hint: did you mean --sysroot?\n" },
  { "host rollback --check", "error: sample-tool host rollback has no option --check\n"
                             "hint: see \"sample-tool host rollback --help\"\n" },
  { "host upgrade -cx",
    "error: unknown option -x\nhint: see \"sample-tool host upgrade --help\"\n" },
  { "host upgrade --check=yes", "error: --check is true or false, not \"yes\"\nhint: see *\n" },
  { "host upgrade --jobs", "error: --jobs wants N\nhint: see *\n" },
  { "host upgrade -j", "error: --jobs wants N\nhint: see *\n" },
  { "host upgrade --jobs=many", "error: --jobs wants a whole number, not \"many\"\nhint: see *\n" },
  { "host upgrade --limit=1X", "error: --limit wants a size as 512M or 4G, not \"1X\"\nhint: *\n" },
  { "host upgrade a b", "error: too many arguments, from \"b\" on: "
                        "sample-tool host upgrade [OPTION...] [COMMIT]\nhint: see *\n" },
  { "volume create", "error: an argument is missing: sample-tool volume create [OPTION...] NAME\n"
                     "hint: see *\n" },
  { "", "Usage: sample-tool VERB *" },
  { "host", "Usage: sample-tool host VERB *" },
};

static int
must_not_run (const HdInvocation *inv)
{
  g_assert_not_reached ();
}

static void
test_mistake (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  if (g_test_subprocess ())
    {
      sample_run = must_not_run;
      exit (run_words (mistakes[i].line) == 2 ? 0 : 1);
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr (mistakes[i].stderr_pattern);
}

static const struct
{
  const char *line;
  const char *stdout_pattern;
} builtins[] = {
  { "--version", "*sample-tool 1.2.3\n*" },
  { "--help", "*Usage: sample-tool VERB *" },
  { "help", "*Usage: sample-tool VERB *" },
  { "host --help", "*Usage: sample-tool host VERB *" },
  { "help host", "*Usage: sample-tool host VERB *" },
  { "host upgrade --help", "*Usage: sample-tool host upgrade *" },
  { "host upgrade a b c -h", "*Usage: sample-tool host upgrade *" },
  { "help volume create", "*Usage: sample-tool volume create *" },
  { "--dump-man", "*.TH SAMPLE*" },
  { "--dump-completion=bash", "*complete -F _sample_tool sample-tool\n*" },
};

static void
test_builtin (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  if (g_test_subprocess ())
    {
      sample_run = must_not_run;
      exit (run_words (builtins[i].line));
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout (builtins[i].stdout_pattern);
  g_test_trap_assert_stderr ("");
}

static int
complain (const HdInvocation *inv)
{
  return hd_inv_usage_error (inv, "%s cannot be", "this");
}

static void
test_usage_error (void)
{
  if (g_test_subprocess ())
    {
      sample_run = complain;
      exit (run_words ("host upgrade") == 2 ? 0 : 1);
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr (
      "error: this cannot be\nhint: see \"sample-tool host upgrade --help\"\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verbs/invocations", test_invocations);
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/verbs/mistake/%u", i);
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_mistake);
    }
  for (guint i = 0; i < G_N_ELEMENTS (builtins); i++)
    {
      g_autofree char *path = g_strdup_printf ("/verbs/builtin/%u", i);
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_builtin);
    }
  g_test_add_func ("/verbs/usage-error", test_usage_error);
  return g_test_run ();
}
