/* Bringing a file system to the disk: not only into its journal. */
#pragma once

#include <glib.h>

/* Freeze and thaw (FIFREEZE, FITHAW of linux/fs.h): the kernel writes all that is dirty, and then
 * the journal back to where the blocks belong, so that a boot loader that replays no journal reads
 * them (freeze_super() of fs/super.c, ext4_freeze()). A child does it, so that the file system is
 * thawed even if this process is killed in between. Where freezing fails (no privileges, not
 * supported, an error of the disk) or `fd` is on the file system of this process's "/": syncfs(2),
 * which tells of errors.
 * Blocks. Errors: HD_FAILED, HD_NO_SPACE with the errno. */
gboolean hd_disksync_settle (int fd, const char *name, GError **error);
