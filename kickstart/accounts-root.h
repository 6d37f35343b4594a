/* Accounts of a host in a folder: reading its files, writing them, homes and keys. */
#pragma once

#include <stdio.h>

#include "kickstart/accounts.h"

/* Read the files of the host at `root`; those of shadow may be missing. Errors: HD_NOT_FOUND and
 * others of the system. */
HdKsAccounts *hd_ks_accounts_read (const char *root, GError **error);

/* Write what changed, make the homes with what is in /etc/skel, and add the keys. Whose files it
 * does not own has to be root. Blocks. */
gboolean hd_ks_accounts_write (const HdKsAccounts *accounts, const char *root, GError **error);

/* One line for each home. */
void hd_ks_accounts_print (const HdKsAccounts *accounts, FILE *out);
