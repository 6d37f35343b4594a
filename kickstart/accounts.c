/* Lines of the tables, and the steps that change them. */
#include "kickstart/accounts.h"

#include <crypt.h>
#include <string.h>

#include "base/error.h"
#include "common/parse.h"

#define FIRST_ID 1000
#define LAST_ID 59999

/* Columns: of passwd and group they are the same up to the third. */
enum
{
  NAME = 0,
  HASH = 1, /* of shadow */
  ID = 2,
  MEMBERS = 3, /* of group and gshadow */
  MAIN_GROUP = 3,
  GECOS = 4,
  HOME = 5,
  SHELL = 6,
};

typedef struct
{
  HdKsAccounts *accounts;
  const HdKsEntry *entry; /* the line that is carried out */
  gint64 day;
  GError **error;
} Change;

/* ---- The value ---- */

static void
line_free (gpointer pointer)
{
  g_strfreev (pointer);
}

static void
home_free (gpointer pointer)
{
  HdKsHome *home = pointer;

  g_free (home->user);
  g_free (home->path);
  g_ptr_array_unref (home->keys);
  g_free (home);
}

static GPtrArray *
table_new (const char *text)
{
  GPtrArray *table = g_ptr_array_new_with_free_func (line_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    if (**line != '\0')
      g_ptr_array_add (table, g_strsplit (*line, ":", -1));
  return table;
}

HdKsAccounts *
hd_ks_accounts_new (const char *const texts[HD_KS_N_ETC_FILES])
{
  HdKsAccounts *accounts = g_new0 (HdKsAccounts, 1);

  for (int i = 0; i < HD_KS_N_ETC_FILES; i++)
    accounts->tables[i] = table_new (texts[i]);
  accounts->homes = g_ptr_array_new_with_free_func (home_free);
  return accounts;
}

void
hd_ks_accounts_free (HdKsAccounts *accounts)
{
  if (accounts == NULL)
    return;
  for (int i = 0; i < HD_KS_N_ETC_FILES; i++)
    g_ptr_array_unref (accounts->tables[i]);
  g_ptr_array_unref (accounts->homes);
  g_free (accounts);
}

char *
hd_ks_accounts_text (const HdKsAccounts *accounts, HdKsEtcFile table)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < accounts->tables[table]->len; i++)
    {
      g_autofree char *line = g_strjoinv (":", g_ptr_array_index (accounts->tables[table], i));
      g_string_append_printf (text, "%s\n", line);
    }
  return g_string_free (text, FALSE);
}

char *
hd_ks_password_hash (const char *password)
{
  struct crypt_data data = { 0 };
  char salt[CRYPT_GENSALT_OUTPUT_SIZE];
  const char *hash = NULL;

  if (crypt_gensalt_rn ("$y$", 0, NULL, 0, salt, sizeof salt) != NULL)
    hash = crypt_rn (password, salt, &data, sizeof data);
  return hash != NULL && hash[0] != '*' ? g_strdup (hash) : NULL;
}

/* ---- Lines ---- */

/* The line in which the column has the text, or NULL. */
static char **
find (const HdKsAccounts *accounts, HdKsEtcFile table, guint column, const char *text)
{
  for (guint i = 0; i < accounts->tables[table]->len; i++)
    {
      char **line = g_ptr_array_index (accounts->tables[table], i);
      if (g_strv_length (line) > column && strcmp (line[column], text) == 0)
        return line;
    }
  return NULL;
}

/* Add a line with the fields, which end with a NULL. */
static void
add (HdKsAccounts *accounts, HdKsEtcFile table, const char *const *fields)
{
  g_ptr_array_add (accounts->tables[table], g_strdupv ((char **)fields));
}

static char **
last (const HdKsAccounts *accounts, HdKsEtcFile table)
{
  return g_ptr_array_index (accounts->tables[table], accounts->tables[table]->len - 1);
}

static void
set_field (char **line, guint column, const char *text)
{
  g_autofree char *old = line[column];

  line[column] = g_strdup (text);
}

static gboolean
has_fields (char **line, guint count)
{
  return line != NULL && g_strv_length (line) >= count;
}

/* The lowest number that neither a user nor a group has. */
static char *
free_id (const HdKsAccounts *accounts)
{
  for (int id = FIRST_ID; id <= LAST_ID; id++)
    {
      g_autofree char *text = g_strdup_printf ("%d", id);
      if (find (accounts, HD_KS_ETC_PASSWD, ID, text) == NULL
          && find (accounts, HD_KS_ETC_GROUP, ID, text) == NULL)
        return g_steal_pointer (&text);
    }
  return NULL;
}

static gboolean G_GNUC_PRINTF (4, 5)
    refuse (Change *change, const char *option, const char *hint, const char *format, ...)
{
  HdKsPlace place
      = option != NULL ? hd_ks_value_place (change->entry, option) : change->entry->place;
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  return hd_throw (change->error, HD_CONFIG, hint, "%s:%u:%u: %s: %s", place.file, place.line,
                   place.column, change->entry->name, message);
}

/* ---- Groups ---- */

/* Add a group; `gid` NULL takes a free number. The line, or NULL. */
static char **
add_group (Change *change, const char *name, const char *gid, const char *option)
{
  g_autofree char *number = gid != NULL ? g_strdup (gid) : free_id (change->accounts);
  char **other = number != NULL ? find (change->accounts, HD_KS_ETC_GROUP, ID, number) : NULL;

  if (number == NULL)
    {
      refuse (change, NULL, NULL, "no number is free");
      return NULL;
    }
  if (other != NULL)
    {
      refuse (change, option, "leave it out, or take another", "the group %s has the number %s",
              other[NAME], number);
      return NULL;
    }
  if (find (change->accounts, HD_KS_ETC_GSHADOW, NAME, name) == NULL)
    add (change->accounts, HD_KS_ETC_GSHADOW, (const char *const[]){ name, "!", "", "", NULL });
  add (change->accounts, HD_KS_ETC_GROUP, (const char *const[]){ name, "x", number, "", NULL });
  return last (change->accounts, HD_KS_ETC_GROUP);
}

static char *
number_of (const HdKsEntry *entry, const char *option)
{
  return hd_ks_given (entry, option)
             ? g_strdup_printf ("%" G_GINT64_FORMAT, hd_ks_number (entry, option, 0))
             : NULL;
}

static gboolean
set_group (Change *change)
{
  const char *name = hd_ks_text (change->entry, "name");
  g_autofree char *gid = number_of (change->entry, "gid");
  char **line = find (change->accounts, HD_KS_ETC_GROUP, NAME, name);

  if (line == NULL)
    return add_group (change, name, gid, "gid") != NULL;
  if (gid != NULL && (!has_fields (line, ID + 1) || strcmp (line[ID], gid) != 0))
    return refuse (change, "gid", "leave it out", "the host has the group %s with another number",
                   name);
  return TRUE;
}

static void
add_member (char **line, const char *user)
{
  g_auto (GStrv) members = NULL;
  g_autofree char *joined = NULL;

  if (!has_fields (line, MEMBERS + 1))
    return;
  members = g_strsplit (line[MEMBERS], ",", -1);
  if (g_strv_contains ((const char *const *)members, user))
    return;
  joined = *line[MEMBERS] != '\0' ? g_strconcat (line[MEMBERS], ",", user, NULL) : g_strdup (user);
  set_field (line, MEMBERS, joined);
}

/* One of --groups: "NAME", or "NAME(GID)", which is made. Who is in wheel elsewhere is in sudo
 * here. */
static gboolean
join_group (Change *change, const char *user, const char *group)
{
  g_auto (GStrv) parts = g_strsplit_set (group, "()", 3);
  const char *name = parts[0];
  char **line = find (change->accounts, HD_KS_ETC_GROUP, NAME, name);

  if (line == NULL && strcmp (name, "wheel") == 0)
    {
      name = "sudo";
      line = find (change->accounts, HD_KS_ETC_GROUP, NAME, name);
    }
  if (line == NULL && parts[1] != NULL)
    {
      line = add_group (change, name, parts[1], "groups");
      if (line == NULL)
        return FALSE;
    }
  if (line == NULL)
    return refuse (change, "groups", "add a line: group --name=", "the host has no group %s",
                   parts[0]);
  add_member (line, user);
  line = find (change->accounts, HD_KS_ETC_GSHADOW, NAME, name);
  add_member (line, user);
  return TRUE;
}

/* ---- Passwords ---- */

/* What stands in shadow; `before` is NULL for a new account. */
static char *
shadow_field (Change *change, const char *password, const char *before)
{
  const char *kind = hd_ks_last_of (change->entry, "iscrypted", "plaintext");
  gboolean crypted = g_strcmp0 (kind, "iscrypted") == 0;
  g_autofree char *hash = password == NULL ? g_strdup (before ?: "!")
                          : crypted        ? g_strdup (password)
                                           : hd_ks_password_hash (password);

  if (hash == NULL)
    {
      refuse (change, NULL, "give a hash, with --iscrypted", "the password cannot be hashed");
      return NULL;
    }
  return hd_ks_given (change->entry, "lock") && hash[0] != '!' ? g_strconcat ("!", hash, NULL)
                                                               : g_steal_pointer (&hash);
}

static gboolean
set_password (Change *change, const char *user, const char *password)
{
  char **line = find (change->accounts, HD_KS_ETC_SHADOW, NAME, user);
  g_autofree char *day = g_strdup_printf ("%" G_GINT64_FORMAT, change->day);
  g_autofree char *field
      = shadow_field (change, password, has_fields (line, ID + 1) ? line[HASH] : NULL);

  if (field == NULL)
    return FALSE;
  if (!has_fields (line, ID + 1))
    {
      add (change->accounts, HD_KS_ETC_SHADOW,
           (const char *const[]){ user, field, day, "0", "99999", "7", "", "", "", NULL });
      return TRUE;
    }
  set_field (line, HASH, field);
  if (password != NULL)
    set_field (line, ID, day);
  return TRUE;
}

static gboolean
set_root (Change *change)
{
  return set_password (change, "root", hd_ks_operand (change->entry, 0));
}

/* ---- Users ---- */

static HdKsHome *
home_of (Change *change, char **line)
{
  HdKsAccounts *accounts = change->accounts;
  int64_t uid, gid;
  HdKsHome *home;

  for (guint i = 0; i < accounts->homes->len; i++)
    {
      home = g_ptr_array_index (accounts->homes, i);
      if (strcmp (home->user, line[NAME]) == 0)
        return home;
    }
  if (!has_fields (line, SHELL + 1) || hd_parse_int64 (line[ID], &uid) < 0
      || hd_parse_int64 (line[MAIN_GROUP], &gid) < 0 || uid < 0 || gid < 0 || uid >= G_MAXUINT32
      || gid >= G_MAXUINT32 || line[HOME][0] != '/')
    {
      refuse (change, NULL, NULL, "the host's line of %s is not understood", line[NAME]);
      return NULL;
    }
  home = g_new0 (HdKsHome, 1);
  home->user = g_strdup (line[NAME]);
  home->path = g_strdup (line[HOME]);
  home->uid = (guint32)uid;
  home->gid = (guint32)gid;
  home->keys = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (accounts->homes, home);
  return home;
}

/* The number of the user's own group, which is made when it is not there. */
static char *
main_group (Change *change, const char *name, const char *uid)
{
  g_autofree char *gid = number_of (change->entry, "gid");
  char **line = gid != NULL ? find (change->accounts, HD_KS_ETC_GROUP, ID, gid)
                            : find (change->accounts, HD_KS_ETC_GROUP, NAME, name);

  if (line == NULL && gid == NULL && find (change->accounts, HD_KS_ETC_GROUP, ID, uid) == NULL)
    gid = g_strdup (uid);
  if (line == NULL)
    line = add_group (change, name, gid, "gid");
  return has_fields (line, ID + 1) ? g_strdup (line[ID]) : NULL;
}

static char **
add_user (Change *change, const char *name)
{
  g_autofree char *uid = number_of (change->entry, "uid") ?: free_id (change->accounts);
  g_autofree char *home = g_strconcat ("/home/", name, NULL);
  g_autofree char *gid = NULL;
  char **other = uid != NULL ? find (change->accounts, HD_KS_ETC_PASSWD, ID, uid) : NULL;

  if (uid == NULL)
    {
      refuse (change, NULL, NULL, "no number is free");
      return NULL;
    }
  if (other != NULL)
    {
      refuse (change, "uid", "leave it out, or take another", "the user %s has the number %s",
              other[NAME], uid);
      return NULL;
    }
  gid = main_group (change, name, uid);
  if (gid == NULL)
    return NULL;
  add (change->accounts, HD_KS_ETC_PASSWD,
       (const char *const[]){ name, "x", uid, gid, "", home, "/bin/bash", NULL });
  return last (change->accounts, HD_KS_ETC_PASSWD);
}

/* A user that the host has keeps what the line does not say. */
static gboolean
set_user (Change *change)
{
  static const struct
  {
    const char *option;
    guint column;
  } fields[] = { { "gecos", GECOS }, { "homedir", HOME }, { "shell", SHELL } };
  const char *name = hd_ks_text (change->entry, "name");
  g_autofree char *uid = number_of (change->entry, "uid");
  g_auto (GStrv) groups = hd_ks_list (change->entry, "groups");
  char **line = find (change->accounts, HD_KS_ETC_PASSWD, NAME, name);

  if (hd_ks_given (change->entry, "homedir") && hd_ks_text (change->entry, "homedir")[0] != '/')
    return refuse (change, "homedir", "it begins with a slash", "\"%s\" is no home",
                   hd_ks_text (change->entry, "homedir"));
  if (line != NULL && uid != NULL && (!has_fields (line, ID + 1) || strcmp (line[ID], uid) != 0))
    return refuse (change, "uid", "leave it out", "the host has the user %s with another number",
                   name);
  if (line == NULL)
    line = add_user (change, name);
  if (line == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    if (hd_ks_given (change->entry, fields[i].option) && has_fields (line, SHELL + 1))
      set_field (line, fields[i].column, hd_ks_text (change->entry, fields[i].option));
  for (char **group = groups; *group != NULL; group++)
    if (!join_group (change, name, *group))
      return FALSE;
  return set_password (change, name, hd_ks_text (change->entry, "password"))
         && home_of (change, line) != NULL;
}

static gboolean
set_key (Change *change)
{
  const char *name = hd_ks_text (change->entry, "username");
  char **line = find (change->accounts, HD_KS_ETC_PASSWD, NAME, name);
  HdKsHome *home;

  if (line == NULL)
    return refuse (change, "username", "add a line: user --name=", "the host has no user %s", name);
  home = home_of (change, line);
  if (home == NULL)
    return FALSE;
  g_ptr_array_add (home->keys, g_strdup (hd_ks_operand (change->entry, 0)));
  return TRUE;
}

/* ---- All ---- */

static const struct
{
  HdKsStepKind kind;
  gboolean (*set) (Change *change);
} setters[] = {
  { HD_KS_STEP_ROOT, set_root },
  { HD_KS_STEP_GROUP, set_group },
  { HD_KS_STEP_USER, set_user },
  { HD_KS_STEP_KEY, set_key },
};

gboolean
hd_ks_accounts_apply (HdKsAccounts *accounts, const HdKsPlan *plan, gint64 epoch, GError **error)
{
  Change change = { accounts, NULL, epoch / 86400, error };

  for (guint i = 0; i < plan->steps->len; i++)
    {
      const HdKsStep *step = g_ptr_array_index (plan->steps, i);
      change.entry = step->entry;
      for (gsize j = 0; j < G_N_ELEMENTS (setters); j++)
        if (setters[j].kind == step->kind && !setters[j].set (&change))
          return FALSE;
    }
  return TRUE;
}
