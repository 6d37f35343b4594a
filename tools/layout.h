/* Where a file of a Debian tree stands in an OSTree commit.
 *
 * Pure rules over relative paths ("etc/passwd"), without a leading "./" or "/": /etc becomes the
 * default in /usr/etc; what a host may write moves to /var, of which a commit holds nothing, so
 * that it becomes tmpfiles.d lines; what belongs to one machine or to the build is left out.
 */
#pragma once

#include <glib.h>

typedef enum
{
  HD_LAYOUT_KEEP, /* enters the commit at the new path */
  HD_LAYOUT_VAR,  /* is made at boot, at the new path ("var/...") */
  HD_LAYOUT_DROP
} HdLayoutKind;

/* The new place of `path`; *ret_path is set unless it is dropped, free with g_free. */
HdLayoutKind hd_layout_place (const char *path, char **ret_path);

/* TRUE when `path` matches one of the NULL-terminated shell patterns of absolute paths, or is below
 * a folder that does. '*' also stands for '/'. */
gboolean hd_layout_is_dropped (const char *path, const char *const *patterns);

/* What every commit has beside its packages. */
typedef struct
{
  const char *path;
  guint32 mode;       /* with the type: S_IFDIR, S_IFLNK or S_IFREG (then empty) */
  const char *target; /* of a link */
} HdLayoutEntry;      /* the table ends with { NULL } */

extern const HdLayoutEntry hd_layout_entries[];
