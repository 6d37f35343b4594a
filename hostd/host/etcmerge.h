/* The three-way merge of /etc: what the administrator changed, on top of the new defaults.
 *
 * Base: /usr/etc of the old deployment; theirs: its /etc; new defaults: /usr/etc of the new tree.
 * As in libostree (ostree-sysroot-deploy.c), a file that was changed, added or removed stays so,
 * whatever the new default is. A change that the new defaults leave no place for (a changed file
 * where there is a folder now, or the other way round) is refused with its path; a folder that was
 * itself replaced, by a link say, stays replaced. A folder whose owner, mode or attributes were
 * changed keeps them (libostree does not look at those).
 */
#pragma once

#include <gio/gio.h>

typedef enum
{
  HD_ETC_CHANGED, /* or added: to be copied, with all that is in it */
  HD_ETC_FOLDER,  /* only owner, mode or attributes of a folder */
  HD_ETC_REMOVED
} HdEtcKind;

typedef struct
{
  HdEtcKind kind;
  gboolean was_folder; /* the base has a folder there */
  char *path;          /* relative to /etc */
} HdEtcChange;

/* What the administrator changed: an array of HdEtcChange, parents before children.
 * `base_fd` and `etc_fd` are the two folders. Reads only. */
GPtrArray *hd_etcmerge_plan (int base_fd, int etc_fd, GCancellable *cancellable, GError **error);
/* Carry a plan out on `new_etc_fd`. Errors: HD_FAILED with the path for a change without a place,
 * HD_NO_SPACE. */
gboolean hd_etcmerge_apply (GPtrArray *plan, int etc_fd, int new_etc_fd, GCancellable *cancellable,
                            GError **error);

/* Make `new_tree_fd`/etc anew: a copy of its usr/etc with the changes of `old_tree_fd` (-1: none)
 * on top. May be repeated at any time, also after an interruption. */
gboolean hd_etcmerge_build (int old_tree_fd, int new_tree_fd, GCancellable *cancellable,
                            GError **error);
