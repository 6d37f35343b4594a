/* Look-ups in the tables of verbs and options: linear, since the tables are short. */
#include "base/verb-table.h"

#include <string.h>

const HdVerb **
hd_program_verbs (const HdProgram *program)
{
  g_autoptr (GPtrArray) verbs = g_ptr_array_new ();

  for (const HdVerb *const *table = program->verb_tables; *table != NULL; table++)
    for (const HdVerb *verb = *table; verb->path != NULL; verb++)
      g_ptr_array_add (verbs, (gpointer)verb);
  g_ptr_array_add (verbs, NULL);
  return (const HdVerb **)g_ptr_array_free (g_steal_pointer (&verbs), FALSE);
}

const HdVerb *
hd_program_find (const HdProgram *program, const char *path)
{
  for (const HdVerb *const *table = program->verb_tables; *table != NULL; table++)
    for (const HdVerb *verb = *table; verb->path != NULL; verb++)
      if (strcmp (verb->path, path) == 0)
        return verb;
  return NULL;
}

gboolean
hd_verb_is_below (const HdVerb *verb, const char *group)
{
  gsize length = strlen (group);

  return length == 0 || (strncmp (verb->path, group, length) == 0 && verb->path[length] == ' ');
}

gboolean
hd_program_is_group (const HdProgram *program, const char *path)
{
  for (const HdVerb *const *table = program->verb_tables; *table != NULL; table++)
    for (const HdVerb *verb = *table; verb->path != NULL; verb++)
      if (hd_verb_is_below (verb, path))
        return TRUE;
  return FALSE;
}

char **
hd_program_next_words (const HdProgram *program, const char *path)
{
  g_autofree const HdVerb **verbs = hd_program_verbs (program);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  gsize skip = *path != '\0' ? strlen (path) + 1 : 0;

  for (const HdVerb **verb = verbs; *verb != NULL; verb++)
    if (hd_verb_is_below (*verb, path))
      {
        const char *rest = (*verb)->path + skip;
        g_autofree char *word = g_strndup (rest, strcspn (rest, " "));
        if (!g_ptr_array_find_with_equal_func (words, word, g_str_equal, NULL))
          g_ptr_array_add (words, g_steal_pointer (&word));
      }
  g_ptr_array_add (words, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

const HdOption *
hd_option_find_long (const HdOption *table, const char *name, gsize length)
{
  for (; table != NULL && table->name != NULL; table++)
    if (strlen (table->name) == length && strncmp (table->name, name, length) == 0)
      return table;
  return NULL;
}

const HdOption *
hd_option_find_short (const HdOption *table, char name)
{
  for (; table != NULL && table->name != NULL; table++)
    if (table->short_name == name && name != '\0')
      return table;
  return NULL;
}
