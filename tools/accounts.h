/* The users and groups of a tree as sysusers.d lines.
 *
 * A host merges /etc/passwd: one that has been changed locally does not get a user that a newer
 * version brings. systemd-sysusers adds it at boot, with the number that the files of the image
 * carry.
 */
#pragma once

#include <glib.h>

/* `passwd` and `group` are the texts of /etc/passwd and /etc/group. Returns the lines for system
 * users and groups but root and nobody, free with g_free. Malformed lines are left out. */
char *hd_accounts_to_sysusers (const char *passwd, const char *group);
