/* The cgroups of one container: version 1, version 2, and mixtures of the two.
 *
 * One table of functions for each version, chosen once.  The driver (cgroupfs or systemd) decides
 * only how the folders come to be.  Blocks on file system calls; freezing waits until it is done.
 */
#pragma once

#include <sys/types.h>

#include "common/err.h"
#include "common/json.h"
#include "runtime/plan.h"

typedef enum
{
  RT_CGROUP_CGROUPFS,
  RT_CGROUP_DISABLED,
  RT_CGROUP_SYSTEMD /* a transient scope, delegated to us */
} rt_cgroup_driver;

/* One hierarchy: where it is mounted and the container's folder in it. */
typedef struct
{
  const char *name;  /* below /sys/fs/cgroup: "memory", "cpu,cpuacct"; "" for version 2 alone */
  const char *mount; /* absolute */
  const char *path;  /* absolute: the container's folder */
  bool unified;
  int procs_fd;      /* version 1, once made: tasks for writing; else -1 */
  size_t made_bytes; /* length of the outermost folder in `path` that we made, 0 for none */
} rt_cgroup_entry;

typedef struct rt_cgroup_ops rt_cgroup_ops;

typedef struct
{
  const rt_cgroup_ops *ops;
  rt_cgroup_driver driver;
  const char *slice;         /* systemd: "machine.slice" */
  const char *unit;          /* systemd: "podman-ID.scope" */
  const rt_map *annotations; /* systemd: "org.systemd.property.NAME" sets one; or NULL */
  pid_t holder;              /* systemd: keeps the scope until the container is in it; 0: nobody */
  rt_cgroup_entry *entries;
  size_t count;
  rt_arena *arena;
} rt_cgroup;

struct rt_cgroup_ops
{
  int (*make) (rt_cgroup *cgroup, hd_err *err);
  int (*apply) (rt_cgroup *cgroup, const rt_resources *resources, bool update, hd_err *err);
  int (*freeze) (rt_cgroup *cgroup, bool frozen, hd_err *err);
  int (*kill) (rt_cgroup *cgroup); /* SIGKILL at once, or a negative errno where that is not had */
  hd_json *(*stats) (rt_cgroup *cgroup);
};

extern const rt_cgroup_ops rt_cgroup_v1, rt_cgroup_v2;

/* Find the hierarchies of this machine and the container's folders in them; makes nothing yet.
 * `path` is linux.cgroupsPath, NULL for the default: the id below our own cgroup (version 1) or
 * beside it (version 2), or a scope of that name. */
int rt_cgroup_open (const char *path, const char *id, rt_cgroup_driver driver, rt_cgroup *ret,
                    rt_arena *arena, hd_err *err);
/* The same from a list of "NAME=PATH" strings, as rt_cgroup_names gave. */
int rt_cgroup_restore (const rt_strings *names, rt_cgroup_driver driver, rt_cgroup *ret,
                       rt_arena *arena, hd_err *err);
rt_strings rt_cgroup_names (const rt_cgroup *cgroup);

/* Make the folders and set the limits.  A limit whose controller is not there is an error, for
 * whoever is not root of the machine a warning.  On an error rt_cgroup_remove clears away; it
 * leaves alone a folder that was refused because of somebody else's processes. */
int rt_cgroup_make (rt_cgroup *cgroup, const rt_resources *resources, hd_err *err);
/* The container is in its cgroups: what held them until now can go. */
void rt_cgroup_release (rt_cgroup *cgroup);
/* See to it that a process of ours can be cloned into the container's folder.  For that the kernel
 * wants the right to move processes in the nearest folder above both (cgroup-v2.rst, "Delegation
 * Containment").  An ordinary user's login session is outside of what is delegated to the user;
 * then the user's systemd moves us there. */
int rt_cgroup_come_near (const rt_cgroup *cgroup, hd_err *err);
/* Go below the container's folders: each of `places` is "PATH", or for version 1
 * "CONTROLLER,...:PATH" for some hierarchies alone.  Nothing is made. */
int rt_cgroup_descend (rt_cgroup *cgroup, const rt_strings *places, hd_err *err);
/* Give the container's folder to its user (specification, config-linux.md, "Cgroup ownership");
 * nothing on version 1. */
int rt_cgroup_give (const rt_cgroup *cgroup, uid_t uid, hd_err *err);
/* A descriptor of the version 2 folder that a further process of the container can be cloned into:
 * its own, or where that is divided and may have none, that of the first process `pid`. */
int rt_cgroup_open_for (const rt_cgroup *cgroup, pid_t pid, hd_err *err);
/* Open what a process of one thread writes itself into, in each version 1 hierarchy: `tasks`, since
 * the kernel stops all forks of the machine for cgroup.procs, for milliseconds.  *ret has
 * *ret_count descriptors, in the arena.  *ret_clone_fd is the version 2 folder beside them, to
 * clone into, or -1; the caller closes it. */
int rt_cgroup_open_procs (const rt_cgroup *cgroup, int **ret, size_t *ret_count, int *ret_clone_fd,
                          hd_err *err);
int rt_cgroup_update (rt_cgroup *cgroup, const rt_resources *resources, hd_err *err);
int rt_cgroup_freeze (rt_cgroup *cgroup, bool frozen, hd_err *err);
/* Signal every process of the cgroup and of those below it. */
int rt_cgroup_kill (rt_cgroup *cgroup, int signal_number, hd_err *err);
/* The processes, those of cgroups below too: malloc'ed, ascending by cgroup. */
int rt_cgroup_pids (const rt_cgroup *cgroup, pid_t **ret, size_t *ret_count, hd_err *err);
/* Statistics in the form of `events --stats`; the caller frees. */
hd_json *rt_cgroup_stats (rt_cgroup *cgroup);
/* Stop a scope that has a folder and nobody in it. */
void rt_cgroup_stop_empty (rt_cgroup *cgroup);
/* Kill what is left and remove the folders; what is gone already is no error. */
int rt_cgroup_remove (rt_cgroup *cgroup, hd_err *err);

/* What the container will see below /sys/fs/cgroup. */
const rt_hierarchy *rt_cgroup_hierarchies (const rt_cgroup *cgroup, size_t *ret_count);
/* The hierarchy that has this controller, or NULL. */
const rt_cgroup_entry *rt_cgroup_entry_of (const rt_cgroup *cgroup, const char *controller);
