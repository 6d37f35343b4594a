/* What is kept of a container. */
#include "runtime/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/userns.h"

#define STATE_BYTES_MAX (1u << 20)
#define BUFFER_BYTES (16u << 10) /* enough for most */
#define ID_BYTES_MAX 255
#define SHARED_ROOT "/tmp/atomic-runtime-" /* and the user */
#define RT_MKDIR(path) (mkdir ((path), 0711) < 0 ? -errno : 0)

#define FIELD(member, kind_, ...)                                                                  \
  {                                                                                                \
    .key = #member, .offset = offsetof (rt_state, member), .kind = (kind_), ##__VA_ARGS__          \
  }

static const rt_field fields[] = {
  FIELD (id, RT_STRING, .required = true),
  FIELD (pid, RT_INT32, .required = true),
  FIELD (start_time, RT_UINT64),
  FIELD (bundle, RT_STRING, .required = true),
  FIELD (rootfs, RT_STRING),
  FIELD (created, RT_STRING),
  FIELD (owner, RT_STRING),
  FIELD (cgroups, RT_STRINGS),
  FIELD (driver, RT_INT64),
  FIELD (namespaces, RT_UINT64),
  FIELD (hooks, RT_INT64),
  FIELD (deny_groups, RT_BOOL),
  FIELD (annotations, RT_MAP),
  { NULL },
};

static const rt_shape shape = { sizeof (rt_state), fields };

const char *
rt_state_root (const char *option, rt_arena *arena)
{
  if (option != NULL && option[0] != '\0')
    return option;
  const char *runtime = getenv ("XDG_RUNTIME_DIR");
  const bool has_runtime = runtime != NULL && runtime[0] == '/';
  if (rt_own_uid () == 0 && (!has_runtime || rt_is_host_root ()))
    return "/run/atomic-runtime";
  if (has_runtime)
    return rt_printf (arena, "%s/atomic-runtime", runtime);
  return rt_printf (arena, SHARED_ROOT "%u", (unsigned)rt_own_uid ());
}

int
rt_state_check_id (const char *id, hd_err *err)
{
  static const char allowed[]
      = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
  size_t length = strlen (id);
  /* Hidden names are the runtime's own. */
  if (length > 0 && length <= ID_BYTES_MAX && strspn (id, allowed) == length && id[0] != '.')
    return 0;
  const size_t good = strspn (id, allowed);
  char wrong[40] = "";
  if (good < length && id[good] > ' ' && id[good] < 0x7f)
    snprintf (wrong, sizeof wrong, ": invalid character `%c` in the ID", id[good]);
  return hd_err_set (err, HD_USAGE, "use letters, digits and _+-., no dot in front",
                     "\"%.100s\" is no container id%s", id, wrong);
}

/* Folders */

static int
make_path (const char *root, const char *id, char path[PATH_MAX], hd_err *err)
{
  if (snprintf (path, PATH_MAX, "%s/%s", root, id) < PATH_MAX)
    return 0;
  return hd_err_set_errno (err, ENAMETOOLONG, "the state folder of %s", id);
}

/* In a folder that everybody may write, somebody else may have been there first. */
static int
check_owner (const char *root, hd_err *err)
{
  struct stat st;
  if (strncmp (root, SHARED_ROOT, strlen (SHARED_ROOT)) != 0 || lstat (root, &st) < 0)
    return 0;
  if (S_ISDIR (st.st_mode) && st.st_uid == rt_own_uid () && (st.st_mode & 022) == 0)
    return 0;
  return hd_err_set (err, HD_DENIED, "give --root, or set XDG_RUNTIME_DIR",
                     "%s is not a folder of ours alone", root);
}

int
rt_state_make (const char *root, const char *id, hd_err *err)
{
  char path[PATH_MAX];
  int r = make_path (root, id, path, err);
  if (r < 0 || (r = check_owner (root, err)) < 0)
    return r;
  r = RT_MKDIR (path);
  if (r == -ENOENT)
    {
      r = hd_fs_mkdirs (AT_FDCWD, root, 0711);
      if (r == 0)
        r = RT_MKDIR (path);
    }
  if (r == -EEXIST)
    {
      hd_err_set (err, HD_BUSY, NULL, "container with id \"%s\" already exists", id);
      return r;
    }
  if (r < 0)
    return hd_err_set_errno (err, -r, "making %s", path);
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0)
    return fd;
  r = hd_err_set_errno (err, errno, "making %s", path);
  rmdir (path);
  return r;
}

int
rt_state_open (const char *root, const char *id, hd_err *err)
{
  char path[PATH_MAX];
  int r = rt_state_check_id (id, err);
  if (r < 0 || (r = make_path (root, id, path, err)) < 0 || (r = check_owner (root, err)) < 0)
    return r;
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0)
    return fd;
  if (errno != ENOENT && errno != ENOTDIR)
    return hd_err_set_errno (err, errno, "opening %s", path);
  hd_err_set (err, HD_NOT_FOUND, NULL, "container \"%s\" does not exist", id);
  return -ENOENT;
}

/* And the folder, if that was all. */
static int
remove_files (int folder_fd, const char *const *names, const char *folder)
{
  for (; *names != NULL; names++)
    unlinkat (folder_fd, *names, 0);
  return rmdir (folder) == 0 || errno == ENOENT ? 0 : -errno;
}

int
rt_state_remove (const char *root, const char *id, hd_err *err)
{
  char path[PATH_MAX];
  int r = make_path (root, id, path, err);
  if (r < 0 || (r = check_owner (root, err)) < 0)
    return r;
  hd_autofd fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT ? 0 : hd_err_set_errno (err, errno, "opening %s", path);
  return rt_state_empty (fd, root, id, err);
}

int
rt_state_empty (int dir_fd, const char *root, const char *id, hd_err *err)
{
  /* What is usually there, and what an unfinished one may have. */
  static const char *const names[] = { "state.json", "config.json", NULL };
  static const char *const others[] = { "start.sock", "create.sock", "state.json.new", NULL };
  char path[PATH_MAX];
  int r = make_path (root, id, path, err);
  if (r < 0)
    return r;
  if (remove_files (dir_fd, names, path) < 0 && remove_files (dir_fd, others, path) < 0)
    {
      r = hd_fs_remove_tree (AT_FDCWD, path);
      return r < 0 ? hd_err_set_errno (err, -r, "removing %s", path) : 0;
    }
  return 0;
}

/* Files */

static void
add_strings (hd_json *json, const char *key, const rt_strings *list)
{
  hd_json *array = hd_json_add_array (json, key);
  for (size_t i = 0; i < list->count; i++)
    hd_json_append_string (array, list->items[i]);
}

static void
add_map (hd_json *json, const char *key, const rt_map *map)
{
  hd_json *object = hd_json_add_object (json, key);
  for (size_t i = 0; i < map->count; i++)
    hd_json_set_string (object, map->items[i].key, map->items[i].value);
}

int
rt_state_write (int dir_fd, const rt_state *s, hd_err *err)
{
  hd_autojson json = hd_json_new_document ();
  hd_json_set_string (json, "id", s->id);
  hd_json_set_int (json, "pid", s->pid);
  hd_json_set_uint (json, "start_time", s->start_time.value);
  hd_json_set_string (json, "bundle", s->bundle);
  hd_json_set_string (json, "rootfs", s->rootfs);
  hd_json_set_string (json, "created", s->created);
  hd_json_set_string (json, "owner", s->owner);
  add_strings (json, "cgroups", &s->cgroups);
  hd_json_set_int (json, "driver", s->driver.value);
  hd_json_set_uint (json, "namespaces", s->namespaces.value);
  hd_json_set_int (json, "hooks", s->hooks.value);
  hd_json_set_bool (json, "deny_groups", s->deny_groups);
  add_map (json, "annotations", &s->annotations);
  static char buffer[BUFFER_BYTES];
  hd_autofree char *longer = NULL;
  const char *text = buffer;
  const size_t length = hd_json_to_buffer (json, buffer, sizeof buffer);
  if (length >= sizeof buffer)
    text = longer = hd_json_to_text (json, false);
  if (length > STATE_BYTES_MAX)
    return hd_err_set (err, HD_CONFIG, NULL, "annotations: are larger than %u bytes",
                       STATE_BYTES_MAX);
  /* Whole or not there.  No fsync: what it tells of does not outlive the machine's next start. */
  hd_autofd fd = openat (dir_fd, "state.json.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return hd_err_set_errno (err, errno, "writing state.json of %s", s->id);
  int r = hd_fs_write_all (fd, text, length);
  if (r == 0 && renameat (dir_fd, "state.json.new", dir_fd, "state.json") < 0)
    r = -errno;
  return r < 0 ? hd_err_set_errno (err, -r, "writing state.json of %s", s->id) : 0;
}

int
rt_state_read (int dir_fd, const char *id, rt_state *ret, hd_json **ret_json, rt_arena *arena,
               hd_err *err)
{
  hd_autofree char *text = NULL;
  size_t size;
  int r = hd_fs_read (dir_fd, "state.json", STATE_BYTES_MAX, &text, &size);
  if (r == -ENOENT)
    {
      hd_err_set (err, HD_NOT_FOUND, "delete --force removes what is left of it",
                  "container \"%s\" does not exist: it was not finished", id);
      return r;
    }
  if (r < 0)
    return hd_err_set_errno (err, -r, "reading the state of %s", id);
  *ret_json = hd_json_parse (text, size, err);
  if (*ret_json == NULL)
    return -EINVAL;
  return rt_decode (&shape, *ret_json, "state", ret, arena, err);
}

int
rt_state_read_config (int dir_fd, rt_spec *ret, hd_json **ret_json, rt_arena *arena, hd_err *err)
{
  hd_autofree char *text = NULL;
  size_t size;
  int r = hd_fs_read (dir_fd, "config.json", HD_JSON_MAX_BYTES, &text, &size);
  if (r < 0)
    return hd_err_set_errno (err, -r, "reading the container's config.json");
  return rt_spec_parse (text, size, ret, ret_json, arena, err);
}

/* Status */

uint64_t
rt_process_start_time (pid_t pid)
{
  char path[40], text[1024];
  snprintf (path, sizeof path, "/proc/%d/stat", (int)pid);
  hd_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;
  if (n <= 0)
    return 0;
  text[n] = '\0';
  /* The name may hold anything, but no ")" comes after it; state is the third field, start the
   * 22nd. */
  char *c = strrchr (text, ')');
  if (c == NULL || c[1] != ' ' || c[2] == 'Z' || c[2] == 'X')
    return 0;
  for (int field = 2; field < 22 && c != NULL; field++)
    c = strchr (c + 1, ' ');
  return c != NULL ? strtoull (c, NULL, 10) : 0;
}

static bool
is_frozen (const rt_state *state, rt_arena *arena)
{
  static const char *const files[][2] = { { "freezer.state", "FROZEN" }, { "cgroup.freeze", "1" } };
  for (size_t i = 0; i < state->cgroups.count; i++)
    {
      const char *entry = state->cgroups.items[i];
      const char *folder = strchr (entry, '=');
      const bool unified = entry[0] == '=';
      char path[PATH_MAX], text[16] = "";
      if (folder == NULL || !(unified || strncmp (entry, "freezer=", 8) == 0))
        continue;
      snprintf (path, sizeof path, "%s/%s", folder + 1, files[unified][0]);
      hd_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
      if (fd >= 0 && read (fd, text, sizeof text - 1) > 0)
        return strncmp (text, files[unified][1], strlen (files[unified][1])) == 0;
    }
  return false;
}

rt_status
rt_state_status (int dir_fd, const rt_state *state, rt_arena *arena)
{
  if (state->pid <= 0 || rt_process_start_time (state->pid) != state->start_time.value)
    return RT_STATUS_STOPPED;
  if (faccessat (dir_fd, "create.sock", F_OK, 0) == 0)
    return RT_STATUS_CREATING;
  if (faccessat (dir_fd, "start.sock", F_OK, 0) == 0)
    return RT_STATUS_CREATED;
  return is_frozen (state, arena) ? RT_STATUS_PAUSED : RT_STATUS_RUNNING;
}

const char *
rt_status_name (rt_status status)
{
  static const char *const names[] = { "creating", "created", "running", "paused", "stopped" };
  return names[status];
}

hd_json *
rt_state_json (const rt_state *state, rt_status status)
{
  hd_json *json = hd_json_new_object ();
  hd_json_set_string (json, "ociVersion", RT_SPEC_VERSION);
  hd_json_set_string (json, "id", state->id);
  hd_json_set_int (json, "pid", status == RT_STATUS_STOPPED ? 0 : state->pid);
  hd_json_set_string (json, "status", rt_status_name (status));
  hd_json_set_string (json, "bundle", state->bundle);
  hd_json_set_string (json, "rootfs", state->rootfs);
  hd_json_set_string (json, "created", state->created);
  hd_json_set_string (json, "owner", state->owner);
  /* As crun names it, for those who ask systemd further. */
  if (state->driver.value == RT_CGROUP_SYSTEMD && state->cgroups.count > 0)
    hd_json_set_string (json, "systemd-scope", strrchr (state->cgroups.items[0], '/') + 1);
  if (state->annotations.count > 0)
    add_map (json, "annotations", &state->annotations);
  return json;
}

hd_json *
rt_state_seccomp_json (const rt_state *state, const char *metadata)
{
  hd_json *json = hd_json_new_object (), *fds = hd_json_new_array ();
  hd_json_append (fds, hd_json_new_string ("seccompFd"));
  hd_json_set_string (json, "ociVersion", RT_SPEC_VERSION);
  hd_json_set (json, "fds", fds);
  hd_json_set_int (json, "pid", state->pid);
  hd_json_set_string (json, "metadata", metadata);
  hd_json_set (json, "state", rt_state_json (state, RT_STATUS_CREATING));
  return json;
}
