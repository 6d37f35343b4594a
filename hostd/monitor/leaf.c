/* One folder. */
#include "monitor/leaf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <linux/magic.h>

#include "common/cleanup.h"
#include "common/fs.h"

#define CGROUP "/sys/fs/cgroup"
#define TEXT_BYTES_MAX 65536

/* The path behind "0::" when it ends with the unit's name; NULL otherwise. */
static char *
own_path (char *text, const char *unit)
{
  char *save = NULL;
  for (char *line = strtok_r (text, "\n", &save); line != NULL; line = strtok_r (NULL, "\n", &save))
    if (strncmp (line, "0::", 3) == 0)
      {
        const char *name = strrchr (line, '/');
        return name != NULL && strcmp (name + 1, unit) == 0 ? line + 3 : NULL;
      }
  return NULL;
}

int
mon_leaf_enter (const char *unit)
{
  hd_autofree char *text = NULL;
  struct statfs stat;
  char path[4096], procs[4200];
  if (statfs (CGROUP, &stat) < 0 || stat.f_type != CGROUP2_SUPER_MAGIC)
    return 0;
  int r = hd_fs_read (AT_FDCWD, "/proc/self/cgroup", TEXT_BYTES_MAX, &text, NULL);
  const char *own = r < 0 ? NULL : own_path (text, unit);
  if (own == NULL)
    return r;
  snprintf (path, sizeof path, CGROUP "%s/monitor", own);
  if (mkdir (path, 0755) < 0 && errno != EEXIST)
    return -errno;
  snprintf (procs, sizeof procs, "%s/cgroup.procs", path);
  hd_autofd fd = open (procs, O_WRONLY | O_CLOEXEC);
  return fd < 0 ? -errno : hd_fs_write_all (fd, "0", 1);
}
