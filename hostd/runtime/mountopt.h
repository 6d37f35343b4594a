/* The options of a mount in config.json, sorted into what each system call wants.  Pure. */
#pragma once

#include "runtime/spec.h"

typedef struct
{
  bool bind;
  bool recursive; /* rbind */
  bool remount;
  bool copy_up; /* tmpcopyup: the tmpfs starts with the content of its target */
  bool idmap;
  bool idmap_recursive;
  uint64_t attr_set; /* MOUNT_ATTR_* for the mount alone ... */
  uint64_t attr_clear;
  uint64_t tree_set; /* ... and for it and all below it (rro, rnosuid ...) */
  uint64_t tree_clear;
  uint64_t propagation; /* MS_SHARED ..., with MS_REC; 0 for none */
  rt_map data;          /* options of the file system; a NULL value is a flag */
} rt_mount_options;

/* Sort the options of `mount`; file system options refer to the mount's strings or the arena. */
void rt_mount_options_sort (const rt_mount *mount, rt_mount_options *ret, rt_arena *arena);

/* The names of all options that are not left to the file system, NULL-terminated, in the arena;
 * for `features`. */
const char **rt_mount_option_names (rt_arena *arena);
