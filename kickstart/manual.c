/* Rows to text and to man(7). All text goes through escape(): a dash is written \-, so that options
 * can be copied from the page, and what troff would take for a request is made harmless. */
#include "kickstart/manual.h"

#include <string.h>
#include "common/err.h"

#define MAX_COLUMNS 78

/* ---- Versions ---- */

/* "since Fedora 20 and in RHEL 6; until Fedora 34", or NULL. Free with g_free. */
static char *
span_text (const HdKsSpan *span)
{
  static const char *const releases[] = { "RHEL 6", "RHEL 7", "RHEL 8", "RHEL 9", "RHEL 10" };
  g_autoptr (GString) text = g_string_new (NULL);

  if (span->since > 0)
    {
      g_autofree char *name = hd_ks_version_name (span->since);
      g_string_append_printf (text, "since %s", name);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (releases); i++)
    if ((span->also & (1u << i)) != 0)
      g_string_append_printf (text, ", in %s too", releases[i]);
  if (span->deprecated > 0 || span->removed > 0)
    {
      HdKsVersion end = span->removed > 0 ? span->removed : span->deprecated;
      g_autofree char *name = hd_ks_version_name (end);
      g_string_append_printf (text, "%s%s %s", text->len > 0 ? "; " : "",
                              span->removed > 0 ? "removed in" : "deprecated since", name);
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/* ---- Text ---- */

static char *
option_usage (const HdKsOption *option)
{
  g_auto (GStrv) names = g_strsplit (option->names, " ", -1);
  g_autofree char *joined = g_strjoinv (", --", names);

  return g_strdup_printf ("--%s%s%s%s", joined,
                          option->type == HD_KS_MAYBE ? "[="
                          : option->arg != NULL       ? "="
                                                      : "",
                          option->arg != NULL ? option->arg : "",
                          option->type == HD_KS_MAYBE ? "]" : "");
}

static void
describe_option (const HdKsOption *option, FILE *out)
{
  g_autofree char *usage = option_usage (option);
  g_autofree char *span = span_text (&option->span);

  fprintf (out, "  %s\n      %s", usage, option->help);
  if ((option->flags & HD_KS_REQUIRED) != 0)
    fputs ("; needed", out);
  if (option->type == HD_KS_CHOICE)
    fprintf (out, "; one of: %s", option->choices);
  if (span != NULL)
    fprintf (out, " (%s)", span);
  if (option->note != NULL)
    fprintf (out, "\n      Not done: %s", option->note);
  fputc ('\n', out);
}

void
hd_ks_describe (const HdKsCommand *row, FILE *out)
{
  g_auto (GStrv) names = g_strsplit (row->names, " ", -1);
  g_autofree char *span = span_text (&row->span);

  for (char **name = names; *name != NULL; name++)
    fprintf (out, "%s%s%s%s%s\n", name == names ? "usage: " : "       ", *name,
             row->options->names != NULL ? " [OPTION...]" : "", *row->operands != '\0' ? " " : "",
             row->operands);
  fprintf (out, "\n%s", row->summary);
  if (span != NULL)
    fprintf (out, " (%s)", span);
  if ((row->flags & HD_KS_MANY) != 0)
    fputs ("; may be given again", out);
  fputc ('\n', out);
  if (row->note != NULL)
    fprintf (out, "%s: %s\n",
             (row->flags & HD_KS_ABSENT) != 0 ? "Cannot be carried out" : "Not done", row->note);
  if (row->options->names != NULL)
    fputc ('\n', out);
  for (const HdKsOption *option = row->options; option->names != NULL; option++)
    describe_option (option, out);
}

static void
list_table (const HdKsCommand *row, FILE *out)
{
  for (; row->names != NULL; row++)
    {
      g_autofree char *name = hd_ks_first_name (row->names);
      fprintf (out, "  %-22s%s%s\n", name, row->summary,
               row->note == NULL                  ? ""
               : (row->flags & HD_KS_ABSENT) != 0 ? " (cannot be carried out)"
                                                  : " (not done)");
    }
}

void
hd_ks_list_commands (FILE *out)
{
  for (const HdKsCommand *const *table = hd_ks_commands; *table != NULL; table++)
    list_table (*table, out);
  list_table (hd_ks_sections, out);
}

/* ---- man(7) ---- */

static char *
escape (const char *text)
{
  GString *escaped = g_string_new (NULL);

  if (*text == '.' || *text == '\'')
    g_string_append (escaped, "\\&");
  for (; *text != '\0'; text++)
    if (*text == '\\')
      g_string_append (escaped, "\\e");
    else if (*text == '-')
      g_string_append (escaped, "\\-");
    else if (*text == '\'')
      g_string_append (escaped, "\\(aq");
    else
      g_string_append_c (escaped, *text);
  return g_string_free (escaped, FALSE);
}

/* Words in lines of MAX_COLUMNS. */
static void
put_filled (FILE *out, const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \n", -1);
  gsize column = 0;

  for (char **word = words; *word != NULL; word++)
    {
      g_autofree char *escaped = escape (*word);
      gsize length = strlen (escaped);
      if (length == 0)
        continue;
      if (column > 0)
        fputc (column + 1 + length > MAX_COLUMNS ? '\n' : ' ', out);
      column = column == 0 || column + 1 + length > MAX_COLUMNS ? length : column + 1 + length;
      fputs (escaped, out);
    }
  fputc ('\n', out);
}

static void
put_option (FILE *out, const HdKsOption *option)
{
  g_autofree char *usage = option_usage (option);
  g_autofree char *escaped = escape (usage);
  g_autofree char *span = span_text (&option->span);
  g_autoptr (GString) text = g_string_new (option->help);

  if ((option->flags & HD_KS_REQUIRED) != 0)
    g_string_append (text, "; needed");
  if (option->type == HD_KS_CHOICE)
    g_string_append_printf (text, "; one of: %s", option->choices);
  if (span != NULL)
    g_string_append_printf (text, " (%s)", span);
  g_string_append_c (text, '.');
  if (option->note != NULL)
    g_string_append_printf (text, " Not done: %s.", option->note);
  fprintf (out, ".TP\n\\fB%s\\fR\n", escaped);
  put_filled (out, text->str);
}

static void
put_row (FILE *out, const HdKsCommand *row)
{
  g_auto (GStrv) names = g_strsplit (row->names, " ", -1);
  g_autofree char *joined = g_strjoinv (", ", names);
  g_autofree char *heading = escape (joined);
  g_autofree char *span = span_text (&row->span);
  g_autoptr (GString) text = g_string_new (row->summary);

  if (span != NULL)
    g_string_append_printf (text, " (%s)", span);
  if ((row->flags & HD_KS_MANY) != 0)
    g_string_append (text, "; may be given again");
  g_string_append_c (text, '.');
  if (*row->operands != '\0')
    g_string_append_printf (text, " It takes %s.", row->operands);
  if (row->note != NULL)
    g_string_append_printf (text, " %s: %s.",
                            (row->flags & HD_KS_ABSENT) != 0 ? "Cannot be carried out" : "Not done",
                            row->note);
  fprintf (out, ".SS \"%s\"\n", heading);
  put_filled (out, text->str);
  for (const HdKsOption *option = row->options; option->names != NULL; option++)
    put_option (out, option);
}

static void
put_table (FILE *out, const HdKsCommand *row)
{
  for (; row->names != NULL; row++)
    put_row (out, row);
}

static void
put_program_option (FILE *out, const HdOption *option)
{
  g_autofree char *name = escape (option->name);

  fputs (".TP\n", out);
  if (option->short_name != '\0')
    fprintf (out, "\\fB\\-%c\\fR, ", option->short_name);
  fprintf (out, "\\fB\\-\\-%s\\fR", name);
  if (option->arg != NULL)
    fprintf (out, "=\\fI%s\\fR", option->arg);
  fputc ('\n', out);
  put_filled (out, option->help);
}

static const char language[]
    = "A kickstart file has one command a line: a name, options that begin with two dashes, and "
      "operands. Words are separated by spaces and quoted as in Python's shlex: single quotes keep "
      "everything, double quotes everything but a backslash before a double quote or a backslash; "
      "a # that is not quoted begins a comment. There are no continuation lines. A line "
      "\"#version=\""
      " with a name as F40, RHEL9 or DEVEL says for which version of the language the file is "
      "written; what came later, or went before, is then refused. Without it, all that RHEL 7 and "
      "everything newer knows is accepted. Sections begin with a line as \"%post\" and end with "
      "\"%end\".";
static const char includes[]
    = "\"%include FILE\" puts another file in its place; one that a %pre script writes is read "
      "when "
      "the script has run. \"%ksappend FILE\" does the same before anything is carried out. Names "
      "are looked for in the working folder, then beside the file with the line.";
static const char findings[]
    = "Each finding names file, line and column. An error refuses the file: a word that nobody "
      "knows (with the nearest one that is known), a value of the wrong type, commands that "
      "exclude "
      "each other, or a thing that is made twice. What is missing for an installation, or makes no "
      "sense on a disk, is an error in a file with ostreesetup, and a warning in a part of a file. "
      "A warning says what is accepted and not done, and why.";

void
hd_ks_write_man (const HdOption *options, const char *version, FILE *out)
{
  static const hd_code codes[] = { HD_OK, HD_FAILED, HD_USAGE, HD_CONFIG, HD_NOT_FOUND, HD_DENIED };
  g_autofree char *escaped_version = escape (version);

  fprintf (out, ".TH ATOMIC\\-INSTALL 8 \"\" \"atomic\\-install %s\"\n", escaped_version);
  fputs (".SH NAME\natomic\\-install \\- install an atomic host by a kickstart file\n", out);
  fputs (".SH SYNOPSIS\n\\fBatomic\\-install\\fR "
         "\\fB\\-\\-check\\fR|\\fB\\-\\-dry\\-run\\fR|\\fB\\-\\-partition\\fR|"
         "\\fB\\-\\-format\\fR "
         "[\\fIOPTION\\fR...] \\fIFILE\\fR\n.PP\n",
         out);
  fputs ("\\fBatomic\\-install\\fR \\fB\\-\\-describe\\fR=\\fICOMMAND\\fR\n.SH OPTIONS\n", out);
  for (; options->name != NULL; options++)
    put_program_option (out, options);
  fputs (".SH LANGUAGE\n", out);
  put_filled (out, language);
  fputs (".PP\n", out);
  put_filled (out, includes);
  fputs (".SH FINDINGS\n", out);
  put_filled (out, findings);
  fputs (".SH COMMANDS\n", out);
  for (const HdKsCommand *const *table = hd_ks_commands; *table != NULL; table++)
    put_table (out, *table);
  fputs (".SH SECTIONS\n", out);
  put_table (out, hd_ks_sections);
  fputs (".SH EXIT STATUS\n", out);
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      fprintf (out, ".TP\n.B %d\n", hd_code_exit_status (codes[i]));
      put_filled (out, hd_code_summary (codes[i]));
    }
  fputs (".SH SEE ALSO\natomic\\-image(1), atomic(1)\n", out);
}
