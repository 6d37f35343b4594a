/* A folder in which a host is deployed: nothing in it, link or not, leads outside. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* Open the folder `path` below the root. What is missing of it is made, also where a link points
 * to: the last with `mode`, those above with 0755, whatever the umask is. `ret_made` (may be NULL)
 * says whether the last was made. Returns a descriptor, or a negative errno. */
int hd_ks_root_open_folder (int root_fd, const char *path, mode_t mode, gboolean *ret_made);
