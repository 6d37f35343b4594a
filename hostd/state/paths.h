/* Where the records stand, relative to a sysroot. docs/ARCHITECTURE.md, "On the host's disk". */
#pragma once

#define HD_PATH_REPO "ostree/repo"
#define HD_PATH_DEPLOY "ostree/deploy"
/* Our own folder, the record of what is staged, and the trees that wait for finalizing. */
#define HD_PATH_ATOMIC "ostree/atomic"
#define HD_PATH_STAGED HD_PATH_ATOMIC "/staged"
#define HD_PATH_TREES HD_PATH_ATOMIC "/trees"
#define HD_PATH_HISTORY HD_PATH_ATOMIC "/history"
#define HD_PATH_CHECK HD_PATH_ATOMIC "/check.json"
/* Below /boot. */
#define HD_BOOT_ATOMIC "atomic"
#define HD_BOOT_KERNELS "ostree"
#define HD_BOOT_ENV HD_BOOT_ATOMIC "/env"
