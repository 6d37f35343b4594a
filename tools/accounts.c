/* passwd(5) and group(5) lines to sysusers.d(5) lines, in their order. */
#include "tools/accounts.h"

#include "common/parse.h"

#define FIRST_HUMAN_ID 1000

/* TRUE for a number of a system account that is not root's. */
static gboolean
is_system_id (const char *text)
{
  guint64 id;
  return hd_parse_uint64 (text, &id) == 0 && id > 0 && id < FIRST_HUMAN_ID;
}

static void
add_group (GString *lines, char **fields)
{
  if (g_strv_length (fields) >= 3 && is_system_id (fields[2]))
    g_string_append_printf (lines, "g %s %s\n", fields[0], fields[2]);
}

static void
add_user (GString *lines, char **fields)
{
  if (g_strv_length (fields) >= 7 && is_system_id (fields[2]))
    g_string_append_printf (lines, "u %s %s:%s \"%s\" %s %s\n", fields[0], fields[2], fields[3],
                            fields[4], fields[5], fields[6]);
}

static void
add_lines (GString *lines, const char *text, void (*add) (GString *lines, char **fields))
{
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);
  for (char **row = rows; *row != NULL; row++)
    {
      g_auto (GStrv) fields = g_strsplit (*row, ":", -1);
      add (lines, fields);
    }
}

char *
hd_accounts_to_sysusers (const char *passwd, const char *group)
{
  GString *lines = g_string_new ("# The users and groups of the image, with their numbers.\n");
  add_lines (lines, group, add_group);
  add_lines (lines, passwd, add_user);
  return g_string_free (lines, FALSE);
}
