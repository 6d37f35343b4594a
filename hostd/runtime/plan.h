/* The plan: what the container's first process does between clone and exec, as a flat list of
 * steps.
 *
 * Pure: made from the spec and a few facts (rt_plan_input), printed by `plan` and compared with
 * golden files, carried out by child.c without a single allocation.  Strings and tables of a plan
 * live in the arena or in the spec.  Descriptors are not in a plan: the child finds them in its
 * context.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/caps.h"
#include "runtime/mountopt.h"
#include "runtime/spec.h"

typedef enum
{
  /* Namespaces */
  RT_STEP_AWAIT_MAPS,  /* until the parent has written the id maps */
  RT_STEP_BECOME_ROOT, /* uid and gid 0 of the new user namespace */
  RT_STEP_JOIN_NS,     /* namespace: open and setns */
  RT_STEP_ENTER,       /* flags: setns by the pidfd of the container's first process */
  RT_STEP_JOIN_CGROUP, /* write ourselves into each cgroup.procs of the context */
  RT_STEP_UNSHARE,     /* flags */
  RT_STEP_LOOPBACK,
  RT_STEP_AWAIT_NET, /* until the parent has moved network devices in */
  RT_STEP_HOSTNAME,  /* text */
  RT_STEP_DOMAINNAME,
  RT_STEP_OOM_SCORE, /* number */
  /* The tree */
  RT_STEP_PROPAGATION,    /* flags: MS_*, of all mounts; text: the rootfs */
  RT_STEP_ROOTFS,         /* text: bind the rootfs on itself; flags: its propagation, 0: as is */
  RT_STEP_MOUNT,          /* mount */
  RT_STEP_BIND,           /* mount */
  RT_STEP_CGROUPS,        /* mount: the cgroup hierarchies */
  RT_STEP_DIRECTORY,      /* text: the folder that the next steps work in */
  RT_STEP_DEVICE,         /* device */
  RT_STEP_SYMLINK,        /* pair: target, name */
  RT_STEP_SYSCTL,         /* pair */
  RT_STEP_READONLY,       /* text */
  RT_STEP_MASK,           /* text */
  RT_STEP_RUNTIME_HOOKS,  /* the parent runs prestart and createRuntime */
  RT_STEP_HOOKS,          /* hooks: run here (createContainer, startContainer) */
  RT_STEP_READONLY_MOUNT, /* text: what is mounted there, without what is below it */
  RT_STEP_PIVOT,
  RT_STEP_CHROOT,           /* text: the rootfs (--no-pivot) */
  RT_STEP_STAY,             /* the rootfs becomes our root in the host's mount namespace */
  RT_STEP_ROOT_OF,          /* number: the process whose root becomes ours */
  RT_STEP_READONLY_ROOT,    /* the rootfs' mount */
  RT_STEP_ROOT_PROPAGATION, /* flags */
  /* The process */
  RT_STEP_SESSION,     /* setsid */
  RT_STEP_KEYRING,     /* text: a new session keyring of this name */
  RT_STEP_TERMINAL,    /* size: a pseudo terminal, sent over the console socket */
  RT_STEP_RLIMIT,      /* rlimit */
  RT_STEP_PERSONALITY, /* number */
  RT_STEP_SCHEDULER,   /* scheduler */
  RT_STEP_IO_PRIORITY, /* number */
  RT_STEP_AFFINITY,    /* affinity, NULL: all that the cgroup has; flags: it may have others */
  RT_STEP_MEMORY_POLICY,
  RT_STEP_ATTRIBUTE,    /* pair: file below /proc/thread-self/attr, value */
  RT_STEP_CWD,          /* text */
  RT_STEP_HOME,         /* number: uid whose home folder becomes HOME */
  RT_STEP_FIND_PROGRAM, /* program */
  RT_STEP_CREATED,      /* report, and wait for `start` unless flags say not to */
  RT_STEP_CLOSE_FDS,    /* number: so many after the standard streams stay open */
  RT_STEP_UMASK,        /* number */
  RT_STEP_LANDLOCK,     /* landlock */
  RT_STEP_NO_NEW_PRIVILEGES,
  RT_STEP_BOUNDING,     /* flags: what stays */
  RT_STEP_USER,         /* user */
  RT_STEP_CAPABILITIES, /* caps; keeps CAP_SYS_ADMIN if number is set, until RT_STEP_LAST_CAPS */
  RT_STEP_SECCOMP,
  RT_STEP_LAST_CAPS, /* caps */
  RT_STEP_EXEC,      /* program */
  RT_N_STEPS
} rt_step_kind;

typedef struct
{
  const char *type;
  const char *source;
  const char *target;
  rt_mount_options options;
  const char *label; /* SELinux context or NULL */
  int idmap;         /* index in the context's table of id-mapped trees, or -1 */
} rt_mount_step;

typedef struct
{
  const char *name; /* in the folder of the last RT_STEP_DIRECTORY */
  const char *path; /* of the host, for a bind */
  unsigned mode;    /* with the S_IF* bits */
  uint64_t number;  /* dev_t */
  uint32_t uid;
  uint32_t gid;
} rt_device_step;

typedef struct
{
  const char *path;
  char **argv;
  char **envp;       /* may be the program's, to which the child adds HOME */
  int64_t timeout_s; /* 0: none */
} rt_hook_step;

typedef struct
{
  const rt_hook_step *items;
  size_t count;
  const char *kind;   /* "createContainer" ... */
  const char *status; /* in the state that the hook reads: "creating", "created" */
} rt_hooks_step;

typedef struct
{
  const char *const *candidates; /* NULL-terminated: where args[0] may be */
  char **argv;
  char **envp; /* with one free place for HOME before its end */
} rt_program_step;

typedef struct
{
  uint32_t uid;
  uint32_t gid;
  const uint32_t *groups;
  size_t n_groups;
  bool set_groups; /* false where the user namespace denies it */
} rt_user_step;

typedef struct
{
  const uint64_t *mask; /* bits of CPUs */
  size_t size_bytes;
} rt_affinity_step;

/* Rights of linux/landlock.h that came after the first: Linux 5.19 and 6.2. */
#define RT_LANDLOCK_REFER (UINT64_C (1) << 13)
#define RT_LANDLOCK_TRUNCATE (UINT64_C (1) << 14)

typedef struct
{
  const char *path;
  uint64_t access; /* LANDLOCK_ACCESS_FS_*; the child leaves out what the kernel does not know */
} rt_landlock_rule;

typedef struct
{
  const rt_landlock_rule *rules;
  size_t n_rules;
} rt_landlock_step;

typedef struct
{
  rt_step_kind kind;
  uint64_t flags;
  int64_t number;
  union
  {
    const char *text;
    rt_pair pair;
    const rt_namespace *namespace_;
    const rt_mount_step *mount;
    const rt_device_step *device;
    const rt_hooks_step *hooks;
    const rt_rlimit *rlimit;
    const rt_scheduler *scheduler;
    const rt_memory_policy *memory_policy;
    const rt_affinity_step *affinity;
    const rt_console_size *size;
    const rt_program_step *program;
    const rt_user_step *user;
    const rt_cap_sets *caps;
    const rt_landlock_step *landlock;
  } as;
} rt_step;

/* A cgroup hierarchy as the container will see it. */
typedef struct
{
  const char *name; /* below /sys/fs/cgroup: "memory", "cpu,cpuacct", "" for version 2 */
  const char *path; /* the container's cgroup, on the host */
} rt_hierarchy;

typedef struct
{
  const rt_spec *spec;
  const char *id;
  const char *rootfs; /* absolute */
  const char *bundle; /* absolute */
  bool start_at_once; /* `run`: do not wait for `start` */
  bool no_pivot;
  bool no_new_keyring;
  bool deny_groups; /* setgroups is denied in the user namespace */
  bool map_ids;     /* the parent writes id maps */
  bool clone_first; /* namespaces that are joined have been joined by the stage before */
  unsigned preserve_fds;
  const rt_hierarchy *hierarchies; /* version 1: each of them; version 2: one without a name */
  size_t n_hierarchies;
  const char *const *extra_env; /* NULL-terminated or NULL */
} rt_plan_input;

typedef struct
{
  rt_step *steps;
  size_t count;
  uint64_t clone_flags;    /* CLONE_NEW* for clone3 */
  const rt_mount **idmaps; /* mounts whose trees the parent opens and maps, by their index */
  size_t n_idmaps;
  char **warnings; /* NULL-terminated: what the spec asks for and is left out */
  size_t n_warnings;
} rt_plan;

/* The plan of a container's first process. */
int rt_plan_container (const rt_plan_input *input, rt_plan *ret, rt_arena *arena, hd_err *err);

typedef struct
{
  const rt_process *process;
  const rt_spec *spec; /* of the container: the seccomp profile, annotations */
  const char *id;
  pid_t root_of; /* the process whose root is to be ours, or 0: it comes with the namespace */
  uint64_t enter_flags; /* CLONE_NEW* to enter; 0 when the stage before has done it */
  bool in_user_namespace;
  bool deny_groups;
  bool no_new_keyring;
  unsigned preserve_fds;
  const char *const *extra_env;
} rt_exec_input;

/* The plan of a further process in a running container. */
int rt_plan_exec (const rt_exec_input *input, rt_plan *ret, rt_arena *arena, hd_err *err);

/* The name of a kind of step: "mount", "capabilities" ... */
const char *rt_step_name (rt_step_kind kind);
/* What a step does and on what, as "mount proc on /proc: nosuid,nodev,noexec".  The text is cut to
 * fit and always ends with a NUL. */
void rt_step_describe (const rt_step *step, char *buffer, size_t size_bytes);
