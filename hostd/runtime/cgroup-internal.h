/* What the files of the cgroups share. */
#pragma once

#include <limits.h>

#include "runtime/cgroup.h"

/* Files: cgroup-file.c */

/* Write a value to FOLDER/FILE.  0 or a negative errno, with `err` filled if it is not NULL. */
int rt_cgroup_write (const char *folder, const char *file, const char *value, hd_err *err);
/* The same for several values, each with a write of its own, as the kernel wants lists. */
int rt_cgroup_write_all (const char *folder, const char *file, const char *const *values,
                         size_t count, hd_err *err);
int rt_cgroup_write_number (const char *folder, const char *file, int64_t number, hd_err *err);
/* Files that were written or read stay open until this, or until many are, which is cheaper than to
 * close each. */
void rt_cgroup_forget (void);
/* Read FOLDER/FILE without its final newline into `buffer`. */
int rt_cgroup_read (const char *folder, const char *file, char *buffer, size_t size_bytes);
/* The text of /proc/self/cgroup; -EFBIG when it does not fit. */
int rt_cgroup_read_own (char *buffer, size_t size_bytes);
/* A number, or `fallback` when the file has none ("max") or does not exist. */
uint64_t rt_cgroup_read_number (const char *folder, const char *file, uint64_t fallback);
/* The number after `key` in a file of "key number" lines, or 0. */
uint64_t rt_cgroup_read_key (const char *folder, const char *file, const char *key);
/* mkdir -p below the mount, whose path has `mount_bytes`; 1 when it was there already, -ENOENT when
 * the mount is not there.  `made`, unless NULL, is called for each folder that was missing,
 * outermost first; *ret_first_bytes, unless set before, becomes the length of the first one's path.
 */
int rt_cgroup_mkdirs (const char *path, size_t mount_bytes, int (*made) (const char *path),
                      size_t *ret_first_bytes, hd_err *err);
/* Give a version 2 cgroup and the files that the kernel lists as safe to delegate to a user. */
int rt_cgroup_chown (const char *folder, uid_t uid, hd_err *err);

/* Places: cgroup-folder.c */

/* What is mounted at /sys/fs/cgroup. */
typedef enum
{
  RT_CGROUP_V1,     /* version 1 alone */
  RT_CGROUP_HYBRID, /* version 1, and version 2 at "unified" */
  RT_CGROUP_V2      /* version 2 alone */
} rt_cgroup_mixture;

/* Fill the entries from the text of a /proc/PID/cgroup (cgroups(7)): its own folders when `path` is
 * NULL, or `path` in each hierarchy.  Reads nothing. */
int rt_cgroup_locate (const char *text, const char *path, rt_cgroup_mixture mixture,
                      rt_cgroup *cgroup, hd_err *err);
/* Where a hierarchy of version 1 with this controller ("name=X" for a named one) is mounted,
 * according to the text of a mountinfo (proc(5)); NULL for nowhere. */
const char *rt_cgroup_find_mount (const char *mountinfo, const char *controller, rt_arena *arena);

/* Remove the parents that were made for it, as far as nobody else uses them. */
void rt_cgroup_remove_made (const rt_cgroup_entry *entry);

/* Processes: cgroup-process.c */

/* Refuse a cgroup that is somebody else's, one with processes; and one that is frozen. */
int rt_cgroup_check_empty (const char *path, hd_err *err);
/* Call `visit` for the folder and all below, innermost first; a folder that is gone is none. */
int rt_cgroup_walk (const char *path, int (*visit) (const char *path, void *data), void *data);
/* Kill what is left in the folder and below, and wait until it has gone. */
int rt_cgroup_empty (const char *folder);

/* Devices: cgroup-devices.c */

/* The devices' rules with those that every container has behind them. */
rt_device_rules rt_cgroup_device_rules (const rt_resources *resources, rt_arena *arena);
/* "c 1:3 rwm"; for version 1. */
void rt_device_rule_text (const rt_device_rule *rule, char *buffer, size_t size_bytes);

/* An eBPF program that decides as the rules do (version 2). */
struct bpf_insn;
struct bpf_insn *rt_device_program (const rt_device_rules *rules, size_t *ret_count,
                                    rt_arena *arena);
int rt_device_program_attach (const char *folder, const rt_device_rules *rules, rt_arena *arena,
                              hd_err *err);

/* Statistics: cgroup-stats.c */
hd_json *rt_cgroup_stats_v1 (rt_cgroup *cgroup);
hd_json *rt_cgroup_stats_v2 (rt_cgroup *cgroup);

/* Values: cgroup-value.c */

/* cpu.weight of version 2 for shares: 2 to 1, 1024 to 100, 262144 to 10000, as newer peers do it
 * (a quadratic function of the logarithm; runc 1.4, crun 1.24). */
uint64_t rt_cgroup_weight_of_shares (uint64_t shares);
/* blkio's 10 to 1000 become io's 1 to 10000. */
uint64_t rt_cgroup_weight_of_blkio (uint64_t weight);

/* Which limits need which controller of version 1; devices, which a limit is not, come in as well.
 */
typedef struct
{
  const char *controller;
  const char *member; /* of linux.resources */
  bool (*asked) (const rt_resources *resources);
} rt_cgroup_demand;
/* Refuse a limit to somebody who has no cgroup to keep it; -EACCES. */
int rt_cgroup_refuse_limit (const rt_cgroup_demand *demand, hd_err *err);
/* Ends with a row without controller. */
extern const rt_cgroup_demand rt_cgroup_demands[];

/* The systemd driver: cgroup-systemd.c.  All talk to systemd over D-Bus, through libsystemd, which
 * is loaded for it, and block until it answers. */

/* Check and split "SLICE:PREFIX:NAME" (NULL or "": the default with `id`) into slice and unit. */
int rt_systemd_parse (const char *path, const char *id, rt_cgroup *cgroup, hd_err *err);
/* The folder, below the root, that a unit has in a slice: "/a.slice/a-b.slice/UNIT". */
const char *rt_systemd_folder (const char *slice, const char *unit, rt_arena *arena);
/* Start the scope with the limits, and with a process in it that holds it until rt_systemd_release;
 * *ret_pid is that process. */
int rt_systemd_start (const rt_cgroup *cgroup, const rt_resources *resources, pid_t *ret_pid,
                      hd_err *err);
/* Move this process into a scope of its own of the user's manager. */
int rt_systemd_move_here (hd_err *err);
int rt_systemd_update (const rt_cgroup *cgroup, const rt_resources *resources, hd_err *err);
/* Stop the scope; one that is gone is no error. */
int rt_systemd_stop (const rt_cgroup *cgroup, hd_err *err);
