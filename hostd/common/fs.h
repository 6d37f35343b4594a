/* Files: openat2 below a root, atomic replacement, whole reads with a limit.  Plain C.
 *
 * Every descriptor returned is close-on-exec and owned by the caller.  Errors: a negative errno.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/openat2.h>

/* openat2(2) with O_CLOEXEC added and RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS plus `resolve`:
 * neither links nor ".." leave the tree of `root_fd`. */
int hd_fs_open_in (int root_fd, const char *path, int flags, mode_t mode, uint64_t resolve);

/* Read the whole file (relative to dir_fd, or AT_FDCWD) into malloc'ed memory with a NUL behind it.
 * -EFBIG when it has more than `max_bytes`.  `ret_size_bytes` may be NULL. */
int hd_fs_read (int dir_fd, const char *path, size_t max_bytes, char **ret_data,
                size_t *ret_size_bytes);
int hd_fs_read_fd (int fd, size_t max_bytes, char **ret_data, size_t *ret_size_bytes);

/* Write all of `data`, restarting after EINTR and short writes. */
int hd_fs_write_all (int fd, const void *data, size_t size_bytes);

/* Replace or create `path` so that after a crash it holds the old or the new bytes, whole: a
 * temporary name in the same folder, fsync, rename, fsync of the folder.  On an error nothing is
 * left behind. */
int hd_fs_replace (int dir_fd, const char *path, const void *data, size_t size_bytes, mode_t mode);

/* fsync the folder at `path` (relative to dir_fd). */
int hd_fs_sync_dir (int dir_fd, const char *path);

/* mkdir -p below dir_fd; existing folders are kept as they are. */
int hd_fs_mkdirs (int dir_fd, const char *path, mode_t mode);

/* Remove a file or a whole tree, never following links or leaving the file system; -ENOENT is
 * success. */
int hd_fs_remove_tree (int dir_fd, const char *path);

/* Free bytes for ordinary users (statvfs f_bavail) of the file system that holds `fd`. */
int hd_fs_free_bytes (int fd, uint64_t *ret_bytes);
