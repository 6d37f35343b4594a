/* Create a container: read the bundle, plan, make what must be there before the clone, clone,
 * answer the child until it is ready.  Each part has its undoing in undo(). */
#include "runtime/container.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fs.h"
#include "runtime/foreground.h"
#include "runtime/full.h"
#include "runtime/hooks.h"
#include "runtime/hostmount.h"
#include "runtime/log.h"
#include "runtime/mountapi.h"
#include "runtime/netdev.h"
#include "runtime/ns.h"
#include "runtime/pidfile.h"
#include "runtime/plan-log.h"
#include "runtime/seccomp.h"
#include "runtime/selfexe.h"
#include "runtime/socket.h"
#include "runtime/source.h"
#include "runtime/sync.h"
#include "runtime/talk.h"
#include "runtime/userns.h"

#define TOP_PAD_BYTES (256 << 10)

/* A container in the making. */
typedef struct
{
  const rt_create_options *options;
  rt_arena arena;
  char *text; /* config.json, until the end */
  size_t text_bytes;
  hd_json *json;
  rt_spec spec;
  rt_cgroup cgroup;
  rt_filter filter;
  rt_plan plan;
  rt_child child;
  rt_state state;
  int dir_fd;
  int sync_fd; /* our end */
  int console_fd;
  int master_fd;
  pid_t pid;
  pid_t stage;
  bool ready;
  bool made; /* the state folder is ours */
  bool has_cgroup;
} maker;

/* Reading */

/* A file whose size is known takes one read, and no memory of its own. */
static int
read_text (maker *m, const char *path)
{
  struct stat st;
  hd_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &st) < 0)
    return -errno;
  if (!S_ISREG (st.st_mode) || st.st_size <= 0 || st.st_size > HD_JSON_MAX_BYTES)
    return hd_fs_read_fd (fd, HD_JSON_MAX_BYTES, &m->text, &m->text_bytes);
  m->text = rt_alloc (&m->arena, (size_t)st.st_size + 1);
  ssize_t n = read (fd, m->text, (size_t)st.st_size + 1);
  if (n == st.st_size)
    {
      m->text_bytes = (size_t)n;
      return 0;
    }
  /* It is being written. */
  if (n < 0 || lseek (fd, 0, SEEK_SET) < 0)
    return -errno;
  return hd_fs_read_fd (fd, HD_JSON_MAX_BYTES, &m->text, &m->text_bytes);
}

static int
read_bundle (maker *m, hd_err *err)
{
  const rt_create_options *o = m->options;
  const char *path
      = o->config != NULL ? o->config : rt_printf (&m->arena, "%s/config.json", o->bundle);
  int r = read_text (m, path);
  if (r < 0)
    return hd_err_set_errno (err, -r, "reading %s", path);
  r = rt_spec_parse (m->text, m->text_bytes, &m->spec, &m->json, &m->arena, err);
  if (r < 0)
    return r;
  const rt_process *process = m->spec.process;
  if (process->terminal && o->console_socket == NULL && (!o->run || o->detach))
    return hd_err_set (err, HD_USAGE, "give --console-socket, or set process.terminal to false",
                       "process.terminal: a terminal needs somebody to hold its other end");
  if (!process->terminal && o->console_socket != NULL)
    return hd_err_set (err, HD_USAGE, NULL, "--console-socket: process.terminal is not true in %s",
                       path);
  return 0;
}

static const char *
find_rootfs (maker *m, hd_err *err)
{
  char real[PATH_MAX], link[32];
  const char *path = m->spec.root->path;
  if (path[0] != '/')
    path = rt_printf (&m->arena, "%s/%s", m->options->bundle, path);
  /* One look for the whole path, where realpath takes one for each part. */
  hd_autofd fd = open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = fd >= 0 ? readlink (link, real, sizeof real - 1) : -1;
  if (n < 0)
    {
      hd_err_set_errno (err, errno, "root.path: %s", path);
      return NULL;
    }
  real[n] = '\0';
  return rt_strdup (&m->arena, real);
}

static int64_t
hook_bits (const rt_hooks *hooks)
{
  return (hooks->poststart.count > 0 ? RT_STATE_HOOKS_POSTSTART : 0)
         | (hooks->poststop.count > 0 ? RT_STATE_HOOKS_POSTSTOP : 0)
         | (hooks->start_container.count > 0 ? RT_STATE_HOOKS_START_CONTAINER : 0);
}

static uint64_t
namespace_bits (const rt_spec *spec)
{
  uint64_t bits = 0;
  for (size_t i = 0; i < spec->linux_->namespaces.count; i++)
    bits |= (uint64_t)spec->linux_->namespaces.items[i].type.value;
  return bits;
}

/* The time in RFC 3339.  gmtime would read the time zone's file, for nothing.  Days since 1970 to a
 * date of years that begin in March (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static const char *
now (rt_arena *arena)
{
  struct timespec time;
  clock_gettime (CLOCK_REALTIME, &time);
  const int64_t days = time.tv_sec / 86400 + 719468, second = time.tv_sec % 86400;
  const int64_t era = days / 146097, day_of_era = days % 146097;
  const int64_t year_of_era
      = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year
      = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * month + 2) / 5 + 1;
  const int64_t year = year_of_era + era * 400 + (month >= 10);
  return rt_printf (arena, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", (int)year,
                    (int)(month < 10 ? month + 3 : month - 9), (int)day, (int)(second / 3600),
                    (int)(second / 60 % 60), (int)(second % 60), time.tv_nsec);
}

static void
fill_state (maker *m, const char *rootfs)
{
  m->state = (rt_state){
    .id = m->options->id,
    .bundle = m->options->bundle,
    .rootfs = rootfs,
    .created = now (&m->arena),
    .owner = rt_own_uid () == 0 ? "root" : rt_printf (&m->arena, "%u", (unsigned)rt_own_uid ()),
    .driver = { m->cgroup.driver, true },
    .namespaces = { namespace_bits (&m->spec), true },
    .hooks = { hook_bits (m->spec.hooks), true },
    .deny_groups = rt_ns_denies_groups (&m->spec),
    .annotations = m->spec.annotations,
  };
}

/* Socket activation: LISTEN_FDS descriptors come after the standard streams. */
static const char *const *
activation (maker *m, unsigned *preserve)
{
  const char *count = getenv ("LISTEN_FDS");
  unsigned n = count != NULL ? (unsigned)strtoul (count, NULL, 10) : 0;
  if (n == 0 || n > 1024)
    return NULL;
  *preserve += n;
  const char **env = rt_new_array (&m->arena, const char *, 4);
  const char *names = getenv ("LISTEN_FDNAMES");
  env[0] = rt_printf (&m->arena, "LISTEN_FDS=%u", n);
  env[1] = "LISTEN_PID=1";
  if (names != NULL)
    env[2] = rt_printf (&m->arena, "LISTEN_FDNAMES=%s", names);
  return env;
}

static int
make_plan (maker *m, const char *rootfs, hd_err *err)
{
  const rt_create_options *o = m->options;
  const rt_namespace *user = rt_spec_namespace (&m->spec, CLONE_NEWUSER);
  rt_plan_input input = {
    .spec = &m->spec,
    .id = o->id,
    .rootfs = rootfs,
    .bundle = o->bundle,
    .start_at_once = o->run,
    .no_pivot = o->no_pivot,
    .no_new_keyring = o->no_new_keyring,
    .deny_groups = m->state.deny_groups,
    .map_ids = user != NULL && user->path == NULL,
    .clone_first = rt_ns_needs_stage (&m->spec),
    .preserve_fds = o->preserve_fds,
  };
  input.extra_env = activation (m, &input.preserve_fds);
  m->child.preserve_fds = input.preserve_fds;
  m->child.asks_sources = user != NULL && rt_is_host_root ();
  input.hierarchies = rt_cgroup_hierarchies (&m->cgroup, &input.n_hierarchies);
  m->child.hierarchies = input.hierarchies;
  m->child.n_hierarchies = input.n_hierarchies;
  return rt_plan_container (&input, &m->plan, &m->arena, err);
}

/* Where filters are kept: beside the containers of the default root, whatever --root says. */
static const char *
filter_folder (rt_arena *arena)
{
  return rt_printf (arena, "%s/.filters", rt_state_root (NULL, arena));
}

/* Everything that is known before anything is made. */
static int
prepare (maker *m, hd_err *err)
{
  int r = read_bundle (m, err);
  if (r < 0)
    return r;
  const char *rootfs = find_rootfs (m, err);
  if (rootfs == NULL)
    return -ENOENT;
  r = rt_cgroup_open (m->spec.linux_->cgroups_path, m->options->id, m->options->driver, &m->cgroup,
                      &m->arena, err);
  if (r < 0)
    return r;
  m->cgroup.annotations = &m->spec.annotations;
  fill_state (m, rootfs);
  return make_plan (m, rootfs, err);
}

/* Making */

static int
keep_config (maker *m, hd_err *err)
{
  hd_autofd fd = openat (m->dir_fd, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int r = fd < 0 ? -errno : hd_fs_write_all (fd, m->text, m->text_bytes);
  return r < 0 ? hd_err_set_errno (err, -r, "keeping config.json of %s", m->options->id) : 0;
}

/* The child keeps its end longest: below all others, one call closes these. */
static int
pair_sockets (maker *m, hd_err *err)
{
  int ends[2];
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
    return hd_err_set_errno (err, errno, "making a pair of sockets");
  m->child.sync_fd = ends[0];
  m->sync_fd = ends[1];
  return 0;
}

static int
connect_sockets (maker *m, hd_err *err)
{
  const rt_create_options *o = m->options;
  int ends[2];
  if (!o->run && (m->child.listen_fd = rt_socket_listen (m->dir_fd, "create.sock")) < 0)
    return hd_err_set_errno (err, -m->child.listen_fd, "making the start socket of %s", o->id);
  if (o->console_socket != NULL)
    {
      m->child.console_fd = rt_socket_connect (AT_FDCWD, o->console_socket, SOCK_STREAM);
      if (m->child.console_fd < 0)
        return hd_err_set_errno (err, -m->child.console_fd, "connecting to the console socket %s",
                                 o->console_socket);
    }
  else if (m->spec.process->terminal)
    {
      if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return hd_err_set_errno (err, errno, "making a pair of sockets");
      m->console_fd = ends[0];
      m->child.console_fd = ends[1];
      m->child.plain_lines = true;
    }
  return 0;
}

static int
find_filter (maker *m, hd_err *err)
{
  const rt_seccomp *seccomp = m->spec.linux_->seccomp;
  if (seccomp == NULL)
    return 0;
  int r = rt_seccomp_filter (seccomp, filter_folder (&m->arena), &m->filter, &m->arena, err);
  if (r < 0)
    return r;
  m->child.filter = m->filter.program;
  m->child.filter_flags = m->filter.flags;
  return 0;
}

static int
connect_agent (maker *m, hd_err *err)
{
  const rt_seccomp *seccomp = m->spec.linux_->seccomp;
  if (seccomp == NULL || !m->filter.listens)
    return 0;
  m->child.notify_fd = rt_socket_connect (AT_FDCWD, seccomp->listener_path, SOCK_STREAM);
  if (m->child.notify_fd < 0)
    return hd_err_set_errno (err, -m->child.notify_fd,
                             "linux.seccomp.listenerPath: failed to connect with seccomp agent %s",
                             seccomp->listener_path);
  return 0;
}

/* Open the trees of id-mapped mounts: that takes the privileges of the host. */
static int
open_idmaps (maker *m, hd_err *err)
{
  int *fds = rt_new_array (&m->arena, int, m->plan.n_idmaps + 1);
  m->child.idmap_fds = fds;
  for (size_t i = 0; i < m->plan.n_idmaps; i++)
    {
      const rt_mount *mount = m->plan.idmaps[i];
      rt_mount_options options;
      rt_mount_options_sort (mount, &options, &m->arena);
      const bool own = mount->uid_mappings.count > 0;
      hd_autofd user
          = rt_ns_open_mapped (own ? &mount->uid_mappings : &m->spec.linux_->uid_mappings,
                               own ? &mount->gid_mappings : &m->spec.linux_->gid_mappings, err);
      if (user < 0)
        return user;
      fds[i] = open_tree (AT_FDCWD, mount->source,
                          OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC
                              | (options.recursive ? AT_RECURSIVE : 0));
      struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user };
      if (fds[i] < 0
          || mount_setattr (fds[i], "",
                            AT_EMPTY_PATH | (options.idmap_recursive ? AT_RECURSIVE : 0), &attr,
                            sizeof attr)
                 < 0)
        return hd_err_set_errno (err, errno, "id-mapping %s for %s", mount->source,
                                 mount->destination);
    }
  return 0;
}

/* The cgroup that clone puts the child into (version 2), or -1 and descriptors that it writes to.
 */
static int
enter_cgroup (maker *m, int *ret_fd, hd_err *err)
{
  *ret_fd = -1;
  if (m->cgroup.count == 0)
    return 0;
  if (m->cgroup.ops == &rt_cgroup_v2)
    {
      int r = rt_cgroup_come_near (&m->cgroup, err);
      if (r < 0)
        return r;
      *ret_fd = open (m->cgroup.entries[0].path, O_PATH | O_DIRECTORY | O_CLOEXEC);
      return *ret_fd < 0 ? hd_err_set_errno (err, errno, "opening %s", m->cgroup.entries[0].path)
                         : 0;
    }
  int *fds;
  int r = rt_cgroup_open_procs (&m->cgroup, &fds, &m->child.n_cgroup_fds, ret_fd, err);
  m->child.cgroup_fds = r < 0 ? NULL : fds;
  return r;
}

static bool
mounts_writable_cgroups (const rt_spec *spec)
{
  for (size_t i = 0; i < spec->mounts.count; i++)
    {
      const rt_mount *mount = &spec->mounts.items[i];
      bool readonly = false;
      if (mount->type == NULL || strncmp (mount->type, "cgroup", 6) != 0)
        continue;
      for (size_t j = 0; j < mount->options.count; j++)
        readonly = readonly || strcmp (mount->options.items[j], "ro") == 0;
      return !readonly;
    }
  return false;
}

/* Specification, config-linux.md, "Cgroup ownership": whoever is root of new user and cgroup
 * namespaces, and sees its cgroup writable, may divide it. */
static int
give_cgroup (maker *m, hd_err *err)
{
  const rt_namespace *user = rt_spec_namespace (&m->spec, CLONE_NEWUSER);
  const rt_namespace *cgroup = rt_spec_namespace (&m->spec, CLONE_NEWCGROUP);
  const rt_id_mappings *map = &m->spec.linux_->uid_mappings;
  const uint32_t uid = m->spec.process->user.uid;
  if (user == NULL || user->path != NULL || cgroup == NULL || cgroup->path != NULL
      || !mounts_writable_cgroups (&m->spec))
    return 0;
  for (size_t i = 0; i < map->count; i++)
    if (uid >= map->items[i].container_id && uid - map->items[i].container_id < map->items[i].size)
      return rt_cgroup_give (&m->cgroup, map->items[i].host_id + uid - map->items[i].container_id,
                             err);
  return 0;
}

static int
make_all (maker *m, hd_err *err)
{
  const rt_create_options *o = m->options;
  int r = pair_sockets (m, err);
  if (r == 0)
    r = rt_state_make (o->root, o->id, err);
  if (r < 0)
    return r;
  m->dir_fd = r;
  m->made = true;
  if ((r = keep_config (m, err)) < 0 || (r = connect_sockets (m, err)) < 0
      || (r = connect_agent (m, err)) < 0 || (r = open_idmaps (m, err)) < 0)
    return r;
  if (rt_spec_namespace (&m->spec, CLONE_NEWNS) == NULL
      && (r = rt_hostmount_note (m->dir_fd, m->state.rootfs, err)) < 0)
    return r;
  m->has_cgroup = true;
  r = rt_cgroup_make (&m->cgroup, m->spec.linux_->resources, err);
  if (r == 0)
    r = give_cgroup (m, err);
  /* What could not be had has gone from the list. */
  m->child.n_hierarchies = m->cgroup.count;
  m->child.hierarchies = rt_cgroup_hierarchies (&m->cgroup, &m->child.n_hierarchies);
  return r;
}

/* Answering the child */

static int
on_pid (void *data, int pid)
{
  maker *m = data;
  m->pid = pid;
  return 0;
}

static int
on_maps (void *data, hd_err *err)
{
  maker *m = data;
  return rt_ns_write_maps (m->pid, &m->spec, m->state.deny_groups, err);
}

static int
on_net (void *data, hd_err *err)
{
  maker *m = data;
  return rt_netdev_move (&m->spec, m->pid, err);
}

static int
write_state (maker *m, hd_err *err)
{
  m->state.pid = m->pid;
  m->state.start_time = (rt_uint64){ rt_process_start_time (m->pid), true };
  m->state.cgroups = rt_cgroup_names (&m->cgroup);
  return rt_state_write (m->dir_fd, &m->state, err);
}

static int
on_runtime_hooks (void *data, hd_err *err)
{
  maker *m = data;
  const rt_hooks *hooks = m->spec.hooks;
  int r = write_state (m, err);
  if (r == 0)
    r = rt_hooks_run (&hooks->prestart, "prestart", &m->state, RT_STATUS_CREATING, false, err);
  if (r == 0)
    r = rt_hooks_run (&hooks->create_runtime, "createRuntime", &m->state, RT_STATUS_CREATING, false,
                      err);
  return r;
}

static hd_json *
on_state (void *data, const char *what, hd_err *err)
{
  maker *m = data;
  m->state.pid = m->pid;
  if (strcmp (what, "seccomp") == 0)
    return rt_state_seccomp_json (&m->state, m->spec.linux_->seccomp->listener_metadata);
  return rt_state_json (&m->state, m->ready ? RT_STATUS_CREATED : RT_STATUS_CREATING);
}

static int
on_tree (void *data, int step, hd_err *err)
{
  maker *m = data;
  char link[32], stage[PATH_MAX];
  snprintf (link, sizeof link, "/proc/self/fd/%d", m->dir_fd);
  const ssize_t n = readlink (link, stage, sizeof stage - 1);
  if (n < 0)
    return hd_err_set_errno (err, errno, "reading %s", link);
  stage[n] = '\0';
  const rt_source_input input = { &m->plan, m->spec.linux_, m->pid, stage };
  return rt_source_open (&input, step, err);
}

static const rt_talk_ops talk_ops = { .pid = on_pid,
                                      .maps = on_maps,
                                      .net = on_net,
                                      .runtime_hooks = on_runtime_hooks,
                                      .tree = on_tree,
                                      .state = on_state };

/* It could not say why. */
static int
ended_early (maker *m, hd_err *err)
{
  int status = 0;
  if (m->pid > 0 && waitpid (m->pid, &status, 0) == m->pid)
    m->pid = 0;
  if (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL)
    return hd_err_set (err, HD_FAILED, "the usual reason is too low a limit of memory",
                       "the container's first process was killed before it was ready");
  return hd_err_set (err, HD_FAILED, NULL,
                     "the container's first process ended before it was ready");
}

/* Clone, and answer until it is ready. */
static int
launch (maker *m, int *ret_status, hd_err *err)
{
  bool staged = rt_ns_needs_stage (&m->spec);
  int r = rt_ns_set_clocks (&m->spec, err);
  if (r < 0)
    return r;
  hd_autofd cgroup_fd = -1;
  if ((r = enter_cgroup (m, &cgroup_fd, err)) < 0)
    return r;
  m->child.plan = &m->plan;
  if (m->options->run && !m->options->detach)
    rt_foreground_hold_signals ();
  pid_t pid = rt_ns_clone (&m->child, &m->spec, cgroup_fd, staged, 0, err);
  hd_closep (&m->child.sync_fd);
  if (pid < 0)
    return pid;
  *(staged ? &m->stage : &m->pid) = pid;
  r = rt_talk (m->sync_fd, &m->plan, &talk_ops, m, ret_status, err);
  rt_cgroup_release (&m->cgroup);
  if (m->stage > 0)
    {
      waitpid (m->stage, NULL, 0);
      m->stage = 0;
    }
  if (r == RT_TALK_END)
    return ended_early (m, err);
  m->ready = r == RT_TALK_CREATED;
  return r < 0 ? r : 0;
}

/* It need not end with us any more.  For `run`, answer until it runs. */
static int
let_go (maker *m, int *ret_status, hd_err *err)
{
  static const rt_msg go = { .kind = RT_MSG_GO };
  int r = rt_msg_send (m->sync_fd, &go);
  if (r == -EPIPE)
    {
      /* It is dead: what it said last can still be read. */
      r = rt_talk (m->sync_fd, &m->plan, &talk_ops, m, ret_status, err);
      return r < 0 ? r : ended_early (m, err);
    }
  if (r < 0)
    return hd_err_set_errno (err, -r, "starting container \"%s\"", m->options->id);
  return !m->options->run ? 0 : rt_talk (m->sync_fd, &m->plan, &talk_ops, m, ret_status, err);
}

/* Undoing and ending */

static void
undo (maker *m)
{
  hd_err ignored = { 0 };
  if (m->pid > 0)
    {
      kill (m->pid, SIGKILL);
      waitpid (m->pid, NULL, 0);
      if (m->state.pid > 0)
        rt_hooks_run (&m->spec.hooks->poststop, "poststop", &m->state, RT_STATUS_STOPPED, true,
                      &ignored);
    }
  if (m->has_cgroup && rt_cgroup_remove (&m->cgroup, &ignored) < 0)
    rt_log (RT_LOG_WARNING, "%s", ignored.message);
  if (m->made && rt_hostmount_detach (m->dir_fd, &ignored) < 0)
    rt_log (RT_LOG_WARNING, "%s", ignored.message);
  if (m->made && rt_state_remove (m->options->root, m->options->id, &ignored) < 0)
    rt_log (RT_LOG_WARNING, "%s", ignored.message);
}

/* The container runs: tell, stay with it if asked to, and clear away. */
static int
stay (maker *m, int *ret_status, hd_err *err)
{
  const rt_create_options *o = m->options;
  rt_hooks_run (&m->spec.hooks->poststart, "poststart", &m->state, RT_STATUS_RUNNING, true, err);
  *ret_status = 0;
  if (o->detach)
    return 0;
  rt_log_settle (true);
  *ret_status = rt_foreground_wait (m->pid, m->master_fd);
  if (o->keep)
    return 0;
  m->pid = 0;
  int r = m->has_cgroup ? rt_cgroup_remove (&m->cgroup, err) : 0;
  if (r == 0)
    r = rt_hostmount_detach (m->dir_fd, err);
  rt_hooks_run (&m->spec.hooks->poststop, "poststop", &m->state, RT_STATUS_STOPPED, true, err);
  int removed = rt_state_empty (m->dir_fd, o->root, o->id, err);
  return r < 0 ? r : removed;
}

static int
create (maker *m, int *ret_status, hd_err *err)
{
  const rt_create_options *o = m->options;
  int r = prepare (m, err);
  if (r == 0)
    r = find_filter (m, err);
  /* Both this and compiling may start us again, so nothing has been made yet. */
  if (r == 0)
    r = rt_selfexe_protect (err);
  if (r < 0)
    return r;
  rt_plan_log (&m->plan);
  r = make_all (m, err);
  if (r == 0)
    r = launch (m, ret_status, err);
  if (r == 0 && m->console_fd >= 0 && (m->master_fd = rt_socket_receive_fd (m->console_fd)) < 0)
    r = hd_err_set_errno (err, -m->master_fd, "receiving the container's terminal");
  if (r == 0)
    r = write_state (m, err);
  if (r == 0 && !o->run && renameat (m->dir_fd, "create.sock", m->dir_fd, "start.sock") < 0)
    r = hd_err_set_errno (err, errno, "making the start socket of %s", o->id);
  if (r == 0 && o->pid_file != NULL)
    r = rt_pidfile_write (o->pid_file, m->pid, err);
  if (r == 0 && o->pidfd_socket != NULL)
    r = rt_pidfile_send (o->pidfd_socket, m->pid, err);
  /* Only now, so that who hears from the container finds it, too. */
  if (r == 0)
    r = let_go (m, ret_status, err);
  if (r < 0)
    {
      undo (m);
      return r;
    }
  return o->run ? stay (m, ret_status, err) : 0;
}

static bool
is_file (const char *path)
{
  struct stat st;
  return stat (path, &st) == 0 && S_ISREG (st.st_mode);
}

/* One for each process: memory and descriptors go with it, which is cheaper than one by one. */
static maker making = {
  .dir_fd = -1,
  .sync_fd = -1,
  .console_fd = -1,
  .master_fd = -1,
  .child = RT_CHILD_EMPTY,
};

int
rt_container_create (const rt_create_options *options, int *ret_status, hd_err *err)
{
  maker *m = &making;
  m->options = options;
  *ret_status = 1;
#ifdef M_TOP_PAD
  /* Grow once, not page by page. */
  mallopt (M_TOP_PAD, TOP_PAD_BYTES);
#endif
  int r = rt_state_check_id (options->id, err);
  /* A pipe can be read only once. */
  if (r == 0 && options->config != NULL && !is_file (options->config)
      && (r = rt_full_become (err)) == 0)
    r = rt_selfexe_protect (err);
  return r < 0 ? r : create (m, ret_status, err);
}

int
rt_container_print_plan (const rt_create_options *options, hd_err *err)
{
  maker *m = &making;
  m->options = options;
  int r = prepare (m, err);
  for (size_t i = 0; r == 0 && i < m->plan.count; i++)
    {
      char text[512];
      rt_step_describe (&m->plan.steps[i], text, sizeof text);
      printf ("%s\n", text);
    }
  return r;
}
