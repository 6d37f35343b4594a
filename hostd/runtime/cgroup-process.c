/* The processes in cgroups: listed, signalled, ended. */
#include "runtime/cgroup-internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"

#define FILE_BYTES_MAX (16u << 20)
#define ROUNDS_MAX 64
#define END_TIMEOUT_MS 10000

typedef struct
{
  pid_t *items;
  size_t count;
  size_t room;
} pid_list;

static void
add_pid (pid_list *list, pid_t pid)
{
  if (list->count == list->room)
    {
      list->room = list->room == 0 ? 32 : list->room * 2;
      pid_t *items = realloc (list->items, list->room * sizeof *items);
      if (items == NULL)
        abort ();
      list->items = items;
    }
  list->items[list->count++] = pid;
}

static bool
has_pid (const pid_list *list, pid_t pid)
{
  for (size_t i = 0; i < list->count; i++)
    if (list->items[i] == pid)
      return true;
  return false;
}

int
rt_cgroup_walk (const char *path, int (*visit) (const char *path, void *data), void *data)
{
  DIR *folder = opendir (path);
  if (folder == NULL)
    return errno == ENOENT ? 0 : -errno;
  struct dirent *entry;
  int r = 0;
  while (r == 0 && (entry = readdir (folder)) != NULL)
    {
      char below[PATH_MAX];
      if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
        continue;
      if (snprintf (below, sizeof below, "%s/%s", path, entry->d_name) < (int)sizeof below)
        r = rt_cgroup_walk (below, visit, data);
    }
  closedir (folder);
  return r < 0 ? r : visit (path, data);
}

static int
collect_pids (const char *path, void *data)
{
  hd_autofree char *text = NULL;
  char file[PATH_MAX];
  if (snprintf (file, sizeof file, "%s/cgroup.procs", path) >= (int)sizeof file)
    return -ENAMETOOLONG;
  int r = hd_fs_read (AT_FDCWD, file, FILE_BYTES_MAX, &text, NULL);
  /* A threaded cgroup of version 2 tells no processes; those of its domain above hold them. */
  if (r < 0)
    return r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP ? 0 : r;
  for (char *c = text, *end; *c != '\0'; c = end + (*end == '\n'))
    {
      long pid = strtol (c, &end, 10);
      if (end == c)
        break;
      if (pid > 0)
        add_pid (data, (pid_t)pid);
    }
  return 0;
}

/* Whoever joins would stop in the middle. */
static bool
is_frozen (const char *path)
{
  char state[16] = "";
  if (rt_cgroup_read (path, "freezer.state", state, sizeof state) == 0)
    return strncmp (state, "THAWED", 6) != 0;
  return rt_cgroup_read_key (path, "cgroup.events", "frozen") == 1;
}

int
rt_cgroup_check_empty (const char *path, hd_err *err)
{
  pid_list list = { NULL, 0, 0 };
  int r = rt_cgroup_walk (path, collect_pids, &list);
  free (list.items);
  if (r == 0 && list.count > 0)
    {
      hd_err_set (err, HD_BUSY, "choose another linux.cgroupsPath",
                  "container's cgroup is not empty: %s has processes of something else", path);
      return -EBUSY;
    }
  if (r == 0 && is_frozen (path))
    {
      hd_err_set (err, HD_BUSY, "thaw it, or choose another linux.cgroupsPath",
                  "container's cgroup unexpectedly frozen: %s", path);
      return -EBUSY;
    }
  return r < 0 ? hd_err_set_errno (err, -r, "reading the processes of %s", path) : 0;
}

/* The hierarchy that tells the processes: all hold the same ones. */
static const char *
process_folder (const rt_cgroup *cgroup)
{
  const rt_cgroup_entry *entry = rt_cgroup_entry_of (cgroup, "devices");
  if (entry == NULL && cgroup->count > 0)
    entry = &cgroup->entries[0];
  return entry != NULL ? entry->path : NULL;
}

static int
list_pids (const rt_cgroup *cgroup, pid_list *list, hd_err *err)
{
  const char *folder = process_folder (cgroup);
  int r = folder != NULL ? rt_cgroup_walk (folder, collect_pids, list) : -ENOENT;
  return r < 0 ? hd_err_set_errno (err, -r, "reading the processes of %s",
                                   folder != NULL ? folder : "a container without cgroup")
               : 0;
}

int
rt_cgroup_pids (const rt_cgroup *cgroup, pid_t **ret, size_t *ret_count, hd_err *err)
{
  pid_list list = { NULL, 0, 0 };
  int r = list_pids (cgroup, &list, err);
  if (r < 0)
    {
      free (list.items);
      return r;
    }
  *ret = list.items;
  *ret_count = list.count;
  return 0;
}

/* Signal those of `now` that are not in `before`; *ret_new counts them. */
static int
signal_new (const pid_list *now, const pid_list *before, int signal_number, size_t *ret_new,
            hd_err *err)
{
  *ret_new = 0;
  for (size_t i = 0; i < now->count; i++)
    {
      if (has_pid (before, now->items[i]))
        continue;
      ++*ret_new;
      if (kill (now->items[i], signal_number) < 0 && errno != ESRCH)
        return hd_err_set_errno (err, errno, "signalling process %d", (int)now->items[i]);
    }
  return 0;
}

int
rt_cgroup_kill (rt_cgroup *cgroup, int signal_number, hd_err *err)
{
  pid_list before = { NULL, 0, 0 };
  size_t n_new = 1;
  int r = 0;
  if (signal_number == SIGKILL && cgroup->ops->kill (cgroup) == 0)
    return 0;
  /* What forked between the reading and the signal is new in the next round. */
  const int rounds = signal_number == SIGKILL ? ROUNDS_MAX : 1;
  for (int round = 0; r == 0 && n_new > 0 && round < rounds; round++)
    {
      pid_list now = { NULL, 0, 0 };
      r = list_pids (cgroup, &now, err);
      if (r == 0)
        r = signal_new (&now, &before, signal_number, &n_new, err);
      free (before.items);
      before = now;
    }
  free (before.items);
  return r;
}

/* A fork between reading and killing leaves a new process, so until there is none. */
int
rt_cgroup_empty (const char *folder)
{
  for (int round = 0; round < ROUNDS_MAX; round++)
    {
      pid_list list = { NULL, 0, 0 };
      int r = rt_cgroup_walk (folder, collect_pids, &list);
      if (r < 0 || list.count == 0)
        {
          free (list.items);
          return r;
        }
      for (size_t i = 0; i < list.count; i++)
        kill (list.items[i], SIGKILL);
      for (size_t i = 0; i < list.count; i++)
        {
          hd_autofd pidfd = (int)syscall (SYS_pidfd_open, list.items[i], 0);
          struct pollfd wait_for = { .fd = pidfd, .events = POLLIN };
          if (pidfd >= 0)
            poll (&wait_for, 1, END_TIMEOUT_MS);
        }
      free (list.items);
    }
  return -EBUSY;
}
