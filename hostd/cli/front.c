/* Help in the order of docker's: what manages one noun, then the verbs that stand alone. */
#include "cli/front.h"

#include <string.h>

#define COLUMN 12

static const struct
{
  const char *name;
  const char *summary;
} groups[] = {
  { "container", "Manage containers" },
  { "host", "Look after the host: upgrade, rollback, status" },
  { "image", "Manage images" },
  { "network", "Manage networks" },
  { "system", "Manage what containers use of the host" },
  { "volume", "Manage volumes" },
};

static void
print_row (FILE *out, const char *name, const char *summary)
{
  fprintf (out, "  %-*s%s\n", COLUMN, name, summary);
}

static int
compare_verbs (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const HdVerb *const *)a)->path, (*(const HdVerb *const *)b)->path);
}

void
hd_front_help (const HdProgram *program, FILE *out)
{
  g_autofree const HdVerb **verbs = hd_program_verbs (program);
  g_autoptr (GPtrArray) single = g_ptr_array_new ();
  for (const HdVerb **verb = verbs; *verb != NULL; verb++)
    if (strchr ((*verb)->path, ' ') == NULL)
      g_ptr_array_add (single, (gpointer)*verb);
  g_ptr_array_sort (single, compare_verbs);
  fprintf (out, "Usage:  %s [OPTIONS] COMMAND\n\n%s\n\nManagement Commands:\n", program->name,
           program->summary);
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    if (hd_program_is_group (program, groups[i].name))
      print_row (out, groups[i].name, groups[i].summary);
  fputs ("\nCommands:\n", out);
  for (guint i = 0; i < single->len; i++)
    {
      const HdVerb *verb = g_ptr_array_index (single, i);
      print_row (out, verb->path, verb->summary);
    }
  fprintf (out,
           "\nOptions:\n  -h, --help      Explain the program, a group or a command\n"
           "  -v, --version   Print the version\n\n"
           "Run '%s COMMAND --help' for more information on a command.\n",
           program->name);
}
