/* What the files of the cgroups share. */
#pragma once

#include "runtime/cgroup.h"

/* Write a value to FOLDER/FILE.  0 or a negative errno, with `err` filled if it is not NULL. */
int rt_cgroup_write (const char *folder, const char *file, const char *value, hd_err *err);
int rt_cgroup_write_number (const char *folder, const char *file, int64_t number, hd_err *err);
/* Read FOLDER/FILE without its final newline into `buffer`. */
int rt_cgroup_read (const char *folder, const char *file, char *buffer, size_t size_bytes);
/* A number, or `fallback` when the file has none ("max") or does not exist. */
uint64_t rt_cgroup_read_number (const char *folder, const char *file, uint64_t fallback);
/* The number after `key` in a file of "key number" lines, or 0. */
uint64_t rt_cgroup_read_key (const char *folder, const char *file, const char *key);
/* Refuse a cgroup that is somebody else's: one with processes. */
int rt_cgroup_check_empty (const char *path, hd_err *err);
/* mkdir -p, 1 when it was there already; `made`, unless NULL, is called for each folder that was
 * missing, outermost first. */
int rt_cgroup_mkdirs (const char *path, int (*made) (const char *path), hd_err *err);

/* The devices' rules with those that every container has behind them. */
rt_device_rules rt_cgroup_device_rules (const rt_resources *resources, rt_arena *arena);
/* "c 1:3 rwm"; for version 1. */
void rt_device_rule_text (const rt_device_rule *rule, char *buffer, size_t size_bytes);

/* An eBPF program that decides as the rules do (version 2): cgroup-devices.c. */
struct bpf_insn;
struct bpf_insn *rt_device_program (const rt_device_rules *rules, size_t *ret_count,
                                    rt_arena *arena);
int rt_device_program_attach (const char *folder, const rt_device_rules *rules, rt_arena *arena,
                              hd_err *err);

/* Fill the entries from the text of a /proc/PID/cgroup: its own folders, or `path` in each
 * hierarchy. */
int rt_cgroup_locate (const char *text, const char *path, rt_cgroup *cgroup, hd_err *err);
