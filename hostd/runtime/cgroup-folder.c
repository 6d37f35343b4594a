/* Cgroups: where they are, how they are entered, read and removed; what version 1 and 2 share. */
#include "runtime/cgroup-internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "common/parse.h"
#include "runtime/userns.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define FILE_BYTES_MAX (1u << 20)

/* Files */

int
rt_cgroup_write (const char *folder, const char *file, const char *value, hd_err *err)
{
  char path[PATH_MAX];
  snprintf (path, sizeof path, "%s/%s", folder, file);
  hd_autofd fd = open (path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "opening %s", path);
  size_t length = strlen (value);
  if (write (fd, value, length) != (ssize_t)length)
    return hd_err_set_errno (err, errno, "writing \"%.80s\" to %s", value, path);
  return 0;
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
  hd_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -errno;
  ssize_t n = read (fd, buffer, size_bytes - 1);
  if (n < 0)
    return -errno;
  while (n > 0 && buffer[n - 1] == '\n')
    n--;
  buffer[n] = '\0';
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
rt_cgroup_mkdirs (const char *path, int (*made) (const char *path), hd_err *err)
{
  if (mkdir (path, 0755) == 0)
    return made != NULL ? made (path) : 0;
  if (errno == EEXIST)
    return 1;
  if (errno != ENOENT)
    return hd_err_set_errno (err, errno, "making cgroup %s", path);
  char parent[PATH_MAX];
  snprintf (parent, sizeof parent, "%s", path);
  char *slash = strrchr (parent, '/');
  if (slash == NULL || slash == parent)
    return hd_err_set_errno (err, ENOENT, "making cgroup %s", path);
  *slash = '\0';
  int r = rt_cgroup_mkdirs (parent, made, err);
  if (r < 0)
    return r;
  if (mkdir (path, 0755) < 0 && errno != EEXIST)
    return hd_err_set_errno (err, errno, "making cgroup %s", path);
  return made != NULL ? made (path) : 0;
}

/* Where they are */

static bool
is_cgroup2 (const char *path)
{
  struct statfs fs;
  return statfs (path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* Does the comma separated list hold the word? */
static bool
list_has (const char *list, const char *word)
{
  size_t length = strlen (word);
  for (const char *c = list; *c != '\0'; c += strcspn (c, ","), c += *c == ',')
    if (strncmp (c, word, length) == 0 && (c[length] == ',' || c[length] == '\0'))
      return true;
  return false;
}

/* The container's folder below the mount, seen from a process in `own`.  Version 1 puts relative
 * paths below it, version 2 beside it: a cgroup with processes can have no limited ones below. */
static const char *
folder_in (const rt_cgroup *cgroup, const char *mount, const char *own, const char *path,
           bool unified)
{
  if (strncmp (own, "/..", 3) == 0)
    own = "/";
  if (path == NULL)
    return rt_printf (cgroup->arena, "%s%s", mount, strcmp (own, "/") == 0 ? "" : own);
  if (path[0] == '/')
    return rt_printf (cgroup->arena, "%s%s", mount, path);
  size_t length = unified ? (size_t)(strrchr (own, '/') - own) : strlen (own);
  if (length == 1)
    length = 0;
  return rt_printf (cgroup->arena, "%s%.*s/%s", mount, (int)length, own, path);
}

static void
add_entry (rt_cgroup *cgroup, const char *name, const char *own, const char *path, bool unified)
{
  rt_arena *arena = cgroup->arena;
  const char *mount = name[0] == '\0' ? CGROUP_ROOT : rt_printf (arena, CGROUP_ROOT "/%s", name);
  if (unified && !is_cgroup2 (mount))
    return;
  cgroup->entries[cgroup->count++] = (rt_cgroup_entry){
    .name = name,
    .mount = mount,
    .path = folder_in (cgroup, mount, own, path, unified),
    .unified = unified,
  };
}

/* A line "NUMBER:CONTROLLERS:PATH" (cgroups(7)). */
static int
locate_line (rt_cgroup *cgroup, char *line, const char *path, bool pure)
{
  char *name = strchr (line, ':');
  char *own = name != NULL ? strchr (name + 1, ':') : NULL;
  if (own == NULL || own[1] != '/')
    return -EINVAL;
  *own++ = '\0';
  name++;
  bool unified = name[0] == '\0';
  if (unified)
    add_entry (cgroup, pure ? "" : "unified", own, path, true);
  else if (!pure)
    add_entry (cgroup, strncmp (name, "name=", 5) == 0 ? name + 5 : name, own, path, false);
  return 0;
}

int
rt_cgroup_locate (const char *text, const char *path, rt_cgroup *cgroup, hd_err *err)
{
  const bool pure = is_cgroup2 (CGROUP_ROOT);
  char *copy = rt_strdup (cgroup->arena, text);
  size_t lines = 1;
  for (const char *c = copy; *c != '\0'; c++)
    lines += *c == '\n';
  cgroup->entries = rt_new_array (cgroup->arena, rt_cgroup_entry, lines);
  cgroup->count = 0;
  cgroup->ops = pure ? &rt_cgroup_v2 : &rt_cgroup_v1;
  for (char *line = copy, *end; *line != '\0'; line = end)
    {
      end = line + strcspn (line, "\n");
      if (*end != '\0')
        *end++ = '\0';
      if (locate_line (cgroup, line, path, pure) < 0)
        return hd_err_set (err, HD_FAILED, NULL, "/proc/self/cgroup: cannot read \"%.80s\"", line);
    }
  return 0;
}

/* The container's own folder, and only that: what is in it will be killed. */
static int
check_path (const char *path, hd_err *err)
{
  if (path != NULL && path[0] != '\0' && strspn (path, "/.") == strlen (path))
    return hd_err_set (err, HD_CONFIG, NULL, "linux.cgroupsPath: \"%.20s\" is the root", path);
  for (const char *c = path; c != NULL && *c != '\0'; c += strcspn (c, "/"), c += *c == '/')
    if (strncmp (c, "..", 2) == 0 && (c[2] == '/' || c[2] == '\0'))
      return hd_err_set (err, HD_CONFIG, NULL, "linux.cgroupsPath: \"%.200s\" has a \"..\"", path);
  return 0;
}

int
rt_cgroup_open (const char *path, const char *id, rt_cgroup_driver driver, rt_cgroup *ret,
                rt_arena *arena, hd_err *err)
{
  hd_autofree char *text = NULL;
  *ret = (rt_cgroup){ .ops = &rt_cgroup_v1, .driver = driver, .arena = arena };
  if (driver == RT_CGROUP_DISABLED)
    return 0;
  if (check_path (path, err) < 0)
    return -EINVAL;
  int r = hd_fs_read (AT_FDCWD, "/proc/self/cgroup", FILE_BYTES_MAX, &text, NULL);
  if (r < 0)
    return hd_err_set_errno (err, -r, "reading /proc/self/cgroup");
  return rt_cgroup_locate (text, path != NULL && path[0] != '\0' ? path : id, ret, err);
}

int
rt_cgroup_restore (const rt_strings *names, rt_cgroup_driver driver, rt_cgroup *ret,
                   rt_arena *arena, hd_err *err)
{
  *ret = (rt_cgroup){
    .ops = &rt_cgroup_v1,
    .driver = driver,
    .entries = rt_new_array (arena, rt_cgroup_entry, names->count + 1),
    .arena = arena,
  };
  for (size_t i = 0; i < names->count; i++)
    {
      char *name = rt_strdup (arena, names->items[i]);
      char *equals = strchr (name, '=');
      if (equals == NULL)
        return hd_err_set (err, HD_CORRUPT, NULL, "state: cgroup \"%.80s\" is not NAME=PATH", name);
      *equals = '\0';
      bool pure = name[0] == '\0';
      if (pure)
        ret->ops = &rt_cgroup_v2;
      ret->entries[ret->count++] = (rt_cgroup_entry){
        .name = name,
        .mount = pure ? CGROUP_ROOT : rt_printf (arena, CGROUP_ROOT "/%s", name),
        .path = equals + 1,
        .unified = pure || strcmp (name, "unified") == 0,
      };
    }
  return 0;
}

rt_strings
rt_cgroup_names (const rt_cgroup *cgroup)
{
  rt_strings list
      = { rt_new_array (cgroup->arena, const char *, cgroup->count + 1), cgroup->count };
  for (size_t i = 0; i < cgroup->count; i++)
    list.items[i]
        = rt_printf (cgroup->arena, "%s=%s", cgroup->entries[i].name, cgroup->entries[i].path);
  return list;
}

const rt_hierarchy *
rt_cgroup_hierarchies (const rt_cgroup *cgroup, size_t *ret_count)
{
  rt_hierarchy *list = rt_new_array (cgroup->arena, rt_hierarchy, cgroup->count + 1);
  for (size_t i = 0; i < cgroup->count; i++)
    list[i] = (rt_hierarchy){ cgroup->entries[i].name, cgroup->entries[i].path };
  *ret_count = cgroup->count;
  return list;
}

const rt_cgroup_entry *
rt_cgroup_entry_of (const rt_cgroup *cgroup, const char *controller)
{
  for (size_t i = 0; i < cgroup->count; i++)
    if (list_has (cgroup->entries[i].name, controller))
      return &cgroup->entries[i];
  return NULL;
}

/* What both versions do alike */

int
rt_cgroup_make (rt_cgroup *cgroup, const rt_resources *resources, hd_err *err)
{
  if (cgroup->driver == RT_CGROUP_DISABLED)
    return 0;
  int r = cgroup->ops->make (cgroup, err);
  return r < 0 ? r : cgroup->ops->apply (cgroup, resources, false, err);
}

int
rt_cgroup_open_procs (const rt_cgroup *cgroup, int **ret, hd_err *err)
{
  int *fds = rt_new_array (cgroup->arena, int, cgroup->count + 1);
  for (size_t i = 0; i < cgroup->count; i++)
    {
      char path[PATH_MAX];
      snprintf (path, sizeof path, "%s/cgroup.procs", cgroup->entries[i].path);
      fds[i] = open (path, O_WRONLY | O_CLOEXEC);
      if (fds[i] < 0)
        return hd_err_set_errno (err, errno, "opening %s", path);
    }
  *ret = fds;
  return 0;
}

int
rt_cgroup_update (rt_cgroup *cgroup, const rt_resources *resources, hd_err *err)
{
  if (cgroup->count == 0)
    return hd_err_set (err, HD_FAILED, NULL, "the container has no cgroup to update");
  return cgroup->ops->apply (cgroup, resources, true, err);
}

int
rt_cgroup_freeze (rt_cgroup *cgroup, bool frozen, hd_err *err)
{
  if (cgroup->count == 0)
    return hd_err_set (err, HD_FAILED, NULL, "the container has no cgroup to freeze");
  return cgroup->ops->freeze (cgroup, frozen, err);
}

/* Processes */

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
      list->items = realloc (list->items, list->room * sizeof *list->items);
      if (list->items == NULL)
        abort ();
    }
  list->items[list->count++] = pid;
}

/* Call `visit` for the folder and all below, innermost first. */
static int
walk (const char *path, int (*visit) (const char *path, void *data), void *data)
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
        r = walk (below, visit, data);
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
  if (r < 0)
    return r == -ENOENT || r == -ENODEV ? 0 : r;
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

int
rt_cgroup_check_empty (const char *path, hd_err *err)
{
  pid_list list = { NULL, 0, 0 };
  int r = collect_pids (path, &list);
  free (list.items);
  if (r == 0 && list.count > 0)
    return hd_err_set (err, HD_BUSY, "choose another linux.cgroupsPath",
                       "cgroup %s has processes of something else", path);
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

int
rt_cgroup_pids (const rt_cgroup *cgroup, pid_t **ret, size_t *ret_count, hd_err *err)
{
  pid_list list = { NULL, 0, 0 };
  const char *folder = process_folder (cgroup);
  int r = folder != NULL ? walk (folder, collect_pids, &list) : -ENOENT;
  if (r < 0)
    {
      free (list.items);
      return hd_err_set_errno (err, -r, "reading the processes of %s",
                               folder != NULL ? folder : "a container without cgroup");
    }
  *ret = list.items;
  *ret_count = list.count;
  return 0;
}

int
rt_cgroup_kill (rt_cgroup *cgroup, int signal_number, hd_err *err)
{
  hd_autofree pid_t *pids = NULL;
  size_t count;
  if (cgroup->ops->kill != NULL && signal_number == SIGKILL
      && cgroup->ops->kill (cgroup, signal_number) == 0)
    return 0;
  int r = rt_cgroup_pids (cgroup, &pids, &count, err);
  if (r < 0)
    return r;
  for (size_t i = 0; i < count; i++)
    if (kill (pids[i], signal_number) < 0 && errno != ESRCH)
      return hd_err_set_errno (err, errno, "signalling process %d", (int)pids[i]);
  return 0;
}

/* Kill what is left and wait until it has gone.  A fork between reading and killing leaves a new
 * process, so until there is none. */
static int
empty (const char *folder)
{
  for (int round = 0; round < 64; round++)
    {
      pid_list list = { NULL, 0, 0 };
      int r = walk (folder, collect_pids, &list);
      if (r < 0 || list.count == 0)
        {
          free (list.items);
          return r;
        }
      for (size_t i = 0; i < list.count; i++)
        {
          hd_autofd pidfd = (int)syscall (SYS_pidfd_open, list.items[i], 0);
          struct pollfd wait_for = { .fd = pidfd, .events = POLLIN };
          if (pidfd >= 0 && kill (list.items[i], SIGKILL) == 0)
            poll (&wait_for, 1, 10000);
        }
      free (list.items);
    }
  return -EBUSY;
}

static int
remove_folder (const char *path, void *data)
{
  (void)data;
  return rmdir (path) == 0 || errno == ENOENT ? 0 : -errno;
}

static int
remove_tree (const char *path)
{
  /* Usually there is nothing below and nobody left. */
  if (rmdir (path) == 0 || errno == ENOENT)
    return 0;
  if (errno != EBUSY && errno != ENOTEMPTY)
    return -errno;
  int r = empty (path);
  return r < 0 ? r : walk (path, remove_folder, NULL);
}

int
rt_cgroup_remove (rt_cgroup *cgroup, hd_err *err)
{
  int result = 0;
  for (size_t i = 0; i < cgroup->count; i++)
    {
      int r = remove_tree (cgroup->entries[i].path);
      if (r < 0 && result == 0 && !((r == -EACCES || r == -EROFS) && !rt_is_host_root ()))
        result = hd_err_set_errno (err, -r, "removing cgroup %s", cgroup->entries[i].path);
    }
  return result;
}

hd_json *
rt_cgroup_stats (rt_cgroup *cgroup)
{
  return cgroup->ops->stats (cgroup);
}
