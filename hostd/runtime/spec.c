/* config.json to value: the tables of the specification. */
#include "runtime/spec-internal.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "runtime/mountapi.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define FIELD(type, member, json, kind_, ...)                                                      \
  {                                                                                                \
    .key = (json), .offset = offsetof (type, member), .kind = (kind_), ##__VA_ARGS__               \
  }
#define SHAPE(name, type, ...)                                                                     \
  static const rt_field name##_fields[] = { __VA_ARGS__, { NULL } };                               \
  static const rt_shape name##_shape = { sizeof (type), name##_fields }

/* Words */

const rt_word rt_namespace_words[] = {
  { "pid", CLONE_NEWPID },       { "network", CLONE_NEWNET }, { "mount", CLONE_NEWNS },
  { "ipc", CLONE_NEWIPC },       { "uts", CLONE_NEWUTS },     { "user", CLONE_NEWUSER },
  { "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME },   { NULL },
};

static const rt_word namespace_files[] = {
  { "pid", CLONE_NEWPID },       { "net", CLONE_NEWNET },   { "mnt", CLONE_NEWNS },
  { "ipc", CLONE_NEWIPC },       { "uts", CLONE_NEWUTS },   { "user", CLONE_NEWUSER },
  { "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME }, { NULL },
};

const rt_word rt_rlimit_words[] = {
  { "RLIMIT_AS", RLIMIT_AS },
  { "RLIMIT_CORE", RLIMIT_CORE },
  { "RLIMIT_CPU", RLIMIT_CPU },
  { "RLIMIT_DATA", RLIMIT_DATA },
  { "RLIMIT_FSIZE", RLIMIT_FSIZE },
  { "RLIMIT_LOCKS", RLIMIT_LOCKS },
  { "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
  { "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
  { "RLIMIT_NICE", RLIMIT_NICE },
  { "RLIMIT_NOFILE", RLIMIT_NOFILE },
  { "RLIMIT_NPROC", RLIMIT_NPROC },
  { "RLIMIT_RSS", RLIMIT_RSS },
  { "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
  { "RLIMIT_RTTIME", RLIMIT_RTTIME },
  { "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
  { "RLIMIT_STACK", RLIMIT_STACK },
  { NULL },
};

const rt_word rt_propagation_words[] = {
  { "shared", MS_SHARED },
  { "rshared", MS_SHARED | MS_REC },
  { "slave", MS_SLAVE },
  { "rslave", MS_SLAVE | MS_REC },
  { "private", MS_PRIVATE },
  { "rprivate", MS_PRIVATE | MS_REC },
  { "unbindable", MS_UNBINDABLE },
  { "runbindable", MS_UNBINDABLE | MS_REC },
  { NULL },
};

/* enum scmp_compare of seccomp.h: part of libseccomp's stable interface. */
const rt_word rt_seccomp_op_words[] = {
  { "SCMP_CMP_NE", 1 }, { "SCMP_CMP_LT", 2 }, { "SCMP_CMP_LE", 3 },        { "SCMP_CMP_EQ", 4 },
  { "SCMP_CMP_GE", 5 }, { "SCMP_CMP_GT", 6 }, { "SCMP_CMP_MASKED_EQ", 7 }, { NULL },
};

static const rt_word scheduler_policies[] = {
  { "SCHED_OTHER", SCHED_OTHER },
  { "SCHED_FIFO", SCHED_FIFO },
  { "SCHED_RR", SCHED_RR },
  { "SCHED_BATCH", SCHED_BATCH },
  { "SCHED_ISO", 4 },
  { "SCHED_IDLE", SCHED_IDLE },
  { "SCHED_DEADLINE", RT_SCHED_DEADLINE },
  { NULL },
};

/* Bit numbers of SCHED_FLAG_* (linux/sched.h). */
static const rt_word scheduler_flags[] = {
  { "SCHED_FLAG_RESET_ON_FORK", 0 },  { "SCHED_FLAG_RECLAIM", 1 },
  { "SCHED_FLAG_DL_OVERRUN", 2 },     { "SCHED_FLAG_KEEP_POLICY", 3 },
  { "SCHED_FLAG_KEEP_PARAMS", 4 },    { "SCHED_FLAG_UTIL_CLAMP_MIN", 5 },
  { "SCHED_FLAG_UTIL_CLAMP_MAX", 6 }, { NULL },
};

static const rt_word io_classes[] = {
  { "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
  { "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
  { "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
  { NULL },
};

static const rt_word personality_domains[] = {
  { "LINUX", PER_LINUX },
  { "LINUX32", PER_LINUX32 },
  { NULL },
};

const rt_word rt_memory_policy_mode_words[] = {
  { "MPOL_DEFAULT", 0 },
  { "MPOL_PREFERRED", 1 },
  { "MPOL_BIND", 2 },
  { "MPOL_INTERLEAVE", 3 },
  { "MPOL_LOCAL", 4 },
  { "MPOL_PREFERRED_MANY", 5 },
  { "MPOL_WEIGHTED_INTERLEAVE", 6 },
  { NULL },
};

/* Bit numbers of MPOL_F_* (linux/mempolicy.h). */
const rt_word rt_memory_policy_flag_words[] = {
  { "MPOL_F_NUMA_BALANCING", 13 },
  { "MPOL_F_RELATIVE_NODES", 14 },
  { "MPOL_F_STATIC_NODES", 15 },
  { NULL },
};

/* Tables */

SHAPE (id_mapping, rt_id_mapping,
       FIELD (rt_id_mapping, container_id, "containerID", RT_UINT32, .required = true),
       FIELD (rt_id_mapping, host_id, "hostID", RT_UINT32, .required = true),
       FIELD (rt_id_mapping, size, "size", RT_UINT32, .required = true));

SHAPE (mount, rt_mount, FIELD (rt_mount, destination, "destination", RT_STRING, .required = true),
       FIELD (rt_mount, type, "type", RT_STRING), FIELD (rt_mount, source, "source", RT_STRING),
       FIELD (rt_mount, options, "options", RT_STRINGS),
       FIELD (rt_mount, uid_mappings, "uidMappings", RT_LIST, .shape = &id_mapping_shape),
       FIELD (rt_mount, gid_mappings, "gidMappings", RT_LIST, .shape = &id_mapping_shape));

SHAPE (rlimit, rt_rlimit,
       FIELD (rt_rlimit, type, "type", RT_WORD, .required = true, .words = rt_rlimit_words),
       FIELD (rt_rlimit, soft, "soft", RT_UINT64, .required = true),
       FIELD (rt_rlimit, hard, "hard", RT_UINT64, .required = true));

SHAPE (capabilities, rt_capabilities, FIELD (rt_capabilities, bounding, "bounding", RT_STRINGS),
       FIELD (rt_capabilities, effective, "effective", RT_STRINGS),
       FIELD (rt_capabilities, inheritable, "inheritable", RT_STRINGS),
       FIELD (rt_capabilities, permitted, "permitted", RT_STRINGS),
       FIELD (rt_capabilities, ambient, "ambient", RT_STRINGS));

SHAPE (user, rt_user, FIELD (rt_user, uid, "uid", RT_UINT32),
       FIELD (rt_user, gid, "gid", RT_UINT32), FIELD (rt_user, umask, "umask", RT_INT64),
       FIELD (rt_user, additional_gids, "additionalGids", RT_UINT32S));

SHAPE (console_size, rt_console_size,
       FIELD (rt_console_size, height, "height", RT_UINT32, .required = true),
       FIELD (rt_console_size, width, "width", RT_UINT32, .required = true));

SHAPE (scheduler, rt_scheduler,
       FIELD (rt_scheduler, policy, "policy", RT_WORD, .required = true,
              .words = scheduler_policies),
       FIELD (rt_scheduler, nice, "nice", RT_INT32),
       FIELD (rt_scheduler, priority, "priority", RT_INT32),
       FIELD (rt_scheduler, flags, "flags", RT_WORDS, .words = scheduler_flags),
       FIELD (rt_scheduler, runtime, "runtime", RT_UINT64),
       FIELD (rt_scheduler, deadline, "deadline", RT_UINT64),
       FIELD (rt_scheduler, period, "period", RT_UINT64));

SHAPE (io_priority, rt_io_priority,
       FIELD (rt_io_priority, class, "class", RT_WORD, .required = true, .words = io_classes),
       FIELD (rt_io_priority, priority, "priority", RT_INT32));

SHAPE (exec_affinity, rt_exec_affinity, FIELD (rt_exec_affinity, initial, "initial", RT_STRING),
       FIELD (rt_exec_affinity, final, "final", RT_STRING));

SHAPE (process, rt_process, FIELD (rt_process, terminal, "terminal", RT_BOOL),
       FIELD (rt_process, console_size, "consoleSize", RT_OBJECT, .shape = &console_size_shape),
       FIELD (rt_process, user, "user", RT_STRUCT, .shape = &user_shape),
       FIELD (rt_process, args, "args", RT_STRINGS), FIELD (rt_process, env, "env", RT_STRINGS),
       FIELD (rt_process, cwd, "cwd", RT_STRING, .required = true),
       FIELD (rt_process, capabilities, "capabilities", RT_OBJECT, .shape = &capabilities_shape),
       FIELD (rt_process, rlimits, "rlimits", RT_LIST, .shape = &rlimit_shape),
       FIELD (rt_process, no_new_privileges, "noNewPrivileges", RT_BOOL),
       FIELD (rt_process, apparmor_profile, "apparmorProfile", RT_STRING),
       FIELD (rt_process, selinux_label, "selinuxLabel", RT_STRING),
       FIELD (rt_process, oom_score_adj, "oomScoreAdj", RT_INT64),
       FIELD (rt_process, scheduler, "scheduler", RT_OBJECT, .shape = &scheduler_shape),
       FIELD (rt_process, io_priority, "ioPriority", RT_OBJECT, .shape = &io_priority_shape),
       FIELD (rt_process, exec_cpu_affinity, "execCPUAffinity", RT_OBJECT,
              .shape = &exec_affinity_shape));

SHAPE (hook, rt_hook, FIELD (rt_hook, path, "path", RT_STRING, .required = true),
       FIELD (rt_hook, args, "args", RT_STRINGS), FIELD (rt_hook, env, "env", RT_STRINGS),
       FIELD (rt_hook, timeout, "timeout", RT_INT64));

SHAPE (hooks, rt_hooks, FIELD (rt_hooks, prestart, "prestart", RT_LIST, .shape = &hook_shape),
       FIELD (rt_hooks, create_runtime, "createRuntime", RT_LIST, .shape = &hook_shape),
       FIELD (rt_hooks, create_container, "createContainer", RT_LIST, .shape = &hook_shape),
       FIELD (rt_hooks, start_container, "startContainer", RT_LIST, .shape = &hook_shape),
       FIELD (rt_hooks, poststart, "poststart", RT_LIST, .shape = &hook_shape),
       FIELD (rt_hooks, poststop, "poststop", RT_LIST, .shape = &hook_shape));

SHAPE (namespace, rt_namespace,
       FIELD (rt_namespace, type, "type", RT_WORD, .required = true, .words = rt_namespace_words),
       FIELD (rt_namespace, path, "path", RT_STRING));

SHAPE (device, rt_device, FIELD (rt_device, type, "type", RT_STRING, .required = true),
       FIELD (rt_device, path, "path", RT_STRING, .required = true),
       FIELD (rt_device, major, "major", RT_INT64), FIELD (rt_device, minor, "minor", RT_INT64),
       FIELD (rt_device, file_mode, "fileMode", RT_INT64), FIELD (rt_device, uid, "uid", RT_INT64),
       FIELD (rt_device, gid, "gid", RT_INT64));

SHAPE (device_rule, rt_device_rule,
       FIELD (rt_device_rule, allow, "allow", RT_BOOL, .required = true),
       FIELD (rt_device_rule, type, "type", RT_STRING),
       FIELD (rt_device_rule, major, "major", RT_INT64),
       FIELD (rt_device_rule, minor, "minor", RT_INT64),
       FIELD (rt_device_rule, access, "access", RT_STRING));

SHAPE (memory, rt_memory, FIELD (rt_memory, limit, "limit", RT_INT64),
       FIELD (rt_memory, reservation, "reservation", RT_INT64),
       FIELD (rt_memory, swap, "swap", RT_INT64), FIELD (rt_memory, kernel, "kernel", RT_INT64),
       FIELD (rt_memory, kernel_tcp, "kernelTCP", RT_INT64),
       FIELD (rt_memory, swappiness, "swappiness", RT_UINT64),
       FIELD (rt_memory, disable_oom_killer, "disableOOMKiller", RT_BOOL),
       FIELD (rt_memory, use_hierarchy, "useHierarchy", RT_BOOL),
       FIELD (rt_memory, check_before_update, "checkBeforeUpdate", RT_BOOL));

SHAPE (cpu, rt_cpu, FIELD (rt_cpu, shares, "shares", RT_UINT64),
       FIELD (rt_cpu, quota, "quota", RT_INT64), FIELD (rt_cpu, burst, "burst", RT_UINT64),
       FIELD (rt_cpu, period, "period", RT_UINT64),
       FIELD (rt_cpu, realtime_runtime, "realtimeRuntime", RT_INT64),
       FIELD (rt_cpu, realtime_period, "realtimePeriod", RT_UINT64),
       FIELD (rt_cpu, cpus, "cpus", RT_STRING), FIELD (rt_cpu, mems, "mems", RT_STRING),
       FIELD (rt_cpu, idle, "idle", RT_INT64));

SHAPE (pids, rt_pids, FIELD (rt_pids, limit, "limit", RT_INT64));

SHAPE (weight_device, rt_weight_device,
       FIELD (rt_weight_device, major, "major", RT_INT32, .required = true),
       FIELD (rt_weight_device, minor, "minor", RT_INT32, .required = true),
       FIELD (rt_weight_device, weight, "weight", RT_UINT64),
       FIELD (rt_weight_device, leaf_weight, "leafWeight", RT_UINT64));

SHAPE (throttle_device, rt_throttle_device,
       FIELD (rt_throttle_device, major, "major", RT_INT32, .required = true),
       FIELD (rt_throttle_device, minor, "minor", RT_INT32, .required = true),
       FIELD (rt_throttle_device, rate, "rate", RT_UINT64, .required = true));

SHAPE (block_io, rt_block_io, FIELD (rt_block_io, weight, "weight", RT_UINT64),
       FIELD (rt_block_io, leaf_weight, "leafWeight", RT_UINT64),
       FIELD (rt_block_io, weight_device, "weightDevice", RT_LIST, .shape = &weight_device_shape),
       FIELD (rt_block_io, throttle_read_bps, "throttleReadBpsDevice", RT_LIST,
              .shape = &throttle_device_shape),
       FIELD (rt_block_io, throttle_write_bps, "throttleWriteBpsDevice", RT_LIST,
              .shape = &throttle_device_shape),
       FIELD (rt_block_io, throttle_read_iops, "throttleReadIOPSDevice", RT_LIST,
              .shape = &throttle_device_shape),
       FIELD (rt_block_io, throttle_write_iops, "throttleWriteIOPSDevice", RT_LIST,
              .shape = &throttle_device_shape));

SHAPE (hugepage_limit, rt_hugepage_limit,
       FIELD (rt_hugepage_limit, page_size, "pageSize", RT_STRING, .required = true),
       FIELD (rt_hugepage_limit, limit, "limit", RT_UINT64, .required = true));

SHAPE (net_priority, rt_net_priority,
       FIELD (rt_net_priority, name, "name", RT_STRING, .required = true),
       FIELD (rt_net_priority, priority, "priority", RT_UINT32, .required = true));

SHAPE (network, rt_network, FIELD (rt_network, class_id, "classID", RT_UINT64),
       FIELD (rt_network, priorities, "priorities", RT_LIST, .shape = &net_priority_shape));

SHAPE (rdma, rt_rdma, FIELD (rt_rdma, hca_handles, "hcaHandles", RT_UINT64),
       FIELD (rt_rdma, hca_objects, "hcaObjects", RT_UINT64));

SHAPE (resources, rt_resources,
       FIELD (rt_resources, devices, "devices", RT_LIST, .shape = &device_rule_shape),
       FIELD (rt_resources, memory, "memory", RT_OBJECT, .shape = &memory_shape),
       FIELD (rt_resources, cpu, "cpu", RT_OBJECT, .shape = &cpu_shape),
       FIELD (rt_resources, pids, "pids", RT_OBJECT, .shape = &pids_shape),
       FIELD (rt_resources, block_io, "blockIO", RT_OBJECT, .shape = &block_io_shape),
       FIELD (rt_resources, hugepage_limits, "hugepageLimits", RT_LIST,
              .shape = &hugepage_limit_shape),
       FIELD (rt_resources, network, "network", RT_OBJECT, .shape = &network_shape),
       FIELD (rt_resources, rdma, "rdma", RT_NAMED, .shape = &rdma_shape),
       FIELD (rt_resources, unified, "unified", RT_MAP));

SHAPE (seccomp_arg, rt_seccomp_arg,
       FIELD (rt_seccomp_arg, index, "index", RT_UINT32, .required = true),
       FIELD (rt_seccomp_arg, value, "value", RT_UINT64, .required = true),
       FIELD (rt_seccomp_arg, value_two, "valueTwo", RT_UINT64),
       FIELD (rt_seccomp_arg, op, "op", RT_WORD, .required = true, .words = rt_seccomp_op_words));

SHAPE (seccomp_rule, rt_seccomp_rule,
       FIELD (rt_seccomp_rule, names, "names", RT_STRINGS, .required = true),
       FIELD (rt_seccomp_rule, action, "action", RT_STRING, .required = true),
       FIELD (rt_seccomp_rule, errno_ret, "errnoRet", RT_UINT64),
       FIELD (rt_seccomp_rule, args, "args", RT_LIST, .shape = &seccomp_arg_shape));

SHAPE (seccomp, rt_seccomp,
       FIELD (rt_seccomp, default_action, "defaultAction", RT_STRING, .required = true),
       FIELD (rt_seccomp, default_errno_ret, "defaultErrnoRet", RT_UINT64),
       FIELD (rt_seccomp, architectures, "architectures", RT_STRINGS),
       FIELD (rt_seccomp, flags, "flags", RT_STRINGS),
       FIELD (rt_seccomp, listener_path, "listenerPath", RT_STRING),
       FIELD (rt_seccomp, listener_metadata, "listenerMetadata", RT_STRING),
       FIELD (rt_seccomp, syscalls, "syscalls", RT_LIST, .shape = &seccomp_rule_shape));

SHAPE (time_offset, rt_time_offset, FIELD (rt_time_offset, secs, "secs", RT_INT64),
       FIELD (rt_time_offset, nanosecs, "nanosecs", RT_UINT32));

SHAPE (time_offsets, rt_time_offsets,
       FIELD (rt_time_offsets, monotonic, "monotonic", RT_OBJECT, .shape = &time_offset_shape),
       FIELD (rt_time_offsets, boottime, "boottime", RT_OBJECT, .shape = &time_offset_shape));

static const rt_field no_fields[] = { { NULL } };
static const rt_shape clock_shape = { sizeof (rt_clock), no_fields };

SHAPE (personality, rt_personality,
       FIELD (rt_personality, domain, "domain", RT_WORD, .required = true,
              .words = personality_domains),
       FIELD (rt_personality, flags, "flags", RT_STRINGS));

SHAPE (intel_rdt, rt_intel_rdt, FIELD (rt_intel_rdt, clos_id, "closID", RT_STRING));

SHAPE (net_device, rt_net_device, FIELD (rt_net_device, name, "name", RT_STRING));

SHAPE (memory_policy, rt_memory_policy,
       FIELD (rt_memory_policy, mode, "mode", RT_WORD, .required = true,
              .words = rt_memory_policy_mode_words),
       FIELD (rt_memory_policy, nodes, "nodes", RT_STRING),
       FIELD (rt_memory_policy, flags, "flags", RT_WORDS, .words = rt_memory_policy_flag_words));

SHAPE (linux, rt_linux,
       FIELD (rt_linux, namespaces, "namespaces", RT_LIST, .shape = &namespace_shape),
       FIELD (rt_linux, uid_mappings, "uidMappings", RT_LIST, .shape = &id_mapping_shape),
       FIELD (rt_linux, gid_mappings, "gidMappings", RT_LIST, .shape = &id_mapping_shape),
       FIELD (rt_linux, time_offsets, "timeOffsets", RT_OBJECT, .shape = &time_offsets_shape),
       FIELD (rt_linux, clocks, "timeOffsets", RT_NAMED, .shape = &clock_shape),
       FIELD (rt_linux, devices, "devices", RT_LIST, .shape = &device_shape),
       FIELD (rt_linux, net_devices, "netDevices", RT_NAMED, .shape = &net_device_shape),
       FIELD (rt_linux, cgroups_path, "cgroupsPath", RT_STRING),
       FIELD (rt_linux, resources, "resources", RT_OBJECT, .shape = &resources_shape),
       FIELD (rt_linux, rootfs_propagation, "rootfsPropagation", RT_WORD,
              .words = rt_propagation_words),
       FIELD (rt_linux, seccomp, "seccomp", RT_OBJECT, .shape = &seccomp_shape),
       FIELD (rt_linux, sysctl, "sysctl", RT_MAP),
       FIELD (rt_linux, masked_paths, "maskedPaths", RT_STRINGS),
       FIELD (rt_linux, readonly_paths, "readonlyPaths", RT_STRINGS),
       FIELD (rt_linux, mount_label, "mountLabel", RT_STRING),
       FIELD (rt_linux, intel_rdt, "intelRdt", RT_OBJECT, .shape = &intel_rdt_shape),
       FIELD (rt_linux, personality, "personality", RT_OBJECT, .shape = &personality_shape),
       FIELD (rt_linux, memory_policy, "memoryPolicy", RT_OBJECT, .shape = &memory_policy_shape));

SHAPE (root, rt_root, FIELD (rt_root, path, "path", RT_STRING, .required = true),
       FIELD (rt_root, readonly, "readonly", RT_BOOL));

SHAPE (spec, rt_spec, FIELD (rt_spec, oci_version, "ociVersion", RT_STRING, .required = true),
       FIELD (rt_spec, root, "root", RT_OBJECT, .shape = &root_shape),
       FIELD (rt_spec, mounts, "mounts", RT_LIST, .shape = &mount_shape),
       FIELD (rt_spec, process, "process", RT_OBJECT, .shape = &process_shape),
       FIELD (rt_spec, hooks, "hooks", RT_OBJECT, .shape = &hooks_shape),
       FIELD (rt_spec, linux_, "linux", RT_OBJECT, .shape = &linux_shape),
       FIELD (rt_spec, annotations, "annotations", RT_MAP),
       FIELD (rt_spec, hostname, "hostname", RT_STRING),
       FIELD (rt_spec, domainname, "domainname", RT_STRING));

static int
parse (const rt_shape *shape, const char *text, size_t length_bytes, void *ret, hd_json **ret_json,
       rt_arena *arena, hd_err *err)
{
  hd_autojson json = hd_json_parse (text, length_bytes, err);
  if (json == NULL)
    return -EINVAL;
  int r = rt_decode (shape, json, "", ret, arena, err);
  if (r < 0)
    return r;
  *ret_json = json;
  json = NULL;
  return 0;
}

int
rt_spec_parse (const char *text, size_t length_bytes, rt_spec *ret, hd_json **ret_json,
               rt_arena *arena, hd_err *err)
{
  hd_autojson json = NULL;
  int r = parse (&spec_shape, text, length_bytes, ret, &json, arena, err);
  if (r < 0 || (r = rt_spec_check (ret, arena, err)) < 0)
    return r;
  *ret_json = json;
  json = NULL;
  return 0;
}

int
rt_spec_parse_process (const char *text, size_t length_bytes, rt_process *ret, hd_json **ret_json,
                       rt_arena *arena, hd_err *err)
{
  return parse (&process_shape, text, length_bytes, ret, ret_json, arena, err);
}

int
rt_spec_parse_resources (const char *text, size_t length_bytes, rt_resources *ret,
                         hd_json **ret_json, rt_arena *arena, hd_err *err)
{
  hd_autojson json = NULL;
  int r = parse (&resources_shape, text, length_bytes, ret, &json, arena, err);
  if (r < 0 || (r = rt_spec_check_resources (ret, "resources", err)) < 0)
    return r;
  *ret_json = json;
  json = NULL;
  return 0;
}

const rt_namespace *
rt_spec_namespace (const rt_spec *s, int64_t type)
{
  for (size_t i = 0; i < s->linux_->namespaces.count; i++)
    if (s->linux_->namespaces.items[i].type.value == type)
      return &s->linux_->namespaces.items[i];
  return NULL;
}

const char *
rt_spec_annotation (const rt_spec *s, const char *key)
{
  for (size_t i = 0; i < s->annotations.count; i++)
    if (strcmp (s->annotations.items[i].key, key) == 0)
      return s->annotations.items[i].value;
  return NULL;
}

const char *
rt_namespace_file (int64_t type)
{
  return rt_word_name (namespace_files, type);
}
