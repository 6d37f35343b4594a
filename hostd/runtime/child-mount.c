/* The child's mounts: made with the descriptor based mount calls, attached to descriptors. */
#include "runtime/child-internal.h"

#include <fcntl.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fs.h"
#include "runtime/mountapi.h"

#define FSMOUNT_ATTRIBUTES                                                                         \
  (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC                    \
   | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME | 0x00200000 /* NOSYMFOLLOW */)

int
rt_child_attach (int tree_fd, int target_fd)
{
  return RT_CHECK (
      move_mount (tree_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

int
rt_child_clone (int fd, bool recursive)
{
  int tree = open_tree (
      fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0));
  return tree < 0 ? -errno : tree;
}

static int
set_attributes (int tree_fd, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive)
{
  struct mount_attr attr
      = { .attr_set = set, .attr_clr = clear, .propagation = propagation & ~(uint64_t)MS_REC };
  if (set == 0 && clear == 0 && propagation == 0)
    return 0;
  return RT_CHECK (mount_setattr (tree_fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
                                  &attr, sizeof attr));
}

/* Attributes of the tree, and of the mount alone. */
static int
apply_options (int tree_fd, const rt_mount_options *o)
{
  int r = set_attributes (tree_fd, o->tree_set, o->tree_clear, 0, true);
  return r < 0 ? r : set_attributes (tree_fd, o->attr_set, o->attr_clear, 0, false);
}

static int
apply_propagation (int tree_fd, const rt_mount_options *o)
{
  return set_attributes (tree_fd, 0, 0, o->propagation, (o->propagation & MS_REC) != 0);
}

/* Attach a tree, then set its propagation: a detached one does not keep it (Linux 6.17). */
static int
attach_with (int tree_fd, int target_fd, const rt_mount_options *o)
{
  int r = rt_child_attach (tree_fd, target_fd);
  return r < 0 ? r : apply_propagation (tree_fd, o);
}

/* Make the mounts above `path` private up to the one that holds it, or pivot_root refuses. */
static int
make_parent_private (const char *path)
{
  char name[PATH_MAX];
  size_t length = strlen (path);
  if (length >= sizeof name)
    return -ENAMETOOLONG;
  memcpy (name, path, length + 1);
  while (mount (NULL, name, NULL, MS_PRIVATE, NULL) < 0)
    {
      if (errno != EINVAL)
        return -errno;
      char *slash = strrchr (name, '/');
      if (slash == NULL || name[1] == '\0')
        return -EINVAL;
      slash[slash == name] = '\0';
    }
  return 0;
}

int
rt_do_propagation (rt_child *child, const rt_step *step)
{
  if (mount (NULL, "/", NULL, step->flags, NULL) < 0)
    return -errno;
  child->shares_mounts = (step->flags & MS_SHARED) != 0;
  return child->shares_mounts ? make_parent_private (step->as.text) : 0;
}

int
rt_do_rootfs (rt_child *child, const rt_step *step)
{
  child->root_fd
      = open_tree (AT_FDCWD, step->as.text, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (child->root_fd < 0)
    return -errno;
  if (move_mount (child->root_fd, "", AT_FDCWD, step->as.text, MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return -errno;
  return set_attributes (child->root_fd, 0, 0, step->flags, true);
}

/* File systems */

static bool
has_option (const rt_mount_options *o, const char *key)
{
  for (size_t i = 0; i < o->data.count; i++)
    if (strcmp (o->data.items[i].key, key) == 0)
      return true;
  return false;
}

/* What the kernel had to say about a file system that it refused. */
static void
read_log (rt_child *child, int fs_fd)
{
  ssize_t n = read (fs_fd, child->detail_buffer, sizeof child->detail_buffer - 1);
  if (n <= 0)
    return;
  while (n > 0 && child->detail_buffer[n - 1] == '\n')
    n--;
  child->detail_buffer[n] = '\0';
  /* A letter for the level comes first: "e tmpfs: ..." (fscontext_read of the kernel). */
  child->detail = child->detail_buffer + (n > 2 && child->detail_buffer[1] == ' ' ? 2 : 0);
}

/* A tmpfs that says no mode has that of its target, if that was there before (runc, crun). */
static int
copy_mode (int fs_fd, int target_fd)
{
  struct stat st;
  char mode[6] = "";
  if (fstat (target_fd, &st) < 0)
    return -errno;
  for (int i = 0; i < 5; i++)
    mode[i] = (char)('0' + ((st.st_mode & 07777) >> (3 * (4 - i)) & 7));
  return RT_CHECK (fsconfig (fs_fd, FSCONFIG_SET_STRING, "mode", mode, 0));
}

static int
configure (int fs_fd, const rt_mount_step *m)
{
  if (m->source != NULL && fsconfig (fs_fd, FSCONFIG_SET_STRING, "source", m->source, 0) < 0)
    return -errno;
  for (size_t i = 0; i < m->options.data.count; i++)
    {
      const rt_pair *option = &m->options.data.items[i];
      unsigned command = option->value != NULL ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
      if (fsconfig (fs_fd, command, option->key, option->value, 0) < 0)
        return -errno;
    }
  /* A device's file system must know that it may not write; the others know by their mount. */
  if ((m->options.attr_set & MOUNT_ATTR_RDONLY) != 0 && m->source != NULL && m->source[0] == '/'
      && fsconfig (fs_fd, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
    return -errno;
  if (m->label != NULL && m->label[0] != '\0' && strcmp (m->type, "proc") != 0
      && strcmp (m->type, "sysfs") != 0
      && fsconfig (fs_fd, FSCONFIG_SET_STRING, "context", m->label, 0) < 0)
    return -errno;
  return 0;
}

/* A new file system as a detached mount. */
int
rt_child_new_filesystem (rt_child *child, const rt_mount_step *m, int target_fd,
                         uint64_t attributes)
{
  int fs_fd = fsopen (m->type, FSOPEN_CLOEXEC);
  if (fs_fd < 0)
    return -errno;
  int r = 0;
  if (strcmp (m->type, "tmpfs") == 0 && !has_option (&m->options, "mode") && !child->made)
    r = copy_mode (fs_fd, target_fd);
  if (r == 0)
    r = configure (fs_fd, m);
  if (r == 0)
    r = RT_CHECK (fsconfig (fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
  if (r == 0 && (r = fsmount (fs_fd, FSMOUNT_CLOEXEC, (unsigned)attributes)) < 0)
    r = -errno;
  if (r < 0)
    read_log (child, fs_fd);
  rt_child_drop (fs_fd);
  return r;
}

/* mount(2) takes one call where the descriptor based ones take a call for each option.  It cannot
 * say all that those can: -EOPNOTSUPP when it need not be tried. */

typedef struct
{
  char text[1024];
  size_t length;
} mount_data;

static bool
append (mount_data *data, const char *text)
{
  size_t length = strlen (text);
  if (data->length + length >= sizeof data->text)
    return false;
  memcpy (data->text + data->length, text, length + 1);
  data->length += length;
  return true;
}

/* A comma in a value would start another option. */
static bool
append_options (mount_data *data, const rt_map *options)
{
  for (size_t i = 0; i < options->count; i++)
    {
      const rt_pair *o = &options->items[i];
      if (strchr (o->key, ',') != NULL || (o->value != NULL && strchr (o->value, ',') != NULL)
          || (data->length > 0 && !append (data, ",")) || !append (data, o->key)
          || (o->value != NULL && (!append (data, "=") || !append (data, o->value))))
        return false;
    }
  return true;
}

static unsigned long
mount_flags (uint64_t attributes)
{
  static const struct
  {
    uint64_t attribute;
    unsigned long flag;
  } table[] = {
    { MOUNT_ATTR_NOSUID, MS_NOSUID },         { MOUNT_ATTR_NODEV, MS_NODEV },
    { MOUNT_ATTR_NOEXEC, MS_NOEXEC },         { MOUNT_ATTR_NOATIME, MS_NOATIME },
    { MOUNT_ATTR_NODIRATIME, MS_NODIRATIME }, { MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
    { 0x00200000 /* NOSYMFOLLOW */, 256 },
  };
  unsigned long flags = 0;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if ((attributes & table[i].attribute) != 0)
      flags |= table[i].flag;
  return flags;
}

/* Read-only would be the file system's here, not the mount's. */
static int
mount_at_once (const rt_mount_step *m, int target_fd)
{
  static mount_data data;
  const rt_mount_options *o = &m->options;
  const bool plain = !o->copy_up && (o->attr_set & MOUNT_ATTR_RDONLY) == 0 && o->tree_set == 0
                     && o->tree_clear == 0 && o->propagation == 0
                     && (m->label == NULL || m->label[0] == '\0');
  if (!plain || (strcmp (m->type, "tmpfs") == 0 && !has_option (o, "mode")))
    return -EOPNOTSUPP;
  data.length = 0;
  data.text[0] = '\0';
  if (!append_options (&data, &o->data))
    return -EOPNOTSUPP;
  /* The folder itself, whatever its path may lead to by now. */
  if (fchdir (target_fd) < 0)
    return -errno;
  return RT_CHECK (mount (m->source != NULL ? m->source : m->type, ".", m->type,
                          mount_flags (o->attr_set), data.text));
}

static int
copy_up (int target_fd, int tree_fd)
{
  int from = openat (target_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int to = openat (tree_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int r = from < 0 || to < 0 ? -errno : rt_child_copy_tree (from, to);
  close (from);
  close (to);
  return r;
}

/* sysfs belongs to the network namespace: who may not mount it gets the host's, read-only. */
static int
bind_sysfs (int target_fd, const rt_mount_options *o)
{
  int tree = open_tree (AT_FDCWD, "/sys", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0)
    return -errno;
  int r = set_attributes (tree, o->attr_set & FSMOUNT_ATTRIBUTES & ~(uint64_t)MOUNT_ATTR__ATIME, 0,
                          MS_SLAVE, true);
  return r < 0 ? r : rt_child_attach (tree, target_fd);
}

/* A link in the place of /proc or /sys would lead what is masked or written there astray; runc
 * refuses it in these words. */
static int
make_ordinary (rt_child *child, const char *path)
{
  struct stat st;
  int fd = hd_fs_open_in (child->root_fd, path, O_PATH | O_DIRECTORY, 0, RESOLVE_NO_SYMLINKS);
  if (fd != -ELOOP)
    return fd == -ENOENT ? rt_child_make (child, path, true) : fd;
  fd = rt_child_open (child, path, O_PATH | O_NOFOLLOW);
  if (fd >= 0 && fstat (fd, &st) == 0 && S_ISLNK (st.st_mode))
    {
      child->detail = "it must be mounted on ordinary directory";
      return -ENOTDIR;
    }
  rt_child_drop (fd);
  return rt_child_make (child, path, true);
}

int
rt_do_mount (rt_child *child, const rt_step *step)
{
  const rt_mount_step *m = step->as.mount;
  const rt_mount_options *o = &m->options;
  const bool kernel = strcmp (m->type, "proc") == 0 || strcmp (m->type, "sysfs") == 0;
  int target = kernel ? make_ordinary (child, m->target) : rt_child_make (child, m->target, true);
  if (target < 0)
    return target;
  if (o->remount)
    {
      int r = apply_options (target, o);
      return r < 0 ? r : apply_propagation (target, o);
    }
  if (mount_at_once (m, target) == 0)
    {
      if (strcmp (m->type, "tmpfs") == 0)
        child->fresh_folder = m->target;
      rt_child_drop (target);
      return 0;
    }
  /* What is copied up must be written first. */
  uint64_t attributes = o->copy_up ? 0 : o->attr_set & FSMOUNT_ATTRIBUTES;
  int tree = rt_child_new_filesystem (child, m, target, attributes);
  if (tree == -EPERM && strcmp (m->type, "sysfs") == 0)
    return bind_sysfs (target, o);
  if (tree < 0)
    return tree;
  int r = o->copy_up ? copy_up (target, tree) : 0;
  if (r == 0 && o->copy_up)
    r = set_attributes (tree, o->attr_set, 0, 0, false);
  if (r == 0)
    r = set_attributes (tree, o->tree_set, o->tree_clear, 0, true);
  if (r == 0)
    r = attach_with (tree, target, o);
  rt_child_drop (tree);
  rt_child_drop (target);
  return r;
}

/* Binds */

int
rt_do_bind (rt_child *child, const rt_step *step)
{
  const rt_mount_step *m = step->as.mount;
  const rt_mount_options *o = &m->options;
  struct stat st;
  int tree;
  if (o->remount)
    {
      int target = rt_child_open (child, m->target, O_PATH);
      if (target < 0)
        return target;
      int r = apply_options (target, o);
      return r < 0 ? r : apply_propagation (target, o);
    }
  if (m->idmap >= 0)
    tree = child->idmap_fds[m->idmap];
  else
    tree = open_tree (AT_FDCWD, m->source,
                      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (o->recursive ? AT_RECURSIVE : 0));
  if (tree < 0 && errno == EACCES && child->asks_sources
      && (tree = rt_child_ask_source (child)) < 0)
    errno = -tree;
  if (tree < 0 || fstat (tree, &st) < 0)
    {
      child->detail = "cannot open the source";
      return -errno;
    }
  int target = rt_child_make (child, m->target, S_ISDIR (st.st_mode));
  if (target < 0)
    return target;
  int r = apply_options (tree, o);
  if (r == 0)
    r = attach_with (tree, target, o);
  rt_child_drop (tree);
  rt_child_drop (target);
  return r;
}

/* Cgroups */

/* Into the working folder, where nobody but us has made anything. */
static int
bind_hierarchy (const rt_hierarchy *hierarchy)
{
  if (mkdir (hierarchy->name, 0755) < 0 && errno != EEXIST)
    return -errno;
  return RT_CHECK (mount (hierarchy->path, hierarchy->name, NULL, MS_BIND, NULL));
}

/* "cpu" and "cpuacct" as links to "cpu,cpuacct", as everyone expects to find them. */
static int
link_controllers (int folder_fd, const char *name)
{
  char one[NAME_MAX + 1];
  if (strchr (name, ',') == NULL)
    return 0;
  for (const char *c = name; *c != '\0';)
    {
      size_t length = strcspn (c, ",");
      if (length >= sizeof one)
        return -ENAMETOOLONG;
      memcpy (one, c, length);
      one[length] = '\0';
      if (symlinkat (name, folder_fd, one) < 0)
        return -errno;
      c += length + (c[length] == ',');
    }
  return 0;
}

/* Version 1: a tmpfs with one folder for each hierarchy. */
static int
mount_hierarchies (rt_child *child, const rt_mount_step *m, int target)
{
  static rt_pair mode = { "mode", "755" };
  const rt_mount_step folder
      = { .type = "tmpfs", .source = "tmpfs", .label = m->label, .options.data = { &mode, 1 } };
  int tree = rt_child_new_filesystem (child, &folder, target, 0);
  if (tree < 0)
    return tree;
  int r = rt_child_attach (tree, target);
  if (r == 0)
    r = RT_CHECK (fchdir (tree));
  for (size_t i = 0; r == 0 && i < child->n_hierarchies; i++)
    {
      r = bind_hierarchy (&child->hierarchies[i]);
      if (r == 0)
        r = link_controllers (tree, child->hierarchies[i].name);
      if (r < 0)
        child->detail = child->hierarchies[i].path;
    }
  if (r == 0)
    r = set_attributes (tree, m->options.attr_set & ~(uint64_t)MOUNT_ATTR__ATIME, 0, 0, true);
  return r;
}

/* Version 2: a mount of its own, or where that is refused a bind of the container's cgroup. */
static int
mount_unified (rt_child *child, const rt_mount_step *m, int target)
{
  const rt_mount_step unified = { .type = "cgroup2", .source = "cgroup" };
  int tree
      = rt_child_new_filesystem (child, &unified, target, m->options.attr_set & FSMOUNT_ATTRIBUTES);
  if (tree >= 0)
    return rt_child_attach (tree, target);
  child->detail = NULL;
  tree = open_tree (AT_FDCWD, child->hierarchies[0].path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0)
    return -errno;
  int r = apply_options (tree, &m->options);
  return r < 0 ? r : attach_with (tree, target, &m->options);
}

int
rt_do_cgroups (rt_child *child, const rt_step *step)
{
  const rt_mount_step *m = step->as.mount;
  int target = rt_child_make (child, m->target, true);
  if (target < 0)
    return target;
  if (child->n_hierarchies == 1 && child->hierarchies[0].name[0] == '\0')
    return mount_unified (child, m, target);
  return mount_hierarchies (child, m, target);
}

int
rt_do_readonly_mount (rt_child *child, const rt_step *step)
{
  int target = rt_child_open (child, step->as.text, O_PATH);
  if (target < 0)
    return target;
  int r = set_attributes (target, MOUNT_ATTR_RDONLY, 0, 0, false);
  rt_child_drop (target);
  return r;
}

/* The new root */

int
rt_do_pivot (rt_child *child, const rt_step *step)
{
  int old = child->shares_mounts ? open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fchdir (child->root_fd) < 0)
    return -errno;
  if (syscall (SYS_pivot_root, ".", ".") < 0)
    return -errno;
  /* The old root is now stacked upon "."; what is unmounted must not be unmounted on the host. */
  if (child->shares_mounts
      && (fchdir (old) < 0 || mount (NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0))
    return -errno;
  if (umount2 (".", MNT_DETACH) < 0)
    return -errno;
  return RT_CHECK (chdir ("/"));
}

int
rt_do_chroot (rt_child *child, const rt_step *step)
{
  int r = rt_child_hide_kernel (child, step->as.text);
  if (r < 0)
    return r;
  if (fchdir (child->root_fd) < 0 || mount (".", "/", NULL, MS_MOVE, NULL) < 0)
    return -errno;
  if (chroot (".") < 0)
    return -errno;
  return RT_CHECK (chdir ("/"));
}

int
rt_do_stay (rt_child *child, const rt_step *step)
{
  if (fchdir (child->root_fd) < 0 || chroot (".") < 0)
    return -errno;
  return RT_CHECK (chdir ("/"));
}

int
rt_do_root_of (rt_child *child, const rt_step *step)
{
  char path[32] = "/root", *c = path + sizeof path - sizeof "/root";
  memmove (c, path, sizeof "/root");
  for (int64_t number = step->number; number > 0; number /= 10)
    *--c = (char)('0' + number % 10);
  int fd = openat (child->proc_fd, c, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fchdir (fd) < 0 || chroot (".") < 0)
    return -errno;
  rt_child_drop (fd);
  return RT_CHECK (chdir ("/"));
}

int
rt_do_readonly_root (rt_child *child, const rt_step *step)
{
  struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
  return RT_CHECK (mount_setattr (AT_FDCWD, "/", 0, &attr, sizeof attr));
}

int
rt_do_root_propagation (rt_child *child, const rt_step *step)
{
  return RT_CHECK (mount (NULL, "/", NULL, step->flags, NULL));
}
