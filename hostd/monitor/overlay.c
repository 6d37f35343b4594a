/* Overlayfs by the new mount calls.
 *
 * Layers are named by the numbers of open descriptors, relative to /proc/self/fd: the kernel before
 * 6.5 takes them in one string of 255 bytes, which would be three absolute paths.
 */
#include "monitor/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/cleanup.h"

/* overlayfs' own limit of lower folders (fs/overlayfs, OVL_MAX_STACK). */
#define LAYERS_MAX 500
#define STRING_MAX 255

typedef struct
{
  int fds[LAYERS_MAX + 2];
  size_t count;
} folders;

static void
close_folders (folders *f)
{
  for (size_t i = 0; i < f->count; i++)
    close (f->fds[i]);
}

static int
add_folder (folders *f, int dir_fd, const char *path, hd_err *err)
{
  int fd = openat (dir_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "opening the layer %s", path);
  f->fds[f->count++] = fd;
  return fd;
}

static int
open_layers (folders *f, int dir_fd, const hd_json *layers, hd_err *err)
{
  size_t n = hd_json_length (layers);
  if (n > LAYERS_MAX)
    return hd_err_set (err, HD_FAILED, NULL, "the image has %zu layers; %d are possible", n,
                       LAYERS_MAX);
  for (size_t i = 0; i < n; i++)
    {
      const char *path = "";
      hd_json_as_string (hd_json_at (layers, i), &path);
      int r = add_folder (f, AT_FDCWD, path, err);
      if (r < 0)
        return r;
    }
  if (n > 0)
    return 0;
  if (mkdirat (dir_fd, "empty", 0755) < 0 && errno != EEXIST)
    return hd_err_set_errno (err, errno, "making an empty folder");
  int r = add_folder (f, dir_fd, "empty", err);
  return r < 0 ? r : 0;
}

static int
set (int fs, const char *key, const char *value)
{
  return fsconfig (fs, FSCONFIG_SET_STRING, key, value, 0) < 0 ? -errno : 0;
}

/* All lower folders in one string: the kernel does not have lowerdir+. */
static int
set_lower_string (int fs, const folders *f, size_t n)
{
  char text[STRING_MAX + 1];
  size_t used = 0;
  for (size_t i = 0; i < n; i++)
    {
      int length = snprintf (text + used, sizeof text - used, "%s%d", i > 0 ? ":" : "", f->fds[i]);
      used += (size_t)length;
      if (used >= sizeof text)
        return -E2BIG;
    }
  return set (fs, "lowerdir", text);
}

/* Before 6.5 overlayfs takes whatever it is given, and refuses it only when the mount is made. */
static bool
has_lower_plus (void)
{
  struct utsname uts;
  int major = 0, minor = 0;
  return uname (&uts) == 0 && sscanf (uts.release, "%d.%d", &major, &minor) == 2
         && (major > 6 || (major == 6 && minor >= 5));
}

static int
set_lower (int fs, const folders *f, size_t n)
{
  char number[16];
  if (!has_lower_plus ())
    return set_lower_string (fs, f, n);
  snprintf (number, sizeof number, "%d", f->fds[0]);
  int r = set (fs, "lowerdir+", number);
  if (r == -EINVAL)
    return set_lower_string (fs, f, n);
  for (size_t i = 1; r == 0 && i < n; i++)
    {
      snprintf (number, sizeof number, "%d", f->fds[i]);
      r = set (fs, "lowerdir+", number);
    }
  return r;
}

static int
set_number (int fs, const char *key, int number)
{
  char text[16];
  snprintf (text, sizeof text, "%d", number);
  return set (fs, key, text);
}

/* In /proc/self/fd. */
static int
mount_folders (const folders *f, bool fleeting, hd_err *err)
{
  size_t n = f->count - 2;
  hd_autofd fs = fsopen ("overlay", FSOPEN_CLOEXEC);
  if (fs < 0)
    return hd_err_set_errno (err, errno, "asking the kernel for overlayfs");
  int r = set (fs, "source", "overlay");
  if (r == 0)
    r = set_lower (fs, f, n);
  if (r == 0)
    r = set_number (fs, "upperdir", f->fds[n]);
  if (r == 0)
    r = set_number (fs, "workdir", f->fds[n + 1]);
  if (r == 0 && fleeting && fsconfig (fs, FSCONFIG_SET_FLAG, "volatile", NULL, 0) < 0)
    r = -errno;
  if (r == 0 && fsconfig (fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
    r = -errno;
  int mounted = r < 0 ? r : fsmount (fs, FSMOUNT_CLOEXEC, 0);
  if (r == 0 && mounted < 0)
    r = -errno;
  if (r < 0)
    return hd_err_set_errno (err, -r, "mounting %zu layers with overlayfs", n);
  return mounted;
}

/* The kernel's mark that the last mount may not have been written out: it was, or nobody cares. */
static void
forget_mark (int dir_fd)
{
  unlinkat (dir_fd, "work/work/incompat/volatile/dirty", 0);
  unlinkat (dir_fd, "work/work/incompat/volatile", AT_REMOVEDIR);
  unlinkat (dir_fd, "work/work/incompat", AT_REMOVEDIR);
}

int
mon_overlay_open (int dir_fd, const hd_json *layers, bool fleeting, hd_err *err)
{
  folders f = { .count = 0 };
  hd_autofd here = open (".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fleeting)
    forget_mark (dir_fd);
  int r = open_layers (&f, dir_fd, layers, err);
  if (r >= 0)
    r = add_folder (&f, dir_fd, "upper", err);
  if (r >= 0)
    r = add_folder (&f, dir_fd, "work", err);
  if (r >= 0 && chdir ("/proc/self/fd") < 0)
    r = hd_err_set_errno (err, errno, "entering /proc/self/fd");
  if (r >= 0)
    r = mount_folders (&f, fleeting, err);
  close_folders (&f);
  if (here >= 0 && fchdir (here) < 0 && r >= 0)
    {
      close (r);
      r = hd_err_set_errno (err, errno, "going back to the working folder");
    }
  return r;
}
