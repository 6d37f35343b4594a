/* The man page, in the man(7) macros that groff and mandoc both read.
 *
 * All text goes through put_text(): a dash is written \-, so that options can be copied from the
 * page, and what troff would take for a request or an escape is made harmless. */
#include "base/verb-man.h"

#include <string.h>
#include "common/err.h"

static void
put_text (FILE *out, const char *text)
{
  gboolean line_start = TRUE;

  for (; *text != '\0'; text++)
    {
      if (line_start && (*text == '.' || *text == '\''))
        fputs ("\\&", out);
      line_start = *text == '\n';
      if (*text == '\\')
        fputs ("\\e", out);
      else if (*text == '-')
        fputs ("\\-", out);
      else if (*text == '\'')
        fputs ("\\(aq", out);
      else
        fputc (*text, out);
    }
}

/* `text` in the font `font`, 'B' or 'I'. */
static void
put_font (FILE *out, char font, const char *text)
{
  fprintf (out, "\\f%c", font);
  put_text (out, text);
  fputs ("\\fR", out);
}

static gboolean
is_heading (const char *paragraph)
{
  gboolean letters = FALSE;

  for (; *paragraph != '\0'; paragraph++)
    {
      letters |= g_ascii_isupper (*paragraph);
      if (!g_ascii_isupper (*paragraph) && *paragraph != ' ')
        return FALSE;
    }
  return letters;
}

static void
put_details (FILE *out, const char *details)
{
  g_auto (GStrv) paragraphs = g_strsplit (details, "\n\n", -1);

  for (char **paragraph = paragraphs; *paragraph != NULL; paragraph++)
    {
      gboolean verbatim = **paragraph == ' ';

      if (is_heading (*paragraph))
        fputs (".SH ", out);
      else
        fputs (verbatim ? ".PP\n.nf\n" : ".PP\n", out);
      put_text (out, *paragraph);
      fputs (verbatim ? "\n.fi\n" : "\n", out);
    }
}

static void
put_option (FILE *out, const HdOption *option)
{
  char short_form[] = { '-', option->short_name, '\0' };

  fputs (".TP\n", out);
  if (option->short_name != '\0')
    {
      put_font (out, 'B', short_form);
      fputs (", ", out);
    }
  fputs ("\\fB\\-\\-", out);
  put_text (out, option->name);
  fputs ("\\fR", out);
  if (option->arg != NULL)
    {
      fputc ('=', out);
      put_font (out, 'I', option->arg);
    }
  fputc ('\n', out);
  put_text (out, option->help);
  fputs (".\n", out);
}

static void
put_verb (FILE *out, const HdProgram *program, const HdVerb *verb)
{
  fputs (".SS \"", out);
  put_text (out, program->name);
  fputc (' ', out);
  put_text (out, verb->path);
  fputs ("\"\n", out);
  put_font (out, 'B', program->name);
  fputc (' ', out);
  put_font (out, 'B', verb->path);
  fputs (" [\\fIOPTION\\fR...]", out);
  if (*verb->args != '\0')
    {
      fputc (' ', out);
      put_font (out, 'I', verb->args);
    }
  fputs ("\n.PP\n", out);
  put_text (out, verb->summary);
  fputs (".\n", out);
  if (verb->details != NULL)
    put_details (out, verb->details);
  for (const HdOption *option = verb->options; option != NULL && option->name != NULL; option++)
    put_option (out, option);
}

static void
put_exit_statuses (FILE *out)
{
  fputs (".SH EXIT STATUS\n", out);
  for (int code = 0; code < HD_N_CODES; code++)
    {
      fprintf (out, ".TP\n.B %d\n", hd_code_exit_status ((hd_code)code));
      put_text (out, hd_code_summary ((hd_code)code));
      fputs (".\n", out);
    }
}

void
hd_program_write_man (const HdProgram *program, int section, FILE *out)
{
  g_autofree char *title = g_ascii_strup (program->name, -1);
  g_autofree const HdVerb **verbs = hd_program_verbs (program);
  static const HdOption help[] = {
    { "help", 'h', HD_OPT_FLAG, NULL, "Explain the program, a group or a verb" },
    { "version", 0, HD_OPT_FLAG, NULL, "Print the version" },
    { NULL },
  };

  fputs (".TH ", out);
  put_text (out, title);
  fprintf (out, " %d \"\" \"%s %s\"\n.SH NAME\n", section, program->name, program->version);
  put_text (out, program->name);
  fputs (" \\- ", out);
  put_text (out, program->summary);
  fputs ("\n.SH SYNOPSIS\n", out);
  put_font (out, 'B', program->name);
  fputs (" \\fIVERB\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n.SH VERBS\n", out);
  for (const HdVerb **verb = verbs; *verb != NULL; verb++)
    put_verb (out, program, *verb);
  fputs (".SH COMMON OPTIONS\n", out);
  for (const HdOption *option = program->options; option->name != NULL; option++)
    put_option (out, option);
  for (const HdOption *option = help; option->name != NULL; option++)
    put_option (out, option);
  put_exit_statuses (out);
  if (program->details != NULL)
    put_details (out, program->details);
}
