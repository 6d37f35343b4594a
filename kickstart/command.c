/* Looking up rows, and the nearest of their names. */
#include "kickstart/command.h"

#include <string.h>
#include "common/parse.h"

/* The tables of commands-*.c. */
extern const HdKsCommand hd_ks_disk_commands[];
extern const HdKsCommand hd_ks_volume_commands[];
extern const HdKsCommand hd_ks_source_commands[];
extern const HdKsCommand hd_ks_boot_commands[];
extern const HdKsCommand hd_ks_system_commands[];
extern const HdKsCommand hd_ks_account_commands[];
extern const HdKsCommand hd_ks_session_commands[];
extern const HdKsCommand hd_ks_network_commands[];
extern const HdKsCommand hd_ks_other_commands[];

const HdKsCommand *const hd_ks_commands[] = {
  hd_ks_session_commands, hd_ks_source_commands,
  hd_ks_disk_commands,    hd_ks_volume_commands,
  hd_ks_boot_commands,    hd_ks_network_commands,
  hd_ks_system_commands,  hd_ks_account_commands,
  hd_ks_other_commands,   NULL,
};

/* Whether the space-separated list has the word. */
static gboolean
has_name (const char *names, const char *name)
{
  gsize length = strlen (name);

  for (const char *p = names; *p != '\0';)
    {
      gsize end = strcspn (p, " ");
      if (end == length && strncmp (p, name, length) == 0)
        return TRUE;
      p += end + strspn (p + end, " ");
    }
  return FALSE;
}

char *
hd_ks_first_name (const char *names)
{
  return g_strndup (names, strcspn (names, " "));
}

static const HdKsCommand *
find (const HdKsCommand *table, const char *name)
{
  for (; table->names != NULL; table++)
    if (has_name (table->names, name))
      return table;
  return NULL;
}

const HdKsCommand *
hd_ks_command_find (const char *name)
{
  for (const HdKsCommand *const *table = hd_ks_commands; *table != NULL; table++)
    {
      const HdKsCommand *command = find (*table, name);
      if (command != NULL)
        return command;
    }
  return NULL;
}

const HdKsCommand *
hd_ks_section_find (const char *name)
{
  return find (hd_ks_sections, name);
}

const HdKsOption *
hd_ks_option_find (const HdKsCommand *command, const char *name)
{
  for (const HdKsOption *option = command->options; option->names != NULL; option++)
    if (has_name (option->names, name))
      return option;
  return NULL;
}

static void
add_names (GPtrArray *all, const char *names)
{
  g_auto (GStrv) words = g_strsplit (names, " ", -1);

  for (char **word = words; *word != NULL; word++)
    g_ptr_array_add (all, g_strdup (*word));
}

/* The nearest of `all`, which gets its end here. */
static char *
nearest (GPtrArray *all, const char *name)
{
  g_ptr_array_add (all, NULL);
  return g_strdup (hd_nearest_word (name, (const char *const *)all->pdata));
}

static void
add_table (GPtrArray *all, const HdKsCommand *table)
{
  for (; table->names != NULL; table++)
    add_names (all, table->names);
}

char *
hd_ks_command_nearest (const char *name)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);

  for (const HdKsCommand *const *table = hd_ks_commands; *table != NULL; table++)
    add_table (all, *table);
  return nearest (all, name);
}

char *
hd_ks_section_nearest (const char *name)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);

  add_table (all, hd_ks_sections);
  add_names (all, "%end %include %ksappend");
  return nearest (all, name);
}

char *
hd_ks_option_nearest (const HdKsCommand *command, const char *name)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);

  for (const HdKsOption *option = command->options; option->names != NULL; option++)
    add_names (all, option->names);
  return nearest (all, name);
}
