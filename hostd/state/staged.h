/* The record of a staged deployment, /ostree/atomic/staged: its presence means that the change is
 * finalized when the machine shuts down. */
#pragma once

#include <glib.h>

typedef struct
{
  char *stateroot;
  char *commit;        /* 64 hexadecimal digits */
  int serial;          /* of the deployment that it becomes */
  char *boot_checksum; /* libostree's checksum of kernel and initramfs */
  char *merge;         /* "STATEROOT-COMMIT.SERIAL" whose /etc it takes over, or NULL */
  char **kargs;        /* without ostree= and atomic.deployment= */
  gint64 created;      /* seconds since 1970 */
} HdStaged;

void hd_staged_free (HdStaged *staged);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdStaged, hd_staged_free)

/* Parse and format the key file (group [staged]). A name or checksum that could lead out of our
 * folders, or a value of another form, is refused. Errors: HD_CONFIG. */
HdStaged *hd_staged_parse (const char *text, gsize length_bytes, GError **error);
char *hd_staged_format (const HdStaged *staged);

/* NULL without an error when nothing is staged. */
HdStaged *hd_staged_read (int sysroot_fd, GError **error);
/* Replaces the record whole; blocks until it is on the disk. */
gboolean hd_staged_write (int sysroot_fd, const HdStaged *staged, GError **error);
/* Removes the record; success when there is none. */
gboolean hd_staged_remove (int sysroot_fd, GError **error);

/* Paths below the sysroot of its tree and origin file while it waits; free with g_free. */
char *hd_staged_tree_path (const HdStaged *staged);
char *hd_staged_origin_path (const HdStaged *staged);
/* "STATEROOT-COMMIT.SERIAL" of the deployment that it becomes; free with g_free. */
char *hd_staged_id (const HdStaged *staged);
