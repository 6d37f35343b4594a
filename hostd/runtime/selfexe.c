/* The program that we are, safe from what it starts. */
#include "runtime/selfexe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <linux/memfd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h> /* ST_RDONLY */
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/mountapi.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#define CMDLINE_BYTES_MAX (4u << 20) /* more than the kernel takes with a usual stack */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

extern char **environ;

static bool
is_on_read_only_mount (void)
{
  struct statfs fs;
  return statfs ("/proc/self/exe", &fs) == 0 && (fs.f_flags & ST_RDONLY) != 0;
}

static bool
is_sealed (int fd)
{
  int seals = fcntl (fd, F_GET_SEALS);
  return seals >= 0 && (seals & SEALS) == SEALS;
}

static int
read_only_mount (int fd)
{
  struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
  int tree = open_tree (fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0)
    return -errno;
  if (mount_setattr (tree, "", AT_EMPTY_PATH, &attr, sizeof attr) == 0)
    return tree;
  int r = -errno;
  close (tree);
  return r;
}

static int
sealed_copy (int fd)
{
  struct stat st;
  hd_autofd copy = memfd_create ("atomic-runtime", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  /* Kernels before 6.3 do not know MFD_EXEC, and allow it anyway. */
  if (copy < 0 && errno == EINVAL)
    copy = memfd_create ("atomic-runtime", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (copy < 0 || fstat (fd, &st) < 0)
    return -errno;
  for (off_t done = 0; done < st.st_size;)
    {
      ssize_t n = sendfile (copy, fd, NULL, (size_t)(st.st_size - done));
      if (n <= 0)
        return n < 0 ? -errno : -EIO;
      done += n;
    }
  if (fcntl (copy, F_ADD_SEALS, SEALS) < 0)
    return -errno;
  return hd_steal_fd (&copy);
}

char **
rt_selfexe_arguments (char **ret_text)
{
  size_t size, count = 0;
  int r = hd_fs_read (AT_FDCWD, "/proc/self/cmdline", CMDLINE_BYTES_MAX, ret_text, &size);
  if (r < 0)
    {
      errno = -r;
      return NULL;
    }
  char **argv = calloc (size + 1, sizeof *argv);
  for (size_t at = 0; argv != NULL && at < size; at += strlen (*ret_text + at) + 1)
    argv[count++] = *ret_text + at;
  return argv;
}

static int
execute_again (int fd, hd_err *err)
{
  hd_autofree char *text = NULL;
  hd_autofree char **argv = rt_selfexe_arguments (&text);
  if (argv == NULL)
    return hd_err_set_errno (err, errno, "reading /proc/self/cmdline");
  syscall (SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
  return hd_err_set_errno (err, errno, "executing the runtime from a read-only mount");
}

int
rt_selfexe_protect (hd_err *err)
{
  if (is_on_read_only_mount ())
    return 0;
  hd_autofd fd = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "opening /proc/self/exe");
  if (is_sealed (fd))
    return 0;
  /* An ordinary user's containers have no rights that the user lacks. */
  if (faccessat (AT_FDCWD, "/proc/self/exe", W_OK, AT_EACCESS) < 0 && errno == EACCES)
    return 0;
  hd_autofd again = read_only_mount (fd);
  if (again < 0)
    again = sealed_copy (fd);
  if (again < 0)
    return hd_err_set_errno (err, -again, "making a copy of the runtime that cannot be written");
  return execute_again (again, err);
}
