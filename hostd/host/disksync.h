/* Bringing a file system to the disk: not only into its journal. */
#pragma once

#include <glib.h>

/* syncfs(2), then freeze and thaw (FIFREEZE, FITHAW of linux/fs.h), which writes the journal back
 * to where the blocks belong, so that a boot loader that replays no journal reads them. Where
 * freezing is refused (no privileges, not supported) or `fd` is on the file system of this
 * process's "/", syncfs alone. A child does both, so that it is thawed even if
 * this process is killed in between.
 * Blocks. Errors: HD_FAILED, HD_NO_SPACE with the errno. */
gboolean hd_disksync_settle (int fd, const char *name, GError **error);
