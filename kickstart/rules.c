/* Contradictions between commands, and accounts. Those of storage are in storage-rules.c. */
#include "kickstart/rules.h"

#include <string.h>
#include "base/error.h"
#include "kickstart/storage-rules.h"

/* Commands that exclude each other. */
static const struct
{
  const char *first, *second;
} exclusive[] = {
  { "autopart", "part" },       { "autopart", "raid" },
  { "autopart", "volgroup" },   { "autopart", "logvol" },
  { "autopart", "btrfs" },      { "autopart", "reqpart" },
  { "mount", "autopart" },      { "mount", "part" },
  { "mount", "raid" },          { "mount", "volgroup" },
  { "mount", "logvol" },        { "mount", "reqpart" },
  { "mount", "btrfs" },         { "ostreesetup", "ostreecontainer" },
  { "ostreesetup", "bootc" },   { "ostreecontainer", "bootc" },
  { "ostreesetup", "liveimg" },
};

static void
check_exclusive (HdKickstart *kickstart)
{
  for (gsize i = 0; i < G_N_ELEMENTS (exclusive); i++)
    {
      const HdKsEntry *first = hd_kickstart_last (kickstart, exclusive[i].first);
      const HdKsEntry *second = hd_kickstart_last (kickstart, exclusive[i].second);
      if (first == NULL || second == NULL)
        continue;
      hd_ks_error (kickstart->report, second->place, "leave out one of them",
                   "%s and %s exclude each other (%s:%u)", second->name, first->name,
                   first->place.file, first->place.line);
    }
}

/* Commands that are named by an option, and may not have a name twice. `second`: a further option,
 * "" for the operand, or NULL. */
static const struct
{
  const char *command, *option, *second;
} unique[] = {
  { "user", "name", NULL },   { "group", "name", NULL },    { "sshpw", "username", NULL },
  { "repo", "name", NULL },   { "sshkey", "username", "" }, { "network", "device", "vlanid" },
  { "snapshot", "name", "" },
};

/* What has to be unique of a line; NULL when the line has no name. Free with g_free. */
static char *
key_of (const HdKsEntry *entry, const char *option, const char *second)
{
  const char *name = hd_ks_text (entry, option);
  const char *more = NULL;

  if (name == NULL)
    return NULL;
  if (second != NULL)
    more = *second == '\0' ? hd_ks_operand (entry, 0) : hd_ks_text (entry, second);
  return g_strconcat (name, more != NULL ? " " : "", more, NULL);
}

static void
check_unique (HdKickstart *kickstart)
{
  for (gsize i = 0; i < G_N_ELEMENTS (unique); i++)
    {
      g_autoptr (GPtrArray) lines = hd_kickstart_all (kickstart, unique[i].command);
      g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      for (guint j = 0; j < lines->len; j++)
        {
          HdKsEntry *entry = g_ptr_array_index (lines, j);
          g_autofree char *key = key_of (entry, unique[i].option, unique[i].second);
          const HdKsEntry *before = key != NULL ? g_hash_table_lookup (seen, key) : NULL;
          if (before != NULL)
            hd_ks_error (kickstart->report, hd_ks_value_place (entry, unique[i].option),
                         "leave out one of them", "%s --%s=%s stands there twice (%s:%u)",
                         entry->name, unique[i].option, hd_ks_text (entry, unique[i].option),
                         before->place.file, before->place.line);
          else if (key != NULL)
            g_hash_table_insert (seen, g_steal_pointer (&key), entry);
        }
    }
}

/* The numbers of users and of groups are unique, too. */
static void
check_numbers (HdKickstart *kickstart, const char *command, const char *option)
{
  g_autoptr (GPtrArray) lines = hd_kickstart_all (kickstart, command);

  for (guint i = 0; i < lines->len; i++)
    for (guint j = 0; j < i; j++)
      {
        const HdKsEntry *entry = g_ptr_array_index (lines, i);
        const HdKsEntry *before = g_ptr_array_index (lines, j);
        gint64 number = hd_ks_number (entry, option, -1);
        if (number >= 0 && number == hd_ks_number (before, option, -1))
          hd_ks_warn (kickstart->report, hd_ks_value_place (entry, option), NULL,
                      "%s --%s=%" G_GINT64_FORMAT " is also that of %s:%u", command, option, number,
                      before->place.file, before->place.line);
      }
}

/* The first command that is not harmless when it is left out, or NULL. */
static const HdKsEntry *
find_absent (const HdKickstart *kickstart)
{
  for (guint i = 0; i < kickstart->commands->len; i++)
    {
      const HdKsEntry *entry = g_ptr_array_index (kickstart->commands, i);
      if ((entry->command->flags & HD_KS_ABSENT) != 0)
        return entry;
    }
  return NULL;
}

/* A key of a user whom nothing here makes has to find him in the commit. */
static void
check_keys (HdKickstart *kickstart)
{
  g_autoptr (GPtrArray) keys = hd_kickstart_all (kickstart, "sshkey");
  g_autoptr (GPtrArray) users = hd_kickstart_all (kickstart, "user");

  for (guint i = 0; i < keys->len; i++)
    {
      const HdKsEntry *key = g_ptr_array_index (keys, i);
      const char *name = hd_ks_text (key, "username");
      gboolean known = strcmp (name, "root") == 0;
      for (guint j = 0; j < users->len; j++)
        known = known || strcmp (hd_ks_text (g_ptr_array_index (users, j), "name"), name) == 0;
      if (!known)
        hd_ks_warn (kickstart->report, hd_ks_value_place (key, "username"),
                    "add user --name=, unless the commit has this user",
                    "sshkey: no line makes the user %s", name);
    }
}

void
hd_ks_rules (HdKickstart *kickstart)
{
  check_exclusive (kickstart);
  check_unique (kickstart);
  check_numbers (kickstart, "user", "uid");
  check_numbers (kickstart, "group", "gid");
  check_keys (kickstart);
  hd_ks_storage_rules (kickstart);
}

gboolean
hd_ks_installable (const HdKickstart *kickstart, GError **error)
{
  g_autoptr (GPtrArray) volumes = hd_ks_storage_new (kickstart);
  const HdKsEntry *absent = find_absent (kickstart);

  if (!hd_kickstart_check (kickstart, error))
    return FALSE;
  if (absent != NULL)
    return hd_throw (error, HD_CONFIG, absent->command->note, "%s:%u:%u: %s cannot be carried out",
                     absent->place.file, absent->place.line, absent->place.column, absent->name);
  if (kickstart->deferred->len > 0)
    return TRUE;
  if (hd_kickstart_last (kickstart, "ostreesetup") == NULL)
    return hd_throw (error, HD_CONFIG,
                     "add ostreesetup --osname= --url= --ref=", "%s: no line says what to install",
                     kickstart->name);
  if (hd_ks_storage_mounted (volumes, "/") == NULL)
    return hd_throw (error, HD_CONFIG, "add autopart, or part / --size=MIB --grow",
                     "%s: no line makes /", kickstart->name);
  return TRUE;
}
