/* The result of the last check for updates, /ostree/atomic/check.json. */
#pragma once

#include <glib.h>

typedef struct
{
  gint64 time;   /* seconds since 1970 */
  char *refspec; /* what was asked for */
  char *commit;  /* what was found, or NULL after an error */
  char *version; /* or NULL */
  char *error;   /* message, or NULL */
} HdCheck;

void hd_check_free (HdCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdCheck, hd_check_free)

/* NULL when there is none, or it is malformed. */
HdCheck *hd_check_read (int sysroot_fd);
gboolean hd_check_write (int sysroot_fd, const HdCheck *check, GError **error);
