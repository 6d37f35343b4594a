/* The rootfs' mount of a container that shares our mount namespace. */
#include "runtime/hostmount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"

#define NOTE "rootfs.mount" /* "ID PATH" */
#define LAYERS_MAX 64

/* The mount that a path is on (proc(5), fdinfo: mnt_id). */
static int
mount_of (const char *path, uint64_t *ret)
{
  char file[48], text[512];
  hd_autofd fd = open (path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return -errno;
  snprintf (file, sizeof file, "/proc/self/fdinfo/%d", fd);
  hd_autofd info = open (file, O_RDONLY | O_CLOEXEC);
  ssize_t n = info < 0 ? -1 : read (info, text, sizeof text - 1);
  if (n < 0)
    return -errno;
  text[n] = '\0';
  const char *line = strstr (text, "mnt_id:");
  if (line == NULL)
    return -EBADMSG;
  *ret = strtoull (line + strlen ("mnt_id:"), NULL, 10);
  return 0;
}

int
rt_hostmount_note (int dir_fd, const char *rootfs, hd_err *err)
{
  char text[PATH_MAX + 32];
  uint64_t id = 0;
  if (strcmp (rootfs, "/") == 0)
    return hd_err_set (err, HD_CONFIG, "add {\"type\": \"mount\"} to linux.namespaces",
                       "root.path: the host's own root needs a mount namespace");
  int r = mount_of (rootfs, &id);
  if (r < 0)
    return hd_err_set_errno (err, -r, "looking for the mount of %s", rootfs);
  int length = snprintf (text, sizeof text, "%llu %s", (unsigned long long)id, rootfs);
  hd_autofd fd = openat (dir_fd, NOTE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  r = fd < 0 ? -errno : hd_fs_write_all (fd, text, (size_t)length);
  return r < 0 ? hd_err_set_errno (err, -r, "noting the mount of %s", rootfs) : 0;
}

int
rt_hostmount_detach (int dir_fd, hd_err *err)
{
  hd_autofree char *text = NULL;
  int r = hd_fs_read (dir_fd, NOTE, PATH_MAX + 32, &text, NULL);
  if (r == -ENOENT)
    return 0;
  char *path = NULL;
  const uint64_t before = r < 0 ? 0 : strtoull (text, &path, 10);
  if (r == 0 && (path == text || path[0] != ' ' || path[1] != '/'))
    r = -EBADMSG;
  for (int layer = 0; r == 0 && layer < LAYERS_MAX; layer++)
    {
      uint64_t now = 0;
      r = mount_of (path + 1, &now);
      /* The bundle may have gone, and its mounts with it. */
      if (r == -ENOENT || (r == 0 && now == before))
        break;
      if (r == 0 && umount2 (path + 1, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
        r = -errno;
    }
  if (r < 0 && r != -ENOENT)
    return hd_err_set_errno (err, -r, "unmounting the rootfs of the container");
  unlinkat (dir_fd, NOTE, 0);
  return 0;
}
