/* The files and folders of cgroups: reading, writing, making.  Knows no controller. */
#include "runtime/cgroup-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"

#define DELEGATE_BYTES_MAX (64u << 10)
#define PARENT_ROUNDS 16

/* Runs of descriptors: they come in ascending order as long as none is closed. */
#define RUNS_MAX 4
#define RUN_MAX 32
static struct
{
  int first, next;
} runs[RUNS_MAX];
static int n_runs;

void
rt_cgroup_forget (void)
{
  for (; n_runs > 0; n_runs--)
    syscall (SYS_close_range, (unsigned)runs[n_runs - 1].first, (unsigned)runs[n_runs - 1].next - 1,
             0);
}

static void
drop (int fd)
{
  if (n_runs == 0 || fd != runs[n_runs - 1].next || fd - runs[n_runs - 1].first >= RUN_MAX)
    {
      if (n_runs == RUNS_MAX)
        rt_cgroup_forget ();
      runs[n_runs].first = fd;
      n_runs++;
    }
  runs[n_runs - 1].next = fd + 1;
}

int
rt_cgroup_write_all (const char *folder, const char *file, const char *const *values, size_t count,
                     hd_err *err)
{
  char path[PATH_MAX];
  snprintf (path, sizeof path, "%s/%s", folder, file);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "opening %s", path);
  drop (fd);
  for (size_t i = 0; i < count; i++)
    {
      size_t length = strlen (values[i]);
      if (write (fd, values[i], length) != (ssize_t)length)
        return hd_err_set_errno (err, errno, "writing \"%.80s\" to %s", values[i], path);
    }
  return 0;
}

int
rt_cgroup_write (const char *folder, const char *file, const char *value, hd_err *err)
{
  return rt_cgroup_write_all (folder, file, &value, 1, err);
}

int
rt_cgroup_write_number (const char *folder, const char *file, int64_t number, hd_err *err)
{
  char text[24];
  snprintf (text, sizeof text, "%lld", (long long)number);
  return rt_cgroup_write (folder, file, text, err);
}

int
rt_cgroup_read (const char *folder, const char *file, char *buffer, size_t size_bytes)
{
  char path[PATH_MAX];
  snprintf (path, sizeof path, "%s/%s", folder, file);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -errno;
  drop (fd);
  ssize_t n = read (fd, buffer, size_bytes - 1);
  if (n < 0)
    return -errno;
  while (n > 0 && buffer[n - 1] == '\n')
    n--;
  buffer[n] = '\0';
  return 0;
}

int
rt_cgroup_read_own (char *buffer, size_t size_bytes)
{
  hd_autofd fd = open ("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
  size_t used = 0;
  ssize_t n = -1;
  if (fd < 0)
    return -errno;
  while (used + 1 < size_bytes && (n = read (fd, buffer + used, size_bytes - 1 - used)) > 0)
    used += (size_t)n;
  if (n != 0)
    return n < 0 ? -errno : -EFBIG;
  buffer[used] = '\0';
  return 0;
}

uint64_t
rt_cgroup_read_number (const char *folder, const char *file, uint64_t fallback)
{
  char text[64];
  uint64_t number;
  if (rt_cgroup_read (folder, file, text, sizeof text) < 0 || hd_parse_uint64 (text, &number) < 0)
    return fallback;
  return number;
}

uint64_t
rt_cgroup_read_key (const char *folder, const char *file, const char *key)
{
  char text[8192];
  size_t length = strlen (key);
  if (rt_cgroup_read (folder, file, text, sizeof text) < 0)
    return 0;
  for (const char *line = text; line != NULL; line = strchr (line, '\n'))
    {
      line += *line == '\n';
      if (strncmp (line, key, length) == 0 && line[length] == ' ')
        return strtoull (line + length + 1, NULL, 10);
    }
  return 0;
}

int
rt_cgroup_mkdirs (const char *path, size_t mount_bytes, int (*made) (const char *path),
                  size_t *ret_first_bytes, hd_err *err)
{
  int r = mkdir (path, 0755) < 0 ? -errno : 0;
  if (r == -EEXIST)
    return 1;
  if (r == -ENOENT)
    {
      char parent[PATH_MAX];
      snprintf (parent, sizeof parent, "%s", path);
      char *slash = strrchr (parent, '/');
      /* What is above is not ours to make. */
      if (slash == NULL || (size_t)(slash - parent) <= mount_bytes)
        return hd_err_set_errno (err, ENOENT, "making cgroup %s", path);
      *slash = '\0';
      /* Another container may remove the parent, which it made, just now. */
      for (int round = 0; r == -ENOENT && round < PARENT_ROUNDS; round++)
        {
          int above = rt_cgroup_mkdirs (parent, mount_bytes, made, ret_first_bytes, err);
          if (above < 0)
            return above;
          r = mkdir (path, 0755) < 0 && errno != EEXIST ? -errno : 0;
        }
    }
  if (r < 0)
    return hd_err_set_errno (err, -r, "making cgroup %s", path);
  if (made != NULL && (r = made (path)) < 0)
    {
      rmdir (path);
      return hd_err_set_errno (err, -r, "preparing cgroup %s", path);
    }
  if (*ret_first_bytes == 0)
    *ret_first_bytes = strlen (path);
  return 0;
}

int
rt_cgroup_chown (const char *folder, uid_t uid, hd_err *err)
{
  hd_autofree char *names = NULL;
  if (chown (folder, uid, (gid_t)-1) < 0)
    return hd_err_set_errno (err, errno, "giving %s to user %u", folder, (unsigned)uid);
  int r = hd_fs_read (AT_FDCWD, "/sys/kernel/cgroup/delegate", DELEGATE_BYTES_MAX, &names, NULL);
  if (r < 0)
    return hd_err_set_errno (err, -r, "reading /sys/kernel/cgroup/delegate");
  for (char *rest = names, *name; (name = strsep (&rest, "\n")) != NULL;)
    {
      char path[PATH_MAX];
      if (name[0] == '\0')
        continue;
      snprintf (path, sizeof path, "%s/%s", folder, name);
      /* The list is of all controllers, and not all are here. */
      if (chown (path, uid, (gid_t)-1) < 0 && errno != ENOENT)
        return hd_err_set_errno (err, errno, "giving %s to user %u", path, (unsigned)uid);
    }
  return 0;
}
