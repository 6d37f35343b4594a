/* Accounts of a host: what rootpw, group, user and sshkey make of its files.
 *
 * The four files of /etc are tables here; lines that nobody asked about stay as they are. Pure, but
 * for the salt of a password, up to accounts-root.h, which writes them into a host.
 */
#pragma once

#include "kickstart/plan.h"

typedef enum
{
  HD_KS_ETC_PASSWD,
  HD_KS_ETC_GROUP,
  HD_KS_ETC_SHADOW,
  HD_KS_ETC_GSHADOW,
  HD_KS_N_ETC_FILES,
} HdKsEtcFile;

/* A home that has to be there, and who may enter it over ssh. */
typedef struct
{
  char *user;
  char *path; /* as passwd has it */
  guint32 uid, gid;
  GPtrArray *keys; /* of lines for authorized_keys */
} HdKsHome;

typedef struct
{
  GPtrArray *tables[HD_KS_N_ETC_FILES]; /* of GStrv: the fields of a line */
  GPtrArray *homes;                     /* of HdKsHome */
} HdKsAccounts;

/* Accounts from the texts of the files, in the order of HdKsEtcFile. */
HdKsAccounts *hd_ks_accounts_new (const char *const texts[HD_KS_N_ETC_FILES]);
void hd_ks_accounts_free (HdKsAccounts *accounts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdKsAccounts, hd_ks_accounts_free)

/* Carry out the steps of the plan that are about accounts. `epoch` is the time of the passwords in
 * seconds. HD_CONFIG with the place of a line that contradicts the host. */
gboolean hd_ks_accounts_apply (HdKsAccounts *accounts, const HdKsPlan *plan, gint64 epoch,
                               GError **error);

/* A table as text. Free with g_free. */
char *hd_ks_accounts_text (const HdKsAccounts *accounts, HdKsEtcFile table);

/* The hash of a password, as login(1) reads it, with a salt by chance; NULL when there is none.
 * Free with g_free. */
char *hd_ks_password_hash (const char *password);
