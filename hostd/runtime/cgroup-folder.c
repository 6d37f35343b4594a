/* Where the cgroups are, and how they come and go; what version 1 and 2 share. */
#include "runtime/cgroup-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/full.h"
#include "runtime/userns.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define FILE_BYTES_MAX (1u << 20)
#define REMOVE_ROUNDS 200
#define OWN_BYTES_MAX (128u << 10) /* some 30 lines, each with a path */

/* Places */

static bool
is_cgroup2 (const char *path)
{
  struct statfs fs;
  return statfs (path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static rt_cgroup_mixture
find_mixture (void)
{
  if (is_cgroup2 (CGROUP_ROOT))
    return RT_CGROUP_V2;
  return is_cgroup2 (CGROUP_ROOT "/unified") ? RT_CGROUP_HYBRID : RT_CGROUP_V1;
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

const char *
rt_cgroup_find_mount (const char *mountinfo, const char *controller, rt_arena *arena)
{
  char *copy = rt_strdup (arena, mountinfo);
  for (char *line; (line = strsep (&copy, "\n")) != NULL;)
    {
      /* ID PARENT MAJOR:MINOR ROOT MOUNT ... - TYPE SOURCE OPTIONS */
      char *rest = strstr (line, " - cgroup ");
      char *options = rest != NULL ? strchr (rest + strlen (" - cgroup "), ' ') : NULL;
      if (options == NULL || !list_has (options + 1, controller))
        continue;
      char *field = NULL;
      for (int i = 0; i < 5; i++)
        field = strsep (&line, " ");
      if (field != NULL)
        return field;
    }
  return NULL;
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
  cgroup->entries[cgroup->count++] = (rt_cgroup_entry){
    .name = name,
    .mount = mount,
    .path = folder_in (cgroup, mount, own, path, unified),
    .procs_fd = -1,
    .unified = unified,
  };
}

/* A line "NUMBER:CONTROLLERS:PATH". */
static int
locate_line (rt_cgroup *cgroup, char *line, const char *path, rt_cgroup_mixture mixture)
{
  char *name = strchr (line, ':');
  char *own = name != NULL ? strchr (name + 1, ':') : NULL;
  if (own == NULL || own[1] != '/')
    return -EINVAL;
  *own++ = '\0';
  name++;
  if (name[0] == '\0' && mixture != RT_CGROUP_V1)
    add_entry (cgroup, mixture == RT_CGROUP_V2 ? "" : "unified", own, path, true);
  else if (name[0] != '\0' && mixture != RT_CGROUP_V2)
    add_entry (cgroup, strncmp (name, "name=", 5) == 0 ? name + 5 : name, own, path, false);
  return 0;
}

int
rt_cgroup_locate (const char *text, const char *path, rt_cgroup_mixture mixture, rt_cgroup *cgroup,
                  hd_err *err)
{
  char *copy = rt_strdup (cgroup->arena, text);
  size_t lines = 1;
  for (const char *c = copy; *c != '\0'; c++)
    lines += *c == '\n';
  cgroup->entries = rt_new_array (cgroup->arena, rt_cgroup_entry, lines);
  cgroup->count = 0;
  cgroup->ops = mixture == RT_CGROUP_V2 ? &rt_cgroup_v2 : &rt_cgroup_v1;
  for (char *line; (line = strsep (&copy, "\n")) != NULL;)
    if (line[0] != '\0' && locate_line (cgroup, line, path, mixture) < 0)
      return hd_err_set (err, HD_FAILED, NULL, "/proc/self/cgroup: cannot read \"%.80s\"", line);
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
  static char text[OWN_BYTES_MAX];
  *ret = (rt_cgroup){ .ops = &rt_cgroup_v1, .driver = driver, .arena = arena };
  if (driver == RT_CGROUP_DISABLED)
    return 0;
  if (check_path (path, err) < 0)
    return -EINVAL;
  if (driver == RT_CGROUP_SYSTEMD && rt_full_become (err) < 0)
    return -ENOENT;
  int r = rt_cgroup_read_own (text, sizeof text);
  if (r < 0)
    return hd_err_set_errno (err, -r, "reading /proc/self/cgroup");
  if (driver == RT_CGROUP_SYSTEMD)
    {
      if ((r = rt_systemd_parse (path, id, ret, err)) < 0)
        return r;
      path = rt_systemd_folder (ret->slice, ret->unit, arena);
    }
  return rt_cgroup_locate (text, path != NULL && path[0] != '\0' ? path : id, find_mixture (), ret,
                           err);
}

/* Names, as the state keeps them */

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
        .procs_fd = -1,
        .unified = pure || strcmp (name, "unified") == 0,
      };
    }
  if (driver == RT_CGROUP_SYSTEMD && ret->count > 0)
    ret->unit = strrchr (ret->entries[0].path, '/') + 1;
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

/* Making */

/* The folder that systemd gave to a process, in the hierarchy that systemd goes by. */
static const char *
scope_folder (const char *text, rt_cgroup_mixture mixture, rt_arena *arena)
{
  static const char named[] = ":name=systemd:", unified[] = "0::";
  const char *start = mixture == RT_CGROUP_V2 ? NULL : strstr (text, named);
  size_t skip = strlen (start != NULL ? named : unified);
  if (start == NULL)
    start = strstr (text, unified);
  if (start == NULL)
    return NULL;
  return rt_printf (arena, "%.*s", (int)strcspn (start + skip, "\n"), start + skip);
}

static int
start_scope (rt_cgroup *cgroup, const rt_resources *resources, hd_err *err)
{
  hd_autofree char *text = NULL;
  char file[40];
  int r = rt_systemd_start (cgroup, resources, &cgroup->holder, err);
  if (r < 0)
    return r;
  snprintf (file, sizeof file, "/proc/%d/cgroup", (int)cgroup->holder);
  r = hd_fs_read (AT_FDCWD, file, FILE_BYTES_MAX, &text, NULL);
  if (r < 0)
    return hd_err_set_errno (err, -r, "reading %s", file);
  const rt_cgroup_mixture mixture = find_mixture ();
  const char *folder = scope_folder (text, mixture, cgroup->arena);
  if (folder == NULL || strstr (folder, cgroup->unit) == NULL)
    return hd_err_set (err, HD_FAILED, NULL, "systemd did not move the container into %s",
                       cgroup->unit);
  return rt_cgroup_locate (text, folder, mixture, cgroup, err);
}

void
rt_cgroup_remove_made (const rt_cgroup_entry *entry)
{
  char path[PATH_MAX];
  snprintf (path, sizeof path, "%s", entry->path);
  for (char *slash = strrchr (path, '/'); slash != NULL; slash = strrchr (path, '/'))
    {
      *slash = '\0';
      if (entry->made_bytes == 0 || (size_t)(slash - path) < entry->made_bytes || rmdir (path) < 0)
        return;
    }
}

/* Take back what a failed making has made, and nothing else: what was there is somebody else's. */
static void
unmake (rt_cgroup *cgroup)
{
  for (size_t i = 0; i < cgroup->count; i++)
    if (cgroup->entries[i].made_bytes > 0 && rmdir (cgroup->entries[i].path) == 0)
      rt_cgroup_remove_made (&cgroup->entries[i]);
  cgroup->count = 0;
}

int
rt_cgroup_make (rt_cgroup *cgroup, const rt_resources *resources, hd_err *err)
{
  if (cgroup->driver == RT_CGROUP_DISABLED)
    return 0;
  if (cgroup->driver == RT_CGROUP_SYSTEMD)
    {
      int started = start_scope (cgroup, resources, err);
      if (started < 0)
        {
          /* A unit of that name may be another container's. */
          rt_cgroup_release (cgroup);
          cgroup->count = 0;
          cgroup->unit = NULL;
          return started;
        }
    }
  int r = cgroup->ops->make (cgroup, err);
  if (r < 0)
    {
      rt_cgroup_release (cgroup);
      unmake (cgroup);
      return r;
    }
  return cgroup->ops->apply (cgroup, resources, false, err);
}

void
rt_cgroup_release (rt_cgroup *cgroup)
{
  if (cgroup->holder <= 0)
    return;
  kill (cgroup->holder, SIGKILL);
  while (waitpid (cgroup->holder, NULL, 0) < 0 && errno == EINTR)
    ;
  cgroup->holder = 0;
}

int
rt_cgroup_come_near (const rt_cgroup *cgroup, hd_err *err)
{
  hd_autofree char *text = NULL;
  if (cgroup->driver != RT_CGROUP_SYSTEMD || cgroup->ops != &rt_cgroup_v2 || cgroup->count == 0
      || rt_is_host_root ())
    return 0;
  int r = hd_fs_read (AT_FDCWD, "/proc/self/cgroup", FILE_BYTES_MAX, &text, NULL);
  const char *own = r == 0 ? scope_folder (text, RT_CGROUP_V2, cgroup->arena) : NULL;
  if (own == NULL)
    return hd_err_set_errno (err, r < 0 ? -r : EINVAL, "reading /proc/self/cgroup");
  const char *other = cgroup->entries[0].path + strlen (cgroup->entries[0].mount);
  size_t common = 0, i = 0;
  for (; own[i] != '\0' && own[i] == other[i]; i++)
    if (own[i] == '/')
      common = i;
  if ((own[i] == '\0' || own[i] == '/') && (other[i] == '\0' || other[i] == '/'))
    common = i;
  const char *file = rt_printf (cgroup->arena, "%s%.*s/cgroup.procs", cgroup->entries[0].mount,
                                (int)common, other);
  return faccessat (AT_FDCWD, file, W_OK, AT_EACCESS) == 0 ? 0 : rt_systemd_move_here (err);
}

int
rt_cgroup_give (const rt_cgroup *cgroup, uid_t uid, hd_err *err)
{
  if (cgroup->ops != &rt_cgroup_v2 || cgroup->count == 0)
    return 0;
  return rt_cgroup_chown (cgroup->entries[0].path, uid, err);
}

int
rt_cgroup_open_for (const rt_cgroup *cgroup, pid_t pid, hd_err *err)
{
  hd_autofree char *text = NULL;
  const char *path = cgroup->entries[0].path;
  char divided[16] = "", file[40];
  if (rt_cgroup_read (path, "cgroup.subtree_control", divided, sizeof divided) == 0
      && divided[0] != '\0')
    {
      snprintf (file, sizeof file, "/proc/%d/cgroup", (int)pid);
      int r = hd_fs_read (AT_FDCWD, file, FILE_BYTES_MAX, &text, NULL);
      const char *folder = r == 0 ? scope_folder (text, RT_CGROUP_V2, cgroup->arena) : NULL;
      if (folder == NULL)
        return hd_err_set_errno (err, r < 0 ? -r : EINVAL, "reading %s", file);
      path = rt_printf (cgroup->arena, "%s%s", cgroup->entries[0].mount, folder);
    }
  int fd = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? hd_err_set_errno (err, errno, "opening %s", path) : fd;
}

int
rt_cgroup_open_procs (const rt_cgroup *cgroup, int **ret, size_t *ret_count, int *ret_clone_fd,
                      hd_err *err)
{
  int *fds = rt_new_array (cgroup->arena, int, cgroup->count + 1);
  size_t count = 0;
  for (size_t i = 0; i < cgroup->count; i++)
    {
      const rt_cgroup_entry *entry = &cgroup->entries[i];
      char path[PATH_MAX];
      snprintf (path, sizeof path, "%s%s", entry->path, entry->unified ? "" : "/tasks");
      int fd = entry->procs_fd;
      if (entry->unified)
        *ret_clone_fd = fd = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
      else
        fds[count++] = fd = fd >= 0 ? fd : open (path, O_WRONLY | O_CLOEXEC);
      if (fd < 0)
        return hd_err_set_errno (err, errno, "opening %s", path);
    }
  *ret = fds;
  *ret_count = count;
  return 0;
}

/* Changing */

int
rt_cgroup_update (rt_cgroup *cgroup, const rt_resources *resources, hd_err *err)
{
  if (cgroup->count == 0)
    return hd_err_set (err, HD_FAILED, NULL, "the container has no cgroup to update");
  if (cgroup->driver == RT_CGROUP_SYSTEMD)
    {
      int r = rt_systemd_update (cgroup, resources, err);
      if (r < 0)
        return r;
    }
  return cgroup->ops->apply (cgroup, resources, true, err);
}

int
rt_cgroup_freeze (rt_cgroup *cgroup, bool frozen, hd_err *err)
{
  if (cgroup->count == 0)
    return hd_err_set (err, HD_FAILED, NULL, "the container has no cgroup to freeze");
  return cgroup->ops->freeze (cgroup, frozen, err);
}

hd_json *
rt_cgroup_stats (rt_cgroup *cgroup)
{
  return cgroup->ops->stats (cgroup);
}

/* Removing */

static int
remove_folder (const char *path, void *data)
{
  (void)data;
  for (int round = 0;; round++)
    {
      if (rmdir (path) == 0 || errno == ENOENT)
        return 0;
      /* The last process is still on its way out, which nothing tells. */
      if (errno != EBUSY || round == REMOVE_ROUNDS)
        return -errno;
      usleep (1000);
    }
}

static int
remove_tree (rt_cgroup *cgroup, const char *path)
{
  /* Usually there is nothing below and nobody left. */
  if (rmdir (path) == 0 || errno == ENOENT)
    return 0;
  if (errno != EBUSY && errno != ENOTEMPTY)
    return -errno;
  /* Version 1 keeps even the killed frozen. */
  if (rt_cgroup_entry_of (cgroup, "freezer") != NULL)
    cgroup->ops->freeze (cgroup, false, NULL);
  int r = rt_cgroup_empty (path);
  return r < 0 ? r : rt_cgroup_walk (path, remove_folder, NULL);
}

int
rt_cgroup_remove (rt_cgroup *cgroup, hd_err *err)
{
  int result = 0;
  rt_cgroup_release (cgroup);
  for (size_t i = 0; i < cgroup->count; i++)
    {
      const rt_cgroup_entry *entry = &cgroup->entries[i];
      int r = remove_tree (cgroup, entry->path);
      if (r == 0)
        rt_cgroup_remove_made (entry);
      else if (result == 0 && !((r == -EACCES || r == -EROFS) && !rt_is_host_root ()))
        result = hd_err_set_errno (err, -r, "removing cgroup %s", entry->path);
    }
  /* Only now: systemd would ask the processes to end, and wait for them. */
  if (cgroup->driver == RT_CGROUP_SYSTEMD && cgroup->unit != NULL)
    {
      int r = rt_systemd_stop (cgroup, result == 0 ? err : NULL);
      result = result < 0 ? result : r;
    }
  return result;
}

void
rt_cgroup_stop_empty (rt_cgroup *cgroup)
{
  for (size_t i = 0; i < cgroup->count; i++)
    if (faccessat (AT_FDCWD, cgroup->entries[i].path, F_OK, 0) == 0)
      {
        if (rt_cgroup_check_empty (cgroup->entries[i].path, NULL) == 0)
          rt_systemd_stop (cgroup, NULL);
        return;
      }
}
