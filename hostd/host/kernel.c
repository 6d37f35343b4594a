/* usr/lib/modules/RELEASE/{vmlinuz,initramfs.img} -> /boot/ostree/STATEROOT-BOOTCSUM/. */
#include "host/kernel.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "common/cleanup.h"
#include "common/fs.h"
#include "host/copytree.h"
#include "host/space.h"
#include "state/paths.h"

#define MODULES "usr/lib/modules"

char *
hd_kernel_release (int tree_fd)
{
  int fd = openat (tree_fd, MODULES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  char *release = NULL;
  if (dir == NULL)
    return NULL;
  for (struct dirent *item = readdir (dir); release == NULL && item != NULL; item = readdir (dir))
    {
      g_autofree char *path = g_strconcat (item->d_name, "/vmlinuz", NULL);
      if (item->d_name[0] != '.' && faccessat (fd, path, F_OK, 0) == 0)
        release = g_strdup (item->d_name);
    }
  closedir (dir);
  return release;
}

/* One of the two files: its name in the modules' folder, and libostree's in /boot. */
typedef struct
{
  const char *source;
  char *target;
  guint64 size_bytes; /* 0: need not be copied */
} BootFile;

static gboolean
measure (int modules_fd, int target_fd, BootFile *file, GError **error)
{
  struct stat st;
  if (fstatat (target_fd, file->target, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return TRUE;
  if (fstatat (modules_fd, file->source, &st, 0) == 0)
    file->size_bytes = st.st_size;
  else if (errno != ENOENT)
    return hd_throw_errno (error, errno, "reading %s", file->source);
  return TRUE;
}

static gboolean
install_file (int modules_fd, int target_fd, const BootFile *file, GError **error)
{
  if (file->size_bytes == 0)
    return TRUE;
  if (linkat (modules_fd, file->source, target_fd, file->target, AT_SYMLINK_FOLLOW) == 0)
    return TRUE;
  g_autofree char *temporary = g_strconcat (".", file->target, ".tmp", NULL);
  if (unlinkat (target_fd, temporary, 0) < 0 && errno != ENOENT)
    return hd_throw_errno (error, errno, "removing /boot/…/%s", temporary);
  gboolean ok = hd_copytree (modules_fd, file->source, target_fd, temporary, NULL, error);
  hd_autofd fd = ok ? openat (target_fd, temporary, O_RDONLY | O_CLOEXEC) : -1;
  if (ok
      && (fd < 0 || fsync (fd) < 0 || renameat (target_fd, temporary, target_fd, file->target) < 0))
    ok = hd_throw_errno (error, errno, "writing");
  if (!ok)
    {
      (void)unlinkat (target_fd, temporary, 0);
      g_prefix_error (error, "copying %s to /boot: ", file->target);
    }
  return ok;
}

static gboolean
install_all (int modules_fd, int boot_fd, int target_fd, BootFile *files, gsize n_files,
             GError **error)
{
  struct stat source, target;
  guint64 needed_bytes = 0;
  for (gsize i = 0; i < n_files; i++)
    {
      if (!measure (modules_fd, target_fd, &files[i], error))
        return FALSE;
      needed_bytes += files[i].size_bytes;
    }
  if (fstat (modules_fd, &source) < 0 || fstat (target_fd, &target) < 0)
    return hd_throw_errno (error, errno, "looking at /boot");
  if (source.st_dev != target.st_dev && !hd_space_check (boot_fd, "/boot", needed_bytes, error))
    return FALSE;
  for (gsize i = 0; i < n_files; i++)
    if (!install_file (modules_fd, target_fd, &files[i], error))
      return FALSE;
  return fsync (target_fd) == 0 || hd_throw_errno (error, errno, "bringing /boot to the disk");
}

gboolean
hd_kernel_install (int tree_fd, int boot_fd, const char *stateroot, const char *boot_checksum,
                   GError **error)
{
  g_autofree char *release = hd_kernel_release (tree_fd);
  if (release == NULL)
    return hd_throw (error, HD_NOT_FOUND, NULL, "the new version has no kernel in /" MODULES);
  g_autofree char *modules = g_strconcat (MODULES "/", release, NULL);
  g_autofree char *folder = g_strdup_printf (HD_BOOT_KERNELS "/%s-%s", stateroot, boot_checksum);
  hd_autofd modules_fd = openat (tree_fd, modules, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int r = hd_fs_mkdirs (boot_fd, folder, 0755);
  hd_autofd target_fd = r < 0 ? -1 : openat (boot_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (modules_fd < 0 || target_fd < 0)
    return hd_throw_errno (error, r < 0 ? -r : errno, "making /boot/%s", folder);

  g_autofree char *kernel = g_strconcat ("vmlinuz-", release, NULL);
  g_autofree char *initramfs = g_strdup_printf ("initramfs-%s.img", release);
  BootFile files[] = { { "vmlinuz", kernel, 0 }, { "initramfs.img", initramfs, 0 } };
  return install_all (modules_fd, boot_fd, target_fd, files, G_N_ELEMENTS (files), error);
}
