/* The bash completion: one shell function whose cases are written from the verb tables.
 *
 * The words before the cursor are walked as the parser would: words extend the path as long as it
 * names a verb or a group.  bash splits "--name=value" at the "=", which is why it is looked for
 * as a word of its own. */
#include "base/verb-completion.h"

#include <string.h>

static void
put_option_words (FILE *out, const HdOption *options)
{
  for (; options != NULL && options->name != NULL; options++)
    fprintf (out, " --%s%s", options->name, options->arg != NULL ? "=" : "");
}

/* The paths that have verbs below them, "" first. */
static GPtrArray *
list_groups (const HdProgram *program)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (groups, g_strdup (""));
  for (guint i = 0; i < groups->len; i++)
    {
      const char *group = g_ptr_array_index (groups, i);
      g_auto (GStrv) words = hd_program_next_words (program, group);
      for (char **word = words; *word != NULL; word++)
        {
          g_autofree char *path
              = *group != '\0' ? g_strconcat (group, " ", *word, NULL) : g_strdup (*word);
          if (hd_program_is_group (program, path))
            g_ptr_array_add (groups, g_steal_pointer (&path));
        }
    }
  return groups;
}

static void
put_groups (FILE *out, const HdProgram *program)
{
  g_autoptr (GPtrArray) groups = list_groups (program);

  for (guint i = 0; i < groups->len; i++)
    {
      const char *group = g_ptr_array_index (groups, i);
      g_auto (GStrv) words = hd_program_next_words (program, group);
      g_autofree char *joined = g_strjoinv (" ", words);

      fprintf (out, "    \"%s\")\n      words=\"%s\"\n      options=\"--help --version", group,
               joined);
      put_option_words (out, program->options);
      fputs ("\" ;;\n", out);
    }
}

static void
put_verbs (FILE *out, const HdProgram *program)
{
  g_autofree const HdVerb **verbs = hd_program_verbs (program);

  for (const HdVerb **verb = verbs; *verb != NULL; verb++)
    {
      fprintf (out, "    \"%s\")\n      options=\"--help", (*verb)->path);
      put_option_words (out, (*verb)->options);
      put_option_words (out, program->options);
      fputs ("\" ;;\n", out);
    }
}

/* The alternatives of a case that matches every path of a verb or group. */
static void
put_path_pattern (FILE *out, const HdProgram *program)
{
  g_autoptr (GPtrArray) groups = list_groups (program);
  g_autofree const HdVerb **verbs = hd_program_verbs (program);
  const char *gap = "";

  for (guint i = 1; i < groups->len; i++, gap = " | ")
    fprintf (out, "%s\"%s\"", gap, (const char *)g_ptr_array_index (groups, i));
  for (const HdVerb **verb = verbs; *verb != NULL; verb++, gap = " | ")
    fprintf (out, "%s\"%s\"", gap, (*verb)->path);
}

/* Add "--NAME" for each option whose argument is a file and that is not there yet. */
static void
collect_file_options (GPtrArray *names, const HdOption *options)
{
  static const char *const file_words[] = { "PATH", "FILE", "DIR", NULL };

  for (; options != NULL && options->name != NULL; options++)
    {
      g_autofree char *name = g_strconcat ("--", options->name, NULL);
      if (options->arg != NULL && g_strv_contains (file_words, options->arg)
          && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, g_steal_pointer (&name));
    }
}

/* A case of its own for the options that take a file. */
static void
put_file_case (FILE *out, const HdProgram *program)
{
  g_autofree const HdVerb **verbs = hd_program_verbs (program);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *pattern = NULL;

  collect_file_options (names, program->options);
  for (const HdVerb **verb = verbs; *verb != NULL; verb++)
    collect_file_options (names, (*verb)->options);
  if (names->len == 0)
    return;
  g_ptr_array_add (names, NULL);
  pattern = g_strjoinv (" | ", (char **)names->pdata);
  fprintf (out,
           "  local option=$prev\n"
           "  if [[ $cur == = ]]; then cur=\"\"; fi\n"
           "  if [[ $prev == = ]]; then option=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
           "  case $option in\n"
           "    %s)\n"
           "      compopt -o filenames\n"
           "      mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
           "      return ;;\n"
           "  esac\n",
           pattern);
}

void
hd_program_write_bash_completion (const HdProgram *program, FILE *out)
{
  g_autofree char *function = g_strdelimit (g_strdup (program->name), "-.", '_');

  fprintf (out,
           "# bash completion for %s\n"
           "_%s() {\n"
           "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "  local path=\"\" next words=\"\" options=\"\" i\n",
           program->name, function);
  put_file_case (out, program);
  fputs ("  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    next=\"${path:+$path }${COMP_WORDS[i]}\"\n"
         "    case $next in\n      ",
         out);
  put_path_pattern (out, program);
  fputs (") path=$next ;;\n"
         "    esac\n"
         "  done\n"
         "  case $path in\n",
         out);
  put_groups (out, program);
  put_verbs (out, program);
  fprintf (out,
           "  esac\n"
           "  if [[ $cur == -* ]]; then words=$options; fi\n"
           "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
           "  if [[ ${COMPREPLY[0]-} == *= ]]; then compopt -o nospace; fi\n"
           "}\n"
           "complete -F _%s %s\n",
           function, program->name);
}
