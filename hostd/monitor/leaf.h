/* The monitor's own cgroup below its unit's: on version 2 a folder that has processes cannot have
 * further folders with controllers, and the container's stands beside us (kernel, cgroup-v2, "No
 * Internal Process Constraint").  Plain C. */
#pragma once

/* Move this process into the folder `monitor` of the unit's cgroup.  Nothing happens where there is
 * no version 2, or where the cgroup is not the unit's.  0 or a negative errno. */
int mon_leaf_enter (const char *unit);
