/* The "ostree.sizes" of a commit: what each of its objects weighs, so that a host can say before a
 * download how much it will be. */
#pragma once

#include <ostree.h>

/* A floating variant "aay" for the commit whose folders are `root` (OSTREE_OBJECT_TYPE_DIR_TREE)
 * and `root_meta`, as libostree's own "--generate-sizes" writes it. `file_sizes` maps the checksum
 * of a file object to the bytes of its content (guint64 *). The objects may stand in an open
 * transaction. */
GVariant *hd_sizes_collect (OstreeRepo *repo, const char *root, const char *root_meta,
                            GHashTable *file_sizes, GCancellable *cancellable, GError **error);
