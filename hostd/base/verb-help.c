/* Help texts for a terminal, from the verb tables; 80 columns. */
#include "base/verb-help.h"

#include <string.h>

#define COLUMNS 80
/* Where the explanations of options and verbs begin. */
#define HELP_COLUMN 28

/* Print `text` filled, its first word at `column`, further lines at `indent`. */
static void
print_filled (FILE *out, const char *text, int column, int indent)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \n", -1);
  gboolean first = TRUE;

  for (char **word = words; *word != NULL; word++)
    {
      int width = (int)g_utf8_strlen (*word, -1);
      if (width == 0)
        continue;
      if (!first && column + 1 + width > COLUMNS)
        {
          fprintf (out, "\n%*s", indent, "");
          column = indent;
        }
      else if (!first)
        {
          fputc (' ', out);
          column++;
        }
      fputs (*word, out);
      column += width;
      first = FALSE;
    }
  fputc ('\n', out);
}

static void
print_details (FILE *out, const char *details)
{
  g_auto (GStrv) paragraphs = g_strsplit (details, "\n\n", -1);

  for (char **paragraph = paragraphs; *paragraph != NULL; paragraph++)
    {
      fputc ('\n', out);
      if (**paragraph == ' ')
        fprintf (out, "%s\n", *paragraph);
      else
        print_filled (out, *paragraph, 0, 0);
    }
}

/* One row of two columns; a left side that is too long stands on a line of its own. */
static void
print_row (FILE *out, const char *left, const char *right)
{
  int width = (int)g_utf8_strlen (left, -1);

  fputs (left, out);
  if (width + 2 > HELP_COLUMN)
    fprintf (out, "\n%*s", HELP_COLUMN, "");
  else
    fprintf (out, "%*s", HELP_COLUMN - width, "");
  print_filled (out, right, HELP_COLUMN, HELP_COLUMN);
}

static void
print_option (FILE *out, const HdOption *option)
{
  char short_form[] = "    ";
  g_autofree char *left = NULL;

  if (option->short_name != '\0')
    {
      short_form[0] = '-';
      short_form[1] = option->short_name;
      short_form[2] = ',';
    }
  left = g_strdup_printf ("  %s--%s%s%s", short_form, option->name, option->arg != NULL ? "=" : "",
                          option->arg != NULL ? option->arg : "");
  print_row (out, left, option->help);
}

static void
print_options (FILE *out, const char *title, const HdOption *options)
{
  if (options == NULL || options->name == NULL)
    return;
  fprintf (out, "\n%s:\n", title);
  for (; options->name != NULL; options++)
    print_option (out, options);
}

/* The program's options, with those that every program has. */
static void
print_common_options (const HdProgram *program, gboolean version, FILE *out)
{
  print_options (out, "Common options", program->options);
  if (program->options->name == NULL)
    fputs ("\nCommon options:\n", out);
  print_row (out, "  -h, --help", "Explain the program, a group or a verb");
  if (version)
    print_row (out, "      --version", "Print the version");
}

char *
hd_verb_usage (const HdProgram *program, const HdVerb *verb)
{
  return g_strconcat (program->name, " ", verb->path, " [OPTION...]",
                      *verb->args != '\0' ? " " : "", verb->args, NULL);
}

void
hd_verb_help (const HdProgram *program, const HdVerb *verb, FILE *out)
{
  g_autofree char *usage = hd_verb_usage (program, verb);

  fprintf (out, "Usage: %s\n\n", usage);
  print_filled (out, verb->summary, 0, 0);
  if (verb->details != NULL)
    print_details (out, verb->details);
  print_options (out, "Options", verb->options);
  print_common_options (program, FALSE, out);
}

void
hd_group_help (const HdProgram *program, const char *group, FILE *out)
{
  g_autofree const HdVerb **verbs = hd_program_verbs (program);
  const char *gap = *group != '\0' ? " " : "";
  gsize skip = *group != '\0' ? strlen (group) + 1 : 0;

  fprintf (out, "Usage: %s%s%s VERB [OPTION...] [ARGUMENT...]\n", program->name, gap, group);
  if (*group == '\0')
    fprintf (out, "\n%s\n", program->summary);
  fputs ("\nVerbs:\n", out);
  for (const HdVerb **verb = verbs; *verb != NULL; verb++)
    if (hd_verb_is_below (*verb, group))
      {
        const char *name = (*verb)->path + skip;
        g_autofree char *left
            = g_strconcat ("  ", name, *(*verb)->args != '\0' ? " " : "", (*verb)->args, NULL);
        print_row (out, left, (*verb)->summary);
      }
  print_common_options (program, TRUE, out);
  fprintf (out, "\n\"%s%s%s VERB --help\" explains a verb.\n", program->name, gap, group);
}
