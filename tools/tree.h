/* An archive of a Debian tree becomes the content objects of an OSTree repository.
 *
 * No file is unpacked and no privilege is needed: owners, modes and capabilities go from the
 * archive's headers into the objects. What the layout (tools/layout.h) leaves out or moves to /var
 * is settled on the way; at the end the tmpfiles.d and sysusers.d files are written.
 */
#pragma once

#include <ostree.h>

typedef struct
{
  OstreeMutableTree *root;
  GVariant *packages;  /* a(sss), see tools/packages.h */
  char *kernel;        /* version of the one kernel in /usr/lib/modules */
  char *inputs_digest; /* SHA-256 of what the customize hook wrote of the package lists */
  GHashTable *sizes;   /* checksum of a file object -> bytes of its content (guint64 *) */
  guint64 size_bytes;  /* of all files */
  guint n_files;
} HdTree;

void hd_tree_free (HdTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdTree, hd_tree_free)

/* Read the tar archive at `path` into `repo`, in which a transaction is open. `drop` is
 * NULL-terminated (hd_layout_is_dropped).
 * Errors: HD_CORRUPT (the archive is damaged, or is not a tree with exactly one kernel),
 * HD_NO_SPACE. Blocks. */
HdTree *hd_tree_import (OstreeRepo *repo, const char *path, const char *const *drop,
                        GCancellable *cancellable, GError **error);

/* Add a regular file of root's with mode 0644, its folders made as needed. */
gboolean hd_tree_add_file (HdTree *tree, OstreeRepo *repo, const char *path, GBytes *content,
                           GCancellable *cancellable, GError **error);
