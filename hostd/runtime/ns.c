/* Clone, stages before it, clocks and id maps. */
#include "runtime/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "runtime/sync.h"
#include "runtime/userns.h"

#define MAP_BYTES_MAX 4096

static pid_t
clone_process (uint64_t flags, int cgroup_fd)
{
  struct clone_args args = {
    .flags = flags | (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
    .exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD,
    .cgroup = cgroup_fd >= 0 ? (uint64_t)cgroup_fd : 0,
  };
  long pid = syscall (SYS_clone3, &args, sizeof args);
  return pid < 0 ? -errno : (pid_t)pid;
}

bool
rt_ns_needs_stage (const rt_spec *spec)
{
  const rt_namespace *user = rt_spec_namespace (spec, CLONE_NEWUSER);
  bool joined = false;
  for (size_t i = 0; i < spec->linux_->namespaces.count; i++)
    {
      const rt_namespace *ns = &spec->linux_->namespaces.items[i];
      if (ns->path == NULL)
        continue;
      if ((ns->type.value & (CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWTIME)) != 0)
        return true;
      joined = true;
    }
  return joined && user != NULL;
}

/* The stage: joins, then makes the real process as its sibling.  Async-signal-safe. */

static void
stage_fail (rt_child *child, int errnum, const char *text)
{
  rt_msg message = { .kind = RT_MSG_ERROR, .step = INT32_MAX, .errnum = errnum };
  strncpy (message.text, text, sizeof message.text - 1);
  rt_msg_send (child->sync_fd, &message);
  _exit (1);
}

/* Join all but user namespaces that allow it, then the user namespace, then those that it owns. */
static void
stage_join (rt_child *child, const rt_spec *spec)
{
  int fds[16];
  const size_t count = spec->linux_->namespaces.count < 16 ? spec->linux_->namespaces.count : 16;
  for (size_t i = 0; i < count; i++)
    {
      const rt_namespace *ns = &spec->linux_->namespaces.items[i];
      fds[i] = ns->path == NULL ? -1 : open (ns->path, O_RDONLY | O_CLOEXEC);
      if (ns->path != NULL && fds[i] < 0)
        stage_fail (child, errno, ns->path);
    }
  for (int pass = 0; pass < 3; pass++)
    for (size_t i = 0; i < count; i++)
      {
        const rt_namespace *ns = &spec->linux_->namespaces.items[i];
        const bool user = ns->type.value == CLONE_NEWUSER;
        if (fds[i] < 0 || user != (pass == 1))
          continue;
        if (setns (fds[i], (int)ns->type.value) == 0)
          {
            close (fds[i]);
            fds[i] = -1;
          }
        else if (pass != 0)
          stage_fail (child, errno, ns->path);
      }
}

static _Noreturn void
run_stage (rt_child *child, const rt_spec *spec, int cgroup_fd, uint64_t enter_flags)
{
  if (spec != NULL)
    stage_join (child, spec);
  else if (setns (child->init_pidfd, (int)enter_flags) < 0)
    stage_fail (child, errno, "of the container");
  pid_t pid = clone_process (child->plan->clone_flags | CLONE_PARENT, cgroup_fd);
  if (pid == 0)
    rt_child_run (child);
  if (pid < 0)
    stage_fail (child, -pid, "clone");
  rt_msg message = { .kind = RT_MSG_PID, .number = pid };
  rt_msg_send (child->sync_fd, &message);
  _exit (0);
}

pid_t
rt_ns_clone (rt_child *child, const rt_spec *spec, int cgroup_fd, bool staged, uint64_t enter_flags,
             hd_err *err)
{
  child->proc_fd = open ("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  pid_t pid = clone_process (staged ? 0 : child->plan->clone_flags, staged ? -1 : cgroup_fd);
  if (pid == 0)
    {
      if (staged)
        run_stage (child, spec, cgroup_fd, enter_flags);
      rt_child_run (child);
    }
  if (pid < 0)
    return hd_err_set_errno (err, -pid, "clone: making the container's namespaces");
  return pid;
}

/* Clocks */

int
rt_ns_set_clocks (const rt_spec *spec, hd_err *err)
{
  const rt_namespace *ns = rt_spec_namespace (spec, CLONE_NEWTIME);
  const rt_time_offsets *offsets = spec->linux_->time_offsets;
  char text[128] = "";
  if (ns == NULL || ns->path != NULL)
    return 0;
  if (unshare (CLONE_NEWTIME) < 0)
    return hd_err_set_errno (err, errno, "making the time namespace");
  if (offsets == NULL)
    return 0;
  int n = 0;
  if (offsets->monotonic != NULL)
    n = snprintf (text, sizeof text, "monotonic %lld %u\n",
                  (long long)offsets->monotonic->secs.value, offsets->monotonic->nanosecs);
  if (offsets->boottime != NULL)
    n += snprintf (text + n, sizeof text - (size_t)n, "boottime %lld %u\n",
                   (long long)offsets->boottime->secs.value, offsets->boottime->nanosecs);
  hd_autofd fd = open ("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || (n > 0 && write (fd, text, (size_t)n) != n))
    return hd_err_set_errno (err, errno, "linux.timeOffsets: writing /proc/self/timens_offsets");
  return 0;
}

/* Id maps */

static int
map_text (const rt_id_mappings *list, char *buffer, size_t size, hd_err *err)
{
  size_t used = 0;
  for (size_t i = 0; i < list->count; i++)
    {
      int n = snprintf (buffer + used, size - used, "%u %u %u\n", list->items[i].container_id,
                        list->items[i].host_id, list->items[i].size);
      used += (size_t)n;
      if (used >= size)
        return hd_err_set (err, HD_CONFIG, NULL, "linux.uidMappings: too many lines");
    }
  return (int)used;
}

static int
write_file (pid_t pid, const char *name, const char *text, size_t length, hd_err *err)
{
  char path[64];
  snprintf (path, sizeof path, "/proc/%d/%s", (int)pid, name);
  hd_autofd fd = open (path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write (fd, text, length) != (ssize_t)length)
    return hd_err_set_errno (err, errno, "writing \"%.100s\" to %s", text, path);
  return 0;
}

/* newuidmap PID CONTAINER HOST SIZE ... (shadow): what /etc/subuid grants. */
static int
run_helper (const char *program, pid_t pid, const rt_id_mappings *list, hd_err *err)
{
  extern char **environ;
  rt_auto_arena arena = { 0 };
  char **argv = rt_new_array (&arena, char *, 3 + list->count * 3);
  int n = 0, status;
  pid_t helper;
  argv[n++] = rt_strdup (&arena, program);
  argv[n++] = rt_printf (&arena, "%d", (int)pid);
  for (size_t i = 0; i < list->count; i++)
    {
      argv[n++] = rt_printf (&arena, "%u", list->items[i].container_id);
      argv[n++] = rt_printf (&arena, "%u", list->items[i].host_id);
      argv[n++] = rt_printf (&arena, "%u", list->items[i].size);
    }
  int r = posix_spawnp (&helper, program, NULL, NULL, argv, environ);
  if (r != 0)
    return hd_err_set_errno (err, r, "starting %s", program);
  while (waitpid (helper, &status, 0) < 0)
    if (errno != EINTR)
      return hd_err_set_errno (err, errno, "waiting for %s", program);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return 0;
  return hd_err_set (err, HD_DENIED, "see /etc/subuid and /etc/subgid, subuid(5)",
                     "%s refused the id map of the container", program);
}

static bool
is_own_only (const rt_id_mappings *list, uint32_t id)
{
  return list->count == 1 && list->items[0].size == 1 && list->items[0].host_id == id;
}

bool
rt_ns_denies_groups (const rt_spec *spec)
{
  const rt_namespace *user = rt_spec_namespace (spec, CLONE_NEWUSER);
  return rt_own_uid () != 0 && user != NULL && user->path == NULL
         && is_own_only (&spec->linux_->gid_mappings, getegid ());
}

static int
write_map (pid_t pid, const rt_id_mappings *list, const char *file, const char *helper,
           uint32_t own, hd_err *err)
{
  char text[MAP_BYTES_MAX];
  int length = map_text (list, text, sizeof text, err);
  if (length <= 0)
    return length;
  if (rt_own_uid () == 0 || is_own_only (list, own))
    return write_file (pid, file, text, (size_t)length, err);
  return run_helper (helper, pid, list, err);
}

int
rt_ns_write_maps (pid_t pid, const rt_spec *spec, bool deny_groups, hd_err *err)
{
  const rt_linux *l = spec->linux_;
  int r = 0;
  if (deny_groups)
    r = write_file (pid, "setgroups", "deny", 4, err);
  if (r == 0)
    r = write_map (pid, &l->gid_mappings, "gid_map", "newgidmap", getegid (), err);
  if (r == 0)
    r = write_map (pid, &l->uid_mappings, "uid_map", "newuidmap", rt_own_uid (), err);
  return r;
}

int
rt_ns_open_mapped (const rt_id_mappings *uids, const rt_id_mappings *gids, hd_err *err)
{
  char path[64], text[MAP_BYTES_MAX];
  pid_t pid = clone_process (CLONE_NEWUSER, -1);
  if (pid == 0)
    for (;;)
      pause ();
  if (pid < 0)
    return hd_err_set_errno (err, -pid, "making the user namespace of an id-mapped mount");
  int length = map_text (gids, text, sizeof text, err);
  int r = length > 0 ? write_file (pid, "gid_map", text, (size_t)length, err) : length;
  if (r == 0 && (length = map_text (uids, text, sizeof text, err)) > 0)
    r = write_file (pid, "uid_map", text, (size_t)length, err);
  snprintf (path, sizeof path, "/proc/%d/ns/user", (int)pid);
  int fd = r < 0 ? r : open (path, O_RDONLY | O_CLOEXEC);
  if (r == 0 && fd < 0)
    fd = hd_err_set_errno (err, errno, "opening %s", path);
  kill (pid, SIGKILL);
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
  return fd;
}
