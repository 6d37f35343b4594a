/* atomic-install: options to a mode, a file to its value, the value to findings or a plan. */
#include <locale.h>
#include <string.h>

#include "base/error.h"
#include "base/verb-table.h"
#include "common/parse.h"
#include "kickstart/loader.h"
#include "kickstart/manual.h"
#include "kickstart/plan.h"
#include "kickstart/rules.h"

static const HdOption options[] = {
  { "check", 0, HD_OPT_FLAG, NULL, "Say what is wrong with FILE, and do nothing" },
  { "dry-run", 'n', HD_OPT_FLAG, NULL, "Print what FILE would do, and do nothing" },
  { "strict", 0, HD_OPT_FLAG, NULL, "Take warnings for errors" },
  { "quiet", 'q', HD_OPT_FLAG, NULL, "Print no warnings" },
  { "describe", 0, HD_OPT_STRING, "COMMAND", "Explain a command, or a section as %post" },
  { "commands", 0, HD_OPT_FLAG, NULL, "List all commands and sections" },
  { "help", 'h', HD_OPT_FLAG, NULL, "Explain the program" },
  { "version", 0, HD_OPT_FLAG, NULL, "Print the version" },
  { NULL },
};

typedef struct
{
  const char *given[G_N_ELEMENTS (options)]; /* "" for flags */
  const char *file;
  gboolean dump_man; /* for the build */
} Request;

static const char *
given (const Request *request, const char *name)
{
  for (const HdOption *option = options; option->name != NULL; option++)
    if (strcmp (option->name, name) == 0)
      return request->given[option - options];
  g_assert_not_reached ();
}

/* ---- The command line ---- */

static gboolean
throw_unknown (const char *word, GError **error)
{
  const char *names[G_N_ELEMENTS (options)] = { NULL };
  g_autofree char *name = g_strndup (word + 2, strcspn (word + 2, "="));
  g_autofree char *hint = NULL;
  const char *nearest;

  for (gsize i = 0; options[i].name != NULL; i++)
    names[i] = options[i].name;
  nearest = hd_nearest_word (name, names);
  hint = nearest != NULL ? g_strdup_printf ("did you mean --%s?", nearest)
                         : g_strdup ("see \"atomic-install --help\"");
  return hd_throw (error, HD_USAGE, hint, "atomic-install has no option %s", word);
}

static gboolean
take_option (Request *request, char ***words, GError **error)
{
  const char *word = *(*words)++;
  const char *value = strchr (word, '=');
  const HdOption *option = word[1] == '-'
                               ? hd_option_find_long (options, word + 2, strcspn (word + 2, "="))
                           : word[2] == '\0' ? hd_option_find_short (options, word[1])
                                             : NULL;

  if (strcmp (word, "--dump-man") == 0)
    {
      request->dump_man = TRUE;
      return TRUE;
    }
  if (option == NULL)
    return throw_unknown (word, error);
  if (option->type == HD_OPT_FLAG && value != NULL)
    return hd_throw (error, HD_USAGE, NULL, "--%s takes no value", option->name);
  if (option->type == HD_OPT_FLAG)
    value = "";
  else if (value != NULL)
    value++;
  else if (**words != NULL)
    value = *(*words)++;
  else
    return hd_throw (error, HD_USAGE, NULL, "--%s wants %s", option->name, option->arg);
  request->given[option - options] = value;
  return TRUE;
}

static gboolean
parse_command_line (Request *request, char **words, GError **error)
{
  while (*words != NULL)
    {
      if (words[0][0] == '-' && words[0][1] != '\0')
        {
          if (!take_option (request, &words, error))
            return FALSE;
        }
      else if (request->file != NULL)
        return hd_throw (error, HD_USAGE, NULL, "one kickstart file at a time, and not %s, too",
                         *words);
      else
        request->file = *words++;
    }
  return TRUE;
}

static void
print_help (FILE *out)
{
  fputs ("usage: atomic-install --check|--dry-run [OPTION...] FILE\n"
         "       atomic-install --describe=COMMAND\n\n"
         "Install an atomic host by a kickstart file; \"-\" is standard input.\n\n",
         out);
  for (const HdOption *option = options; option->name != NULL; option++)
    {
      g_autofree char *name
          = g_strdup_printf ("--%s%s%s", option->name, option->arg != NULL ? "=" : "",
                             option->arg != NULL ? option->arg : "");
      g_autofree char *short_name
          = option->short_name != 0 ? g_strdup_printf ("-%c,", option->short_name) : g_strdup ("");
      fprintf (out, "  %3s %-22s%s\n", short_name, name, option->help);
    }
}

/* ---- What is asked for ---- */

static int
describe (const char *name)
{
  g_autofree char *section = g_strconcat ("%", name, NULL);
  const HdKsCommand *row = hd_ks_command_find (name);
  g_autofree char *nearest = NULL;
  g_autofree char *hint = NULL;
  g_autoptr (GError) error = NULL;

  if (row == NULL)
    row = hd_ks_section_find (name);
  if (row == NULL)
    row = hd_ks_section_find (section);
  if (row != NULL)
    {
      hd_ks_describe (row, stdout);
      return 0;
    }
  nearest = name[0] == '%' ? hd_ks_section_nearest (name) : hd_ks_command_nearest (name);
  hint = nearest != NULL ? g_strdup_printf ("did you mean \"%s\"?", nearest)
                         : g_strdup ("see \"atomic-install --commands\"");
  hd_throw (&error, HD_USAGE, hint, "kickstart has no command \"%s\"", name);
  return hd_error_report (error);
}

/* Print the findings; whether the file may be carried out. */
static gboolean
report (const Request *request, const HdKickstart *kickstart)
{
  guint errors = hd_ks_report_count (kickstart->report, HD_KS_ERROR);
  guint warnings = hd_ks_report_count (kickstart->report, HD_KS_WARNING);
  gboolean strict = given (request, "strict") != NULL;

  if (given (request, "quiet") == NULL || errors > 0 || strict)
    hd_ks_report_print (kickstart->report, stderr);
  return errors == 0 && (!strict || warnings == 0);
}

static int
check (const Request *request, const HdKickstart *kickstart)
{
  gboolean good = report (request, kickstart);

  printf ("%s: %u commands, %u sections: %u errors, %u warnings\n", request->file,
          kickstart->commands->len, kickstart->sections->len,
          hd_ks_report_count (kickstart->report, HD_KS_ERROR),
          hd_ks_report_count (kickstart->report, HD_KS_WARNING));
  return hd_code_exit_status (good ? HD_OK : HD_CONFIG);
}

static int
dry_run (const Request *request, const HdKickstart *kickstart)
{
  g_autoptr (HdKsPlan) plan = NULL;
  g_autoptr (GError) error = NULL;

  if (!report (request, kickstart))
    return hd_code_exit_status (HD_CONFIG);
  if (!hd_ks_installable (kickstart, &error))
    return hd_error_report (error);
  plan = hd_ks_plan_new (kickstart);
  hd_ks_plan_print (plan, stdout);
  return 0;
}

static int
run_file (const Request *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (HdKickstart) kickstart = NULL;
  g_autofree char *text = NULL;
  gsize length;

  if (!hd_ks_load (request->file, &text, &length, &error))
    return hd_error_report (error);
  kickstart = hd_ks_parse (request->file, text, length, &hd_ks_file_loader);
  hd_ks_rules (kickstart);
  return given (request, "check") != NULL ? check (request, kickstart)
                                          : dry_run (request, kickstart);
}

static int
run (const Request *request)
{
  g_autoptr (GError) error = NULL;

  if (given (request, "help") != NULL)
    print_help (stdout);
  else if (given (request, "version") != NULL)
    printf ("atomic-install %s\n", ATOMIC_VERSION);
  else if (request->dump_man)
    hd_ks_write_man (options, ATOMIC_VERSION, stdout);
  else if (given (request, "commands") != NULL)
    hd_ks_list_commands (stdout);
  else if (given (request, "describe") != NULL)
    return describe (given (request, "describe"));
  else if (request->file == NULL)
    {
      hd_throw (&error, HD_USAGE, "see \"atomic-install --help\"", "no kickstart file is named");
      return hd_error_report (error);
    }
  else if ((given (request, "check") != NULL) == (given (request, "dry-run") != NULL))
    {
      hd_throw (&error, HD_USAGE, "see \"atomic-install --help\"", "say --check or --dry-run");
      return hd_error_report (error);
    }
  else
    return run_file (request);
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Request request = { { NULL } };

  setlocale (LC_CTYPE, "C.UTF-8");
  if (!parse_command_line (&request, argv + (argc > 0), &error))
    return hd_error_report (error);
  return run (&request);
}
