/* What the files of the child share.  Everything here is async-signal-safe and returns 0 (or a
 * descriptor) or a negative errno. */
#pragma once

#include "runtime/child.h"

#include <errno.h>

#define RT_CHECK(call) ((call) < 0 ? -errno : 0)

typedef int rt_step_function (rt_child *child, const rt_step *step);

/* Tell whoever waits that a step could be done in part only. */
void rt_child_warn (rt_child *child, int errnum, const char *text);

/* Close a descriptor that was needed for one step.  A few may stay open until rt_child_forget,
 * which is cheaper than to close each. */
void rt_child_drop (int fd);
/* Close what leads to the host or below a mount, before a path of the configuration is looked up
 * inside: through /proc/self/fd such a path could be any of our descriptors (CVE-2024-21626). */
int rt_child_forget (rt_child *child);

/* Ask whoever waits for a state as JSON, `what` says for whom ("" or "seccomp"); static storage. */
int rt_child_ask_state (rt_child *child, const char *what, const char **ret, size_t *ret_bytes);

/* What this step binds, a source or a device, opened by whoever waits: a descriptor. */
int rt_child_ask_source (rt_child *child);

/* Open below the rootfs; neither links nor ".." leave it. */
int rt_child_open (rt_child *child, const char *path, int flags);
/* The folder or file at `path` below the rootfs as an O_PATH descriptor, made if it is missing, its
 * parents too.  Links that dangle are followed inside the rootfs. */
int rt_child_make (rt_child *child, const char *path, bool folder);
/* Attach a detached mount to what a descriptor stands for. */
int rt_child_attach (int tree_fd, int target_fd);
/* A detached copy of a mount or of a part of it. */
int rt_child_clone (int fd, bool recursive);
/* A new file system as a detached mount with MOUNT_ATTR_*; a tmpfs without a mode gets that of the
 * target. */
int rt_child_new_filesystem (rt_child *child, const rt_mount_step *m, int target_fd,
                             uint64_t attributes);
/* Write to a file below the host's procfs, and make sure that it is one. */
int rt_child_write_proc (rt_child *child, const char *path, const char *text);

rt_step_function rt_do_propagation, rt_do_rootfs, rt_do_mount, rt_do_bind, rt_do_cgroups,
    rt_do_directory, rt_do_device, rt_do_symlink, rt_do_sysctl, rt_do_readonly, rt_do_mask,
    rt_do_readonly_mount, rt_do_pivot, rt_do_chroot, rt_do_stay, rt_do_root_of, rt_do_readonly_root,
    rt_do_root_propagation, rt_do_terminal;
rt_step_function rt_do_keyring, rt_do_rlimit, rt_do_personality, rt_do_scheduler, rt_do_io_priority,
    rt_do_affinity, rt_do_memory_policy, rt_do_attribute, rt_do_cwd, rt_do_home, rt_do_find_program,
    rt_do_umask, rt_do_landlock, rt_do_close_fds, rt_do_no_new_privileges, rt_do_bounding,
    rt_do_user, rt_do_capabilities, rt_do_seccomp, rt_do_last_caps, rt_do_exec;

/* Take the host's procfs and sysfs out of our mount namespace, all that is not below `rootfs`:
 * child-hide.c. */
int rt_child_hide_kernel (rt_child *child, const char *rootfs);

/* Copy the tree of one folder into another (tmpcopyup): child-copy.c. */
int rt_child_copy_tree (int from_fd, int to_fd);

/* Hooks: hook.c */

typedef struct
{
  int status;       /* of wait */
  char output[160]; /* the end of what it wrote to its standard streams, in one line */
} rt_hook_result;

/* Run one hook with `state` on its standard input and wait for it.  Returns 0, -ETIME, or
 * -ECANCELED when it failed. */
int rt_hook_run (const rt_hook_step *hook, const char *state, size_t length_bytes,
                 rt_hook_result *ret_result);
/* "#INDEX: PATH: exit status 1: what it said" for the result `r`. */
void rt_hook_describe (const rt_hook_step *hook, size_t index, int r, const rt_hook_result *result,
                       char *buffer, size_t size_bytes);
