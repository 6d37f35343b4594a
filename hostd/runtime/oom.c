/* Out-of-memory events: an eventfd of the memory controller (cgroup-v1/memory.rst, 10) or the file
 * memory.events watched by inotify (cgroup-v2.rst). */
#include "runtime/oom.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/cleanup.h"

/* How many have been killed so far?  False when the cgroup is gone. */
static bool
read_kills (int events_fd, uint64_t *ret)
{
  char text[512];
  ssize_t n = pread (events_fd, text, sizeof text - 1, 0);
  if (n <= 0)
    return false;
  text[n] = '\0';
  const char *line = strstr (text, "oom_kill ");
  *ret = line != NULL ? strtoull (line + strlen ("oom_kill "), NULL, 10) : 0;
  return true;
}

static int
watch_v1 (const char *folder, int events_fd)
{
  char path[PATH_MAX], text[32];
  hd_autofd event = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  snprintf (path, sizeof path, "%s/cgroup.event_control", folder);
  hd_autofd control = open (path, O_WRONLY | O_CLOEXEC);
  int n = snprintf (text, sizeof text, "%d %d", event, events_fd);
  if (event < 0 || control < 0 || write (control, text, (size_t)n) != n)
    return -errno;
  int fd = event;
  event = -1;
  return fd;
}

static int
watch_v2 (const char *file)
{
  hd_autofd watch = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (watch < 0 || inotify_add_watch (watch, file, IN_MODIFY) < 0)
    return -errno;
  int fd = watch;
  watch = -1;
  return fd;
}

/* Where memory is counted: in a hierarchy of its own, or in that of version 2. */
static const rt_cgroup_entry *
memory_entry (const rt_cgroup *cgroup)
{
  const rt_cgroup_entry *entry = rt_cgroup_entry_of (cgroup, "memory");
  for (size_t i = 0; entry == NULL && i < cgroup->count; i++)
    if (cgroup->entries[i].unified)
      entry = &cgroup->entries[i];
  return entry;
}

int
rt_oom_watch (const rt_cgroup *cgroup, rt_oom *ret, hd_err *err)
{
  const rt_cgroup_entry *entry = memory_entry (cgroup);
  char file[PATH_MAX];
  *ret = (rt_oom){ .fd = -1, .events_fd = -1 };
  if (entry == NULL)
    return 0;
  ret->unified = entry->unified;
  snprintf (file, sizeof file, "%s/%s", entry->path,
            entry->unified ? "memory.events" : "memory.oom_control");
  ret->events_fd = open (file, O_RDONLY | O_CLOEXEC);
  /* The controller may not reach the container. */
  if (ret->events_fd < 0)
    return errno == ENOENT ? 0 : hd_err_set_errno (err, errno, "opening %s", file);
  read_kills (ret->events_fd, &ret->count);
  ret->fd = entry->unified ? watch_v2 (file) : watch_v1 (entry->path, ret->events_fd);
  return ret->fd < 0 ? hd_err_set_errno (err, -ret->fd, "watching %s", file) : 0;
}

bool
rt_oom_happened (rt_oom *oom)
{
  char buffer[4096];
  bool told = false;
  while (oom->fd >= 0 && read (oom->fd, buffer, sizeof buffer) > 0)
    told = true;
  uint64_t before = oom->count;
  if (!read_kills (oom->events_fd, &oom->count))
    return false;
  /* Version 1 tells of the shortage, before it kills, and of its own end. */
  return oom->unified ? oom->count > before : told;
}

void
rt_oom_close (rt_oom *oom)
{
  hd_closep (&oom->fd);
  hd_closep (&oom->events_fd);
}
