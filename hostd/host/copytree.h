/* Copying files with everything that belongs to them. Relative to descriptors, following no link.
 */
#pragma once

#include <gio/gio.h>

/* Copy `name` in `from_fd` to `to_name` in `to_fd`, which must not exist: files, symbolic links,
 * folders with all that is in them; owner, mode, extended attributes and modification time.
 * Devices, pipes and sockets are left out. What only root may set (foreign owners, trusted.*) is
 * left out for others. Errors: HD_NO_SPACE, HD_CANCELLED, HD_FAILED, with the name. */
gboolean hd_copytree (int from_fd, const char *name, int to_fd, const char *to_name,
                      GCancellable *cancellable, GError **error);
/* Give the folder or file `to_fd` owner, mode and extended attributes of `from_fd`. */
gboolean hd_copytree_metadata (int from_fd, int to_fd, GError **error);
/* Whether two files or folders (not their content) have the same owner, mode and extended
 * attributes. */
gboolean hd_copytree_same_metadata (int a_fd, int b_fd);
