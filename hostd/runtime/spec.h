/* The value of a config.json: the OCI runtime specification 1.3, its Linux part.
 *
 * Names are those of the specification, in snake case.  Made by tables (spec.c), checked once, and
 * read only from then on.  Knows nothing of the host.
 */
#pragma once

#include "runtime/decode.h"

#define RT_SPEC_VERSION "1.3.0"
#define RT_SPEC_VERSION_LEAST "1.0.0"

#define RT_SCHED_DEADLINE 6 /* linux/sched.h, which does not go with sched.h */

typedef struct
{
  uint32_t container_id;
  uint32_t host_id;
  uint32_t size;
} rt_id_mapping;

typedef RT_LIST_OF (rt_id_mapping) rt_id_mappings;

typedef struct
{
  const char *destination;
  const char *type;
  const char *source;
  rt_strings options;
  rt_id_mappings uid_mappings;
  rt_id_mappings gid_mappings;
} rt_mount;

typedef struct
{
  rt_int64 type; /* index of RLIMIT_* */
  rt_uint64 soft;
  rt_uint64 hard;
} rt_rlimit;

typedef struct
{
  rt_strings bounding;
  rt_strings effective;
  rt_strings inheritable;
  rt_strings permitted;
  rt_strings ambient;
} rt_capabilities;

typedef struct
{
  uint32_t uid;
  uint32_t gid;
  rt_int64 umask;
  RT_LIST_OF (uint32_t) additional_gids;
} rt_user;

typedef struct
{
  uint32_t height;
  uint32_t width;
} rt_console_size;

typedef struct
{
  rt_int64 policy; /* SCHED_* */
  int32_t nice;
  int32_t priority;
  rt_uint64 flags; /* SCHED_FLAG_* */
  rt_uint64 runtime;
  rt_uint64 deadline;
  rt_uint64 period;
} rt_scheduler;

typedef struct
{
  rt_int64 class; /* IOPRIO_CLASS_* */
  int32_t priority;
} rt_io_priority;

typedef struct
{
  const char *initial;
  const char *final;
} rt_exec_affinity;

typedef struct
{
  bool terminal;
  rt_console_size *console_size;
  rt_user user;
  rt_strings args;
  rt_strings env;
  const char *cwd;
  rt_capabilities *capabilities;
  RT_LIST_OF (rt_rlimit) rlimits;
  bool no_new_privileges;
  const char *apparmor_profile;
  const char *selinux_label;
  rt_int64 oom_score_adj;
  rt_scheduler *scheduler;
  rt_io_priority *io_priority;
  rt_exec_affinity *exec_cpu_affinity;
} rt_process;

typedef struct
{
  const char *path;
  rt_strings args;
  rt_strings env;
  rt_int64 timeout;
} rt_hook;

typedef RT_LIST_OF (rt_hook) rt_hook_list;

typedef struct
{
  rt_hook_list prestart;
  rt_hook_list create_runtime;
  rt_hook_list create_container;
  rt_hook_list start_container;
  rt_hook_list poststart;
  rt_hook_list poststop;
} rt_hooks;

typedef struct
{
  rt_int64 type; /* CLONE_NEW* */
  const char *path;
} rt_namespace;

typedef struct
{
  const char *type;
  const char *path;
  rt_int64 major;
  rt_int64 minor;
  rt_int64 file_mode;
  rt_int64 uid;
  rt_int64 gid;
} rt_device;

typedef struct
{
  bool allow;
  const char *type;
  rt_int64 major;
  rt_int64 minor;
  const char *access;
} rt_device_rule;

typedef RT_LIST_OF (rt_device_rule) rt_device_rules;

typedef struct
{
  rt_int64 limit;
  rt_int64 reservation;
  rt_int64 swap;
  rt_int64 kernel;
  rt_int64 kernel_tcp;
  rt_uint64 swappiness;
  bool disable_oom_killer;
  bool use_hierarchy;
  bool check_before_update;
} rt_memory;

typedef struct
{
  rt_uint64 shares;
  rt_int64 quota;
  rt_uint64 burst;
  rt_uint64 period;
  rt_int64 realtime_runtime;
  rt_uint64 realtime_period;
  const char *cpus;
  const char *mems;
  rt_int64 idle;
} rt_cpu;

typedef struct
{
  rt_int64 limit;
} rt_pids;

typedef struct
{
  int32_t major;
  int32_t minor;
  rt_uint64 weight;
  rt_uint64 leaf_weight;
} rt_weight_device;

typedef struct
{
  int32_t major;
  int32_t minor;
  rt_uint64 rate;
} rt_throttle_device;

typedef RT_LIST_OF (rt_throttle_device) rt_throttle_devices;

typedef struct
{
  rt_uint64 weight;
  rt_uint64 leaf_weight;
  RT_LIST_OF (rt_weight_device) weight_device;
  rt_throttle_devices throttle_read_bps;
  rt_throttle_devices throttle_write_bps;
  rt_throttle_devices throttle_read_iops;
  rt_throttle_devices throttle_write_iops;
} rt_block_io;

typedef struct
{
  const char *page_size;
  rt_uint64 limit;
} rt_hugepage_limit;

typedef struct
{
  const char *name;
  uint32_t priority;
} rt_net_priority;

typedef struct
{
  rt_uint64 class_id;
  RT_LIST_OF (rt_net_priority) priorities;
} rt_network;

typedef struct
{
  const char *device;
  rt_uint64 hca_handles;
  rt_uint64 hca_objects;
} rt_rdma;

typedef struct
{
  rt_device_rules devices;
  rt_memory *memory;
  rt_cpu *cpu;
  rt_pids *pids;
  rt_block_io *block_io;
  RT_LIST_OF (rt_hugepage_limit) hugepage_limits;
  rt_network *network;
  RT_LIST_OF (rt_rdma) rdma;
  rt_map unified;
} rt_resources;

typedef struct
{
  uint32_t index;
  rt_uint64 value;
  rt_uint64 value_two;
  rt_int64 op; /* enum scmp_compare */
} rt_seccomp_arg;

typedef struct
{
  rt_strings names;
  const char *action;
  rt_uint64 errno_ret;
  RT_LIST_OF (rt_seccomp_arg) args;
} rt_seccomp_rule;

typedef struct
{
  const char *default_action;
  rt_uint64 default_errno_ret;
  rt_strings architectures;
  rt_strings flags;
  const char *listener_path;
  const char *listener_metadata;
  RT_LIST_OF (rt_seccomp_rule) syscalls;
} rt_seccomp;

typedef struct
{
  rt_int64 secs;
  uint32_t nanosecs;
} rt_time_offset;

typedef struct
{
  rt_time_offset *monotonic;
  rt_time_offset *boottime;
} rt_time_offsets;

typedef struct
{
  const char *name;
} rt_clock;

typedef struct
{
  rt_int64 domain; /* PER_* */
  rt_strings flags;
} rt_personality;

typedef struct
{
  const char *clos_id;
} rt_intel_rdt;

typedef struct
{
  const char *host_name;
  const char *name;
} rt_net_device;

typedef struct
{
  rt_int64 mode; /* MPOL_* */
  const char *nodes;
  rt_uint64 flags; /* bits of MPOL_F_* */
} rt_memory_policy;

typedef struct
{
  RT_LIST_OF (rt_namespace) namespaces;
  rt_id_mappings uid_mappings;
  rt_id_mappings gid_mappings;
  rt_time_offsets *time_offsets;
  RT_LIST_OF (rt_clock) clocks; /* the names in time_offsets */
  RT_LIST_OF (rt_device) devices;
  RT_LIST_OF (rt_net_device) net_devices;
  const char *cgroups_path;
  rt_resources *resources;
  rt_int64 rootfs_propagation; /* MS_SHARED ... with MS_REC */
  rt_seccomp *seccomp;
  rt_map sysctl;
  rt_strings masked_paths;
  rt_strings readonly_paths;
  const char *mount_label;
  rt_intel_rdt *intel_rdt;
  rt_personality *personality;
  rt_memory_policy *memory_policy;
} rt_linux;

typedef struct
{
  const char *path;
  bool readonly;
} rt_root;

typedef struct
{
  const char *oci_version;
  rt_root *root;
  RT_LIST_OF (rt_mount) mounts;
  rt_process *process;
  rt_hooks *hooks;
  rt_linux *linux_;
  rt_map annotations;
  const char *hostname;
  const char *domainname;
} rt_spec;

/* Words of the specification, for parsing and for `features`. */
extern const rt_word rt_namespace_words[];
extern const rt_word rt_rlimit_words[];
extern const rt_word rt_propagation_words[];
extern const rt_word rt_seccomp_op_words[];
extern const rt_word rt_memory_policy_mode_words[];
extern const rt_word rt_memory_policy_flag_words[];

/* The namespace's name in /proc/PID/ns ("mnt" for CLONE_NEWNS). */
const char *rt_namespace_file (int64_t type);

/* Parse and check a config.json.  Strings of *ret belong to `*ret_json`, which the caller frees
 * after the last use; the rest to the arena.  Returns 0 or a negative errno with `err` (HD_CONFIG)
 * set. */
int rt_spec_parse (const char *text, size_t length_bytes, rt_spec *ret, hd_json **ret_json,
                   rt_arena *arena, hd_err *err);
/* The same for the process of `exec` (`--process FILE`) and the resources of `update`. */
int rt_spec_parse_process (const char *text, size_t length_bytes, rt_process *ret,
                           hd_json **ret_json, rt_arena *arena, hd_err *err);
int rt_spec_parse_resources (const char *text, size_t length_bytes, rt_resources *ret,
                             hd_json **ret_json, rt_arena *arena, hd_err *err);
/* Check a process by itself: args, cwd, ids, rlimits.  `name` leads the path in errors. */
int rt_spec_check_process (const rt_process *process, const char *name, hd_err *err);

/* The new or joined namespace of this type, or NULL. */
const rt_namespace *rt_spec_namespace (const rt_spec *spec, int64_t type);
/* The annotation's value, or NULL. */
const char *rt_spec_annotation (const rt_spec *spec, const char *key);
