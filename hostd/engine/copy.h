/* `cp`: files from a tree to another one, by descriptors. */
#pragma once

#include <glib.h>

typedef struct
{
  gboolean keep_owner; /* else files belong to root */
  gboolean follow;     /* the source itself, when it is a symbolic link */
} HdCopyOptions;

/* Copy `from` below `from_root` to `to` below `to_root` (descriptors; neither links nor ".." leave
 * the trees), by docker's rules: what is a folder and ends with "/." gives its content; a target
 * that is a folder gets it under its name. HD_NOT_FOUND, HD_USAGE (a folder onto a file ...). */
gboolean hd_copy (int from_root, const char *from, int to_root, const char *to,
                  const HdCopyOptions *options, GError **error);
