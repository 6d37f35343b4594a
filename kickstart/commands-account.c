/* Accounts: root, users, groups, keys. */
#include <string.h>

#include "kickstart/entry.h"

#define F HD_KS_FEDORA
#define MAX_ID G_GINT64_CONSTANT (4294967295)
#define PASSWORD_KIND                                                                              \
  { "iscrypted", HD_KS_FLAG, NULL, "the password is a hash, as of mkpasswd" },                     \
  {                                                                                                \
    "plaintext", HD_KS_FLAG, NULL, "the password is the password itself",                          \
        .span                                                                                      \
        = {.since = F (8) }                                                                        \
  }

/* Whether a text has one of the characters, or what ends or breaks a line. */
static gboolean
has_any (const char *text, const char *characters)
{
  for (; *text != '\0'; text++)
    if (strchr (characters, *text) != NULL || g_ascii_iscntrl (*text))
      return TRUE;
  return FALSE;
}

/* What useradd takes, and what stands in no line of passwd. */
static void
check_account (const HdKsEntry *entry, HdKsReport *report, const char *option)
{
  const char *name = hd_ks_text (entry, option);

  if (name != NULL
      && (*name == '\0' || *name == '-' || strlen (name) > 32 || has_any (name, ":,/ ")))
    hd_ks_error (report, hd_ks_value_place (entry, option),
                 "32 characters at most, without spaces, colons, commas and slashes",
                 "%s: \"%s\" cannot be a name", entry->name, name);
}

static void
check_field (const HdKsEntry *entry, HdKsReport *report, const char *option)
{
  const char *text = hd_ks_text (entry, option);

  if (text != NULL && has_any (text, ":"))
    hd_ks_error (report, hd_ks_value_place (entry, option), "leave out colons",
                 "%s: --%s cannot be \"%s\"", entry->name, option, text);
}

/* A hash begins with $ID$, or is one of the marks of a locked account. */
static void
check_hash (const HdKsEntry *entry, HdKsReport *report, HdKsPlace place, const char *password,
            gboolean crypted)
{
  if (password == NULL)
    return;
  if (crypted && has_any (password, ":"))
    hd_ks_error (report, place, "take the hash that mkpasswd prints", "%s: the password is no hash",
                 entry->name);
  else if (!crypted && password[0] == '$' && strlen (password) > 30)
    hd_ks_warn (report, place, "add --iscrypted", "%s: the password looks like a hash",
                entry->name);
}

static void
check_rootpw (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  gboolean crypted = g_strcmp0 (hd_ks_last_of (entry, "iscrypted", "plaintext"), "iscrypted") == 0;
  /* Fedora 18 made "rootpw --lock" a whole line. */
  gboolean lock_alone = version == HD_KS_ANY || version >= F (18);

  if (hd_ks_n_operands (entry) == 0 && !(lock_alone && hd_ks_given (entry, "lock")))
    hd_ks_error (report, entry->place, "write rootpw PASSWORD, or rootpw --lock",
                 "rootpw: no password is given");
  check_hash (entry, report, hd_ks_operand_place (entry, 0), hd_ks_operand (entry, 0), crypted);
}

static void
check_groups (const HdKsEntry *entry, HdKsReport *report)
{
  g_auto (GStrv) groups = hd_ks_list (entry, "groups");

  for (char **group = groups; *group != NULL; group++)
    {
      gsize name = strcspn (*group, "(");
      const char *rest = *group + name;
      gsize digits = *rest == '(' ? strspn (rest + 1, "0123456789") : 0;
      if (name == 0 || has_any (*group, ": ")
          || (*rest == '(' && (digits == 0 || strcmp (rest + 1 + digits, ")") != 0)))
        hd_ks_error (report, hd_ks_value_place (entry, "groups"), "write NAME or NAME(GID)",
                     "user: \"%s\" is no group", *group);
    }
}

static void
check_user (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  gboolean crypted = g_strcmp0 (hd_ks_last_of (entry, "iscrypted", "plaintext"), "iscrypted") == 0;

  check_account (entry, report, "name");
  check_field (entry, report, "gecos");
  check_field (entry, report, "homedir");
  check_field (entry, report, "shell");
  check_groups (entry, report);
  check_hash (entry, report, hd_ks_value_place (entry, "password"), hd_ks_text (entry, "password"),
              crypted);
}

static void
check_group (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  check_account (entry, report, "name");
}

static void
check_sshkey (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  const char *key = hd_ks_operand (entry, 0);

  check_account (entry, report, "username");
  if (has_any (key, ""))
    hd_ks_error (report, hd_ks_operand_place (entry, 0), NULL, "sshkey: a key is one line");
  else if (strstr (key, "AAAA") == NULL)
    hd_ks_warn (report, hd_ks_operand_place (entry, 0), "paste a line of a .pub file",
                "sshkey: this does not look like a public key");
}

static void
check_sshpw (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  check_account (entry, report, "username");
}

static const HdKsOption rootpw_options[]
    = { PASSWORD_KIND,
        { "lock", HD_KS_FLAG, NULL, "nobody logs in as root with a password",
          .span = { .since = F (8) } },
        { "allow-ssh", HD_KS_FLAG, NULL, "root may log in over ssh with the password",
          .span = { .since = F (37), .also = HD_KS_IN_RHEL9 } },
        { NULL } };

static const HdKsOption user_options[]
    = { { "name", HD_KS_TEXT, "NAME", "name of the user", HD_KS_REQUIRED },
        { "password", HD_KS_TEXT, "PASSWORD", "password; without one the account is locked",
          HD_KS_SECRET },
        PASSWORD_KIND,
        { "lock", HD_KS_FLAG, NULL, "nobody logs in with the password",
          .span = { .since = F (8) } },
        { "groups", HD_KS_LIST, "NAME[(GID)],...", "further groups" },
        { "uid", HD_KS_INT, "N", "number of the user", .min = 0, .max = MAX_ID - 1 },
        { "gid", HD_KS_INT, "N", "number of the user's group", .min = 0, .max = MAX_ID - 1,
          .span = { .since = F (19) } },
        { "homedir", HD_KS_TEXT, "PATH", "home folder [/home/NAME]" },
        { "shell", HD_KS_TEXT, "PATH", "shell [/bin/bash]" },
        { "gecos", HD_KS_TEXT, "TEXT", "full name", .span = { .since = F (12) } },
        { NULL } };

static const HdKsOption group_options[]
    = { { "name", HD_KS_TEXT, "NAME", "name of the group", HD_KS_REQUIRED },
        { "gid", HD_KS_INT, "N", "number of the group", .min = 1, .max = MAX_ID - 1 },
        { NULL } };

static const HdKsOption sshkey_options[]
    = { { "username", HD_KS_TEXT, "NAME", "user that the key lets in", HD_KS_REQUIRED }, { NULL } };

static const HdKsOption sshpw_options[]
    = { { "username", HD_KS_TEXT, "NAME", "user in the installer", HD_KS_REQUIRED },
        PASSWORD_KIND,
        { "lock", HD_KS_FLAG, NULL, "nobody logs in with the password" },
        { "sshkey", HD_KS_FLAG, NULL, "it is a key and no password", .span = { .since = F (24) } },
        { NULL } };

const HdKsCommand hd_ks_account_commands[] = {
  { "rootpw", "[PASSWORD]", 0, 1, rootpw_options, "password of root", HD_KS_SECRET,
    .check = check_rootpw },
  { "user", "", 0, 0, user_options, "make a user", HD_KS_MANY, .check = check_user },
  { "group", "", 0, 0, group_options, "make a group", HD_KS_MANY, .span = { .since = F (12) },
    .check = check_group },
  { "sshkey", "KEY", 1, 1, sshkey_options, "let a key in over ssh", HD_KS_MANY,
    .span = { .since = F (22), .also = HD_KS_IN_RHEL7 }, .check = check_sshkey },
  { "sshpw", "PASSWORD", 1, -1, sshpw_options, "a user in the installer's own system",
    HD_KS_MANY | HD_KS_SECRET, .span = { .since = F (13) }, .check = check_sshpw,
    .note = "the installer has no ssh" },
  { NULL },
};
