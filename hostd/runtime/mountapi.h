/* mount(2) and the descriptor based mount calls (Linux 5.2 to 5.12), for C libraries with and
 * without functions for them.  glibc has had them since 2.36; musl 1.2.3 has none, and there
 * <linux/mount.h> goes together with <sys/mount.h>, which it does not with glibc. */
#pragma once

#include <sys/mount.h>

#ifndef __GLIBC__
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int
open_tree (int folder_fd, const char *path, unsigned flags)
{
  return (int)syscall (SYS_open_tree, folder_fd, path, flags);
}

static inline int
move_mount (int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
  return (int)syscall (SYS_move_mount, from_fd, from, to_fd, to, flags);
}

static inline int
fsopen (const char *type, unsigned flags)
{
  return (int)syscall (SYS_fsopen, type, flags);
}

static inline int
fsconfig (int fs_fd, unsigned command, const char *key, const void *value, int aux)
{
  return (int)syscall (SYS_fsconfig, fs_fd, command, key, value, aux);
}

static inline int
fsmount (int fs_fd, unsigned flags, unsigned attributes)
{
  return (int)syscall (SYS_fsmount, fs_fd, flags, attributes);
}

static inline int
mount_setattr (int folder_fd, const char *path, unsigned flags, struct mount_attr *attr,
               size_t size_bytes)
{
  return (int)syscall (SYS_mount_setattr, folder_fd, path, flags, attr, size_bytes);
}
#endif
