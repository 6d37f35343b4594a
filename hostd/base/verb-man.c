/* The man page, in the man(7) macros that groff and mandoc both read.
 *
 * All text goes through put_text(): a dash is written \-, so that options can be copied from the
 * page, and what troff would take for a request or an escape is made harmless. */
#include "base/verb-man.h"

#include <string.h>
#include "common/err.h"

/* Source lines are broken at spaces before this column, as mandoc(1) wants them. */
#define MAX_COLUMNS 78

/* `text` with what troff would misread made harmless; free with g_free. */
static char *
escape (const char *text)
{
  GString *out = g_string_new (NULL);
  gboolean line_start = TRUE;

  for (; *text != '\0'; text++)
    {
      if (line_start && (*text == '.' || *text == '\''))
        g_string_append (out, "\\&");
      line_start = *text == '\n';
      if (*text == '\\')
        g_string_append (out, "\\e");
      else if (*text == '-')
        g_string_append (out, "\\-");
      else if (*text == '\'')
        g_string_append (out, "\\(aq");
      else
        g_string_append_c (out, *text);
    }
  return g_string_free (out, FALSE);
}

static void
put_text (FILE *out, const char *text)
{
  g_autofree char *escaped = escape (text);

  fputs (escaped, out);
}

/* A paragraph in lines of MAX_COLUMNS, with `end` behind its last word. */
static void
put_filled (FILE *out, const char *text, const char *end)
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
      column = column + 1 + length > MAX_COLUMNS ? length : column + 1 + length;
      fputs (escaped, out);
    }
  fprintf (out, "%s\n", end);
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

/* Paragraphs; `after_heading`: a heading stands before the first, which needs no .PP. */
static void
put_details (FILE *out, const char *details, gboolean after_heading)
{
  g_auto (GStrv) paragraphs = g_strsplit (details, "\n\n", -1);

  for (char **paragraph = paragraphs; *paragraph != NULL; paragraph++)
    {
      if (is_heading (*paragraph))
        {
          fprintf (out, ".SH %s\n", *paragraph);
          after_heading = TRUE;
          continue;
        }
      if (!after_heading)
        fputs (".PP\n", out);
      after_heading = FALSE;
      if (**paragraph != ' ')
        {
          put_filled (out, *paragraph, "");
          continue;
        }
      fputs (".nf\n", out);
      put_text (out, *paragraph);
      fputs ("\n.fi\n", out);
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
  put_filled (out, option->help, ".");
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
  put_filled (out, verb->summary, ".");
  if (verb->details != NULL)
    put_details (out, verb->details, FALSE);
  for (const HdOption *option = verb->options; option != NULL && option->name != NULL; option++)
    put_option (out, option);
}

static void
put_exit_statuses (FILE *out, const HdExitStatus *own)
{
  fputs (".SH EXIT STATUS\n", out);
  for (; own != NULL && own->status != NULL; own++)
    {
      fprintf (out, ".TP\n.B %s\n", own->status);
      put_filled (out, own->summary, ".");
    }
  if (own != NULL)
    return;
  for (int code = 0; code < HD_N_CODES; code++)
    {
      fprintf (out, ".TP\n.B %d\n", hd_code_exit_status ((hd_code)code));
      put_filled (out, hd_code_summary ((hd_code)code), ".");
    }
}

/* The keys of the program's files, a subsection for each section. */
static void
put_keys (FILE *out, const HdIniKey *keys)
{
  const char *section = "";

  fputs (".SH FILE FORMAT\n", out);
  put_filled (out,
              "The dialect of systemd.syntax(7): a key that is given again appends, an empty value "
              "empties the list, words may be quoted. What stands in the folder FILE.d, in files "
              "whose names end with .conf, is read behind FILE, in order of their names.",
              "");
  for (const HdIniKey *key = keys; key->section != NULL; key++)
    {
      if (strcmp (section, key->section) != 0)
        fprintf (out, ".SS [%s]\n", key->section);
      section = key->section;
      fprintf (out, ".TP\n.B %s=\n", key->key);
      put_filled (out, key->help, ".");
    }
}

void
hd_program_write_man (const HdProgram *program, FILE *out)
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
  fprintf (out, " %d \"\" \"%s %s\"\n.SH NAME\n", program->section, program->name,
           program->version);
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
  if (program->keys != NULL)
    put_keys (out, program->keys);
  put_exit_statuses (out, program->exit_statuses);
  if (program->details != NULL)
    put_details (out, program->details, FALSE);
}
