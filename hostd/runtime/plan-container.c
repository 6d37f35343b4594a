/* The plan of a container: namespaces, tree, then the process (plan-process.c).
 *
 * Pure: nothing here looks at the host.
 */
#include "runtime/plan-internal.h"

#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "runtime/mountapi.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

rt_step *
rt_builder_add (rt_builder *b, rt_step_kind kind)
{
  if (b->plan->count == b->room)
    {
      rt_step *old = b->plan->steps;
      b->room = b->room == 0 ? 96 : b->room * 2;
      b->plan->steps = rt_new_array (b->arena, rt_step, b->room);
      if (old != NULL)
        memcpy (b->plan->steps, old, b->plan->count * sizeof *old);
    }
  rt_step *step = &b->plan->steps[b->plan->count++];
  step->kind = kind;
  return step;
}

void
rt_builder_add_text (rt_builder *b, rt_step_kind kind, const char *text)
{
  rt_builder_add (b, kind)->as.text = text;
}

void
rt_builder_add_number (rt_builder *b, rt_step_kind kind, int64_t number)
{
  rt_builder_add (b, kind)->number = number;
}

void
rt_builder_add_flags (rt_builder *b, rt_step_kind kind, uint64_t flags)
{
  rt_builder_add (b, kind)->flags = flags;
}

void
rt_builder_warn (rt_builder *b, char *text)
{
  char **list = rt_new_array (b->arena, char *, b->plan->n_warnings + 2);
  if (b->plan->n_warnings > 0)
    memcpy (list, b->plan->warnings, b->plan->n_warnings * sizeof *list);
  list[b->plan->n_warnings++] = text;
  b->plan->warnings = list;
}

static char **
copy_strings (rt_arena *arena, const rt_strings *list)
{
  char **copy = rt_new_array (arena, char *, list->count + 1);
  for (size_t i = 0; i < list->count; i++)
    copy[i] = rt_strdup (arena, list->items[i]);
  return copy;
}

void
rt_plan_hooks (rt_builder *b, const rt_hook_list *list, const char *kind, const char *status,
               char **environment)
{
  if (list->count == 0)
    return;
  rt_hook_step *items = rt_new_array (b->arena, rt_hook_step, list->count);
  for (size_t i = 0; i < list->count; i++)
    {
      const rt_hook *hook = &list->items[i];
      const char *name[] = { hook->path, NULL };
      rt_strings args = hook->args.count > 0 ? hook->args : (rt_strings){ name, 1 };
      items[i] = (rt_hook_step){
        .path = hook->path,
        .argv = copy_strings (b->arena, &args),
        .envp = hook->env.count > 0 ? copy_strings (b->arena, &hook->env) : environment,
        .timeout_s = hook->timeout.value,
      };
    }
  rt_hooks_step *hooks = rt_new (b->arena, rt_hooks_step);
  *hooks = (rt_hooks_step){ items, list->count, kind, status };
  rt_builder_add (b, RT_STEP_HOOKS)->as.hooks = hooks;
}

/* Namespaces */

static void
plan_joined (rt_builder *b, const rt_plan_input *in)
{
  for (size_t i = 0; !in->clone_first && i < in->spec->linux_->namespaces.count; i++)
    {
      const rt_namespace *ns = &in->spec->linux_->namespaces.items[i];
      if (ns->path != NULL)
        rt_builder_add (b, RT_STEP_JOIN_NS)->as.namespace_ = ns;
    }
}

static void
plan_namespaces (rt_builder *b, const rt_plan_input *in)
{
  const rt_namespace *user = rt_spec_namespace (in->spec, CLONE_NEWUSER);
  const rt_namespace *net = rt_spec_namespace (in->spec, CLONE_NEWNET);
  const rt_namespace *cgroup = rt_spec_namespace (in->spec, CLONE_NEWCGROUP);
  const rt_process *process = in->spec->process;

  if (in->map_ids)
    rt_builder_add (b, RT_STEP_AWAIT_MAPS);
  /* Before root of the namespace is root no more: procfs lets only its owner write. */
  if (process->oom_score_adj.set)
    rt_builder_add_number (b, RT_STEP_OOM_SCORE, process->oom_score_adj.value);
  rt_builder_add (b, RT_STEP_JOIN_CGROUP);
  rt_builder_add (b, RT_STEP_AFFINITY);
  if (user != NULL)
    rt_builder_add_number (b, RT_STEP_BECOME_ROOT,
                           !in->deny_groups && !rt_plan_keeps_groups (in->spec));
  plan_joined (b, in);
  /* Only now: the cgroups that we are in become the namespace's root. */
  if (cgroup != NULL && cgroup->path == NULL)
    rt_builder_add_flags (b, RT_STEP_UNSHARE, CLONE_NEWCGROUP);
  if (net != NULL && net->path == NULL)
    rt_builder_add (b, RT_STEP_LOOPBACK);
  if (in->spec->linux_->net_devices.count > 0)
    rt_builder_add (b, RT_STEP_AWAIT_NET);
  if (in->spec->hostname != NULL)
    rt_builder_add_text (b, RT_STEP_HOSTNAME, in->spec->hostname);
  if (in->spec->domainname != NULL)
    rt_builder_add_text (b, RT_STEP_DOMAINNAME, in->spec->domainname);
}

static uint64_t
clone_flags (const rt_spec *spec)
{
  uint64_t flags = 0;
  for (size_t i = 0; i < spec->linux_->namespaces.count; i++)
    {
      const rt_namespace *ns = &spec->linux_->namespaces.items[i];
      if (ns->path == NULL)
        flags |= (uint64_t)ns->type.value;
    }
  /* The cgroup namespace is unshared when the cgroups are joined; clocks are set before the clone.
   */
  return flags & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);
}

/* Mounts */

static bool
is_type (const rt_mount *mount, const char *type)
{
  return mount->type != NULL && strcmp (mount->type, type) == 0;
}

static const char *
bind_source (const rt_plan_input *in, const rt_mount *mount, rt_arena *arena)
{
  if (mount->source == NULL || mount->source[0] == '/')
    return mount->source;
  return rt_printf (arena, "%s/%s", in->bundle, mount->source);
}

/* An id-mapped tree is opened by the parent, from the absolute source. */
static int
plan_idmap (rt_builder *b, const rt_plan_input *in, size_t index, rt_mount_step *step, hd_err *err)
{
  const rt_mount *mount = &in->spec->mounts.items[index];
  if (!step->options.bind || step->options.remount)
    return hd_err_set (err, HD_CONFIG, "add the option \"bind\"",
                       "mounts[%zu]: only a bind can be id-mapped", index);
  if (mount->uid_mappings.count == 0 && in->spec->linux_->uid_mappings.count == 0)
    return hd_err_set (err, HD_CONFIG, "give uidMappings and gidMappings",
                       "mounts[%zu].options: idmap needs mappings, of the mount or of linux",
                       index);
  rt_mount *absolute = rt_new (b->arena, rt_mount);
  *absolute = *mount;
  absolute->source = step->source;
  step->idmap = (int)b->plan->n_idmaps;
  b->plan->idmaps[b->plan->n_idmaps++] = absolute;
  return 0;
}

static int
plan_bind (rt_builder *b, const rt_plan_input *in, size_t index, rt_mount_step *step, hd_err *err)
{
  step->type = "bind";
  step->source = bind_source (in, &in->spec->mounts.items[index], b->arena);
  if (step->source == NULL && !step->options.remount)
    return hd_err_set (err, HD_CONFIG, NULL, "mounts[%zu].source: is required for a bind", index);
  rt_builder_add (b, RT_STEP_BIND)->as.mount = step;
  return 0;
}

/* Nothing else of the configuration covers this mount. */
static bool
is_last_there (const rt_spec *spec, size_t index)
{
  for (size_t i = index + 1; i < spec->mounts.count; i++)
    if (strcmp (spec->mounts.items[i].destination, spec->mounts.items[index].destination) == 0)
      return false;
  return true;
}

/* A read-only tmpfs becomes so when all is made in it (plan_readonly), as with runc and crun. */
static bool
is_readonly_later (const rt_spec *spec, size_t index, const rt_mount_options *o)
{
  return is_type (&spec->mounts.items[index], "tmpfs") && !o->bind && !o->remount
         && (o->attr_set & MOUNT_ATTR_RDONLY) != 0 && is_last_there (spec, index);
}

static void
plan_readonly (rt_builder *b, const rt_spec *spec)
{
  for (size_t i = 0; i < spec->mounts.count; i++)
    {
      rt_mount_options options;
      if (!is_type (&spec->mounts.items[i], "tmpfs"))
        continue;
      rt_mount_options_sort (&spec->mounts.items[i], &options, b->arena);
      if (is_readonly_later (spec, i, &options))
        rt_builder_add_text (b, RT_STEP_READONLY_MOUNT, spec->mounts.items[i].destination);
    }
}

static int
plan_mount (rt_builder *b, const rt_plan_input *in, size_t index, hd_err *err)
{
  const rt_mount *mount = &in->spec->mounts.items[index];
  rt_mount_step *step = rt_new (b->arena, rt_mount_step);
  int r = 0;
  rt_mount_options_sort (mount, &step->options, b->arena);
  step->target = mount->destination;
  step->type = mount->type;
  step->source = mount->source;
  step->label = in->spec->linux_->mount_label;
  step->idmap = -1;
  if (is_readonly_later (in->spec, index, &step->options))
    step->options.attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
  if (step->options.bind)
    r = plan_bind (b, in, index, step, err);
  else if (step->type == NULL || step->type[0] == '\0')
    return hd_err_set (err, HD_CONFIG, "name a file system, or add the option \"bind\"",
                       "mounts[%zu].type: is required", index);
  else if (is_type (mount, "cgroup") || is_type (mount, "cgroup2"))
    rt_builder_add (b, RT_STEP_CGROUPS)->as.mount = step;
  else
    rt_builder_add (b, RT_STEP_MOUNT)->as.mount = step;
  return r == 0 && step->options.idmap ? plan_idmap (b, in, index, step, err) : r;
}

static int
plan_mounts (rt_builder *b, const rt_plan_input *in, hd_err *err)
{
  size_t count = in->spec->mounts.count;
  b->plan->idmaps = rt_new_array (b->arena, const rt_mount *, count + 1);
  for (size_t i = 0; i < count; i++)
    {
      int r = plan_mount (b, in, i, err);
      if (r < 0)
        return r;
    }
  return 0;
}

/* Devices */

/* Devices that every container has (specification, config-linux.md, Default Devices). */
#define CHARACTER(path, major, minor)                                                              \
  {                                                                                                \
    "c", path, { major, true }, { minor, true }                                                    \
  }
static const rt_device default_devices[] = {
  CHARACTER ("/dev/null", 1, 3),   CHARACTER ("/dev/zero", 1, 5),    CHARACTER ("/dev/full", 1, 7),
  CHARACTER ("/dev/random", 1, 8), CHARACTER ("/dev/urandom", 1, 9), CHARACTER ("/dev/tty", 5, 0),
};

static const rt_pair dev_links[] = {
  { "/proc/self/fd", "fd" },       { "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" },
  { "/proc/self/fd/2", "stderr" }, { "/proc/kcore", "core" },      { "pts/ptmx", "ptmx" },
};

#define N_ROWS(table) (sizeof (table) / sizeof *(table))

/* /dev that was bound from somewhere is left as it is. */
static bool
dev_is_bound (const rt_spec *spec)
{
  for (size_t i = 0; i < spec->mounts.count; i++)
    {
      const rt_mount *mount = &spec->mounts.items[i];
      if (strcmp (mount->destination, "/dev") != 0 && strcmp (mount->destination, "/dev/") != 0)
        continue;
      if (is_type (mount, "bind"))
        return true;
      for (size_t j = 0; j < mount->options.count; j++)
        if (strcmp (mount->options.items[j], "bind") == 0
            || strcmp (mount->options.items[j], "rbind") == 0)
          return true;
    }
  return false;
}

/* The path of a device without slashes behind it. */
static size_t
path_length (const char *path)
{
  size_t length = strlen (path);
  while (length > 1 && path[length - 1] == '/')
    length--;
  return length;
}

static bool
is_at (const rt_device *device, const char *path)
{
  const size_t length = path_length (device->path);
  return strncmp (device->path, path, length) == 0 && path[length] == '\0';
}

static bool
is_overridden (const rt_spec *spec, const char *path)
{
  for (size_t i = 0; i < spec->linux_->devices.count; i++)
    if (is_at (&spec->linux_->devices.items[i], path))
      return true;
  return false;
}

static unsigned
node_type (char type)
{
  return type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR;
}

/* `*folder` is the one that the last step went to. */
static void
plan_device (rt_builder *b, const rt_device *device, const char **folder)
{
  const char *path = rt_printf (b->arena, "%.*s", (int)path_length (device->path), device->path);
  const char *slash = strrchr (path, '/');
  size_t length = slash > path ? (size_t)(slash - path) : 1;
  if (strlen (*folder) != length || strncmp (*folder, path, length) != 0)
    {
      *folder = rt_printf (b->arena, "%.*s", (int)length, path);
      rt_builder_add_text (b, RT_STEP_DIRECTORY, *folder);
    }
  rt_device_step *step = rt_new (b->arena, rt_device_step);
  *step = (rt_device_step){
    .name = slash + 1,
    .path = path,
    .mode = node_type (device->type[0])
            | (device->file_mode.set ? (unsigned)device->file_mode.value & 07777 : 0666),
    .number = makedev ((unsigned)device->major.value, (unsigned)device->minor.value),
    .uid = (uint32_t)device->uid.value,
    .gid = (uint32_t)device->gid.value,
  };
  rt_builder_add (b, RT_STEP_DEVICE)->as.device = step;
}

static void
plan_dev (rt_builder *b, const rt_plan_input *in)
{
  if (dev_is_bound (in->spec))
    return;
  const char *folder = "/dev";
  rt_builder_add_text (b, RT_STEP_DIRECTORY, folder);
  for (size_t i = 0; i < N_ROWS (default_devices); i++)
    if (!is_overridden (in->spec, default_devices[i].path))
      plan_device (b, &default_devices[i], &folder);
  for (size_t i = 0; i < N_ROWS (dev_links); i++)
    rt_builder_add (b, RT_STEP_SYMLINK)->as.pair = dev_links[i];
  /* --privileged lists the host's ptmx; the container's is a link to that of its own devpts. */
  for (size_t i = 0; i < in->spec->linux_->devices.count; i++)
    if (!is_at (&in->spec->linux_->devices.items[i], "/dev/ptmx"))
      plan_device (b, &in->spec->linux_->devices.items[i], &folder);
}

/* The tree */

static void
plan_paths (rt_builder *b, const rt_linux *l)
{
  for (size_t i = 0; i < l->sysctl.count; i++)
    rt_builder_add (b, RT_STEP_SYSCTL)->as.pair = l->sysctl.items[i];
  for (size_t i = 0; i < l->readonly_paths.count; i++)
    rt_builder_add_text (b, RT_STEP_READONLY, l->readonly_paths.items[i]);
  for (size_t i = 0; i < l->masked_paths.count; i++)
    rt_builder_add_text (b, RT_STEP_MASK, l->masked_paths.items[i]);
}

static int
plan_tree (rt_builder *b, const rt_plan_input *in, hd_err *err)
{
  const rt_spec *spec = in->spec;
  const rt_linux *l = spec->linux_;
  uint64_t propagation = l->rootfs_propagation.set ? (uint64_t)l->rootfs_propagation.value : 0;

  /* In the host's mount namespace nothing is changed but below the rootfs. */
  const bool stay = rt_spec_namespace (spec, CLONE_NEWNS) == NULL;
  if (!stay)
    {
      rt_step *step = rt_builder_add (b, RT_STEP_PROPAGATION);
      /* Unbindable comes last: the rootfs itself must be bound. */
      step->flags = propagation == 0 || (propagation & MS_UNBINDABLE) != 0 ? MS_SLAVE | MS_REC
                                                                           : propagation | MS_REC;
      step->as.text = in->rootfs;
    }
  rt_step *rootfs = rt_builder_add (b, RT_STEP_ROOTFS);
  rootfs->as.text = in->rootfs;
  rootfs->flags = stay ? MS_PRIVATE | MS_REC : 0;
  int r = plan_mounts (b, in, err);
  if (r < 0)
    return r;
  plan_dev (b, in);
  if (spec->hooks->prestart.count > 0 || spec->hooks->create_runtime.count > 0)
    rt_builder_add (b, RT_STEP_RUNTIME_HOOKS);
  rt_plan_hooks (b, &spec->hooks->create_container, "createContainer", "creating", environ);
  plan_paths (b, l);
  if (spec->process->terminal)
    rt_builder_add (b, RT_STEP_TERMINAL)->as.size = spec->process->console_size;
  plan_readonly (b, spec);
  rt_builder_add (b, stay           ? RT_STEP_STAY
                     : in->no_pivot ? RT_STEP_CHROOT
                                    : RT_STEP_PIVOT)
      ->as.text
      = in->rootfs;
  if (propagation != 0 && !stay)
    rt_builder_add_flags (b, RT_STEP_ROOT_PROPAGATION, propagation);
  return 0;
}

int
rt_plan_container (const rt_plan_input *in, rt_plan *ret, rt_arena *arena, hd_err *err)
{
  *ret = (rt_plan){ .clone_flags = clone_flags (in->spec) };
  rt_builder builder = { ret, arena, 0 };
  rt_builder *b = &builder;
  rt_process_input process = {
    .process = in->spec->process,
    .spec = in->spec,
    .id = in->id,
    .no_new_keyring = in->no_new_keyring,
    .start_at_once = in->start_at_once,
    .deny_groups = in->deny_groups,
    .preserve_fds = in->preserve_fds,
    .extra_env = in->extra_env,
  };

  rt_builder_add (b, RT_STEP_SESSION);
  plan_namespaces (b, in);
  int r = plan_tree (b, in, err);
  if (r < 0)
    return r;
  rt_plan_process_prepare (b, &process);
  if (in->spec->root->readonly)
    rt_builder_add (b, RT_STEP_READONLY_ROOT);
  return rt_plan_process_exec (b, &process, err);
}

static bool
has_affinity (const rt_exec_affinity *a)
{
  return a != NULL
         && ((a->initial != NULL && a->initial[0] != '\0')
             || (a->final != NULL && a->final[0] != '\0'));
}

int
rt_plan_exec (const rt_exec_input *in, rt_plan *ret, rt_arena *arena, hd_err *err)
{
  *ret = (rt_plan){ 0 };
  rt_builder builder = { ret, arena, 0 };
  rt_builder *b = &builder;
  rt_process_input process = {
    .process = in->process,
    .spec = in->spec,
    .id = in->id,
    .exec = true,
    .no_new_keyring = in->no_new_keyring,
    .start_at_once = true,
    .deny_groups = in->deny_groups,
    .preserve_fds = in->preserve_fds,
    .extra_env = in->extra_env,
  };

  rt_builder_add (b, RT_STEP_SESSION);
  if (in->process->oom_score_adj.set)
    rt_builder_add_number (b, RT_STEP_OOM_SCORE, in->process->oom_score_adj.value);
  /* Before the cgroup, whose cpuset counts from then on. */
  const rt_exec_affinity *affinity = in->process->exec_cpu_affinity;
  if (affinity != NULL && rt_plan_affinity (b, affinity->initial, "initial", err) < 0)
    return -EINVAL;
  if (ret->steps[ret->count - 1].kind == RT_STEP_AFFINITY)
    ret->steps[ret->count - 1].flags = 1;
  rt_builder_add (b, RT_STEP_JOIN_CGROUP);
  if (!has_affinity (affinity))
    rt_builder_add (b, RT_STEP_AFFINITY);
  if (in->enter_flags != 0)
    rt_builder_add_flags (b, RT_STEP_ENTER, in->enter_flags);
  if (in->root_of > 0)
    rt_builder_add_number (b, RT_STEP_ROOT_OF, in->root_of);
  if (in->in_user_namespace)
    rt_builder_add_number (b, RT_STEP_BECOME_ROOT,
                           !in->deny_groups && !rt_plan_keeps_groups (in->spec));
  if (in->process->terminal)
    rt_builder_add (b, RT_STEP_TERMINAL)->as.size = in->process->console_size;
  rt_plan_process_prepare (b, &process);
  return rt_plan_process_exec (b, &process, err);
}
