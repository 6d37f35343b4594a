/* What a boot that has come up, or has not, means for the deployments. Run by units. */
#pragma once

#include "host/operation.h"

/* boot-complete.target was reached: the booted deployment is good, counting ends. When it is not
 * the default, and the default's tries are used up, the default has failed: the booted one becomes
 * the default. Then what is not needed any more is removed. Not booted: HD_NO_SYSROOT. */
HdVerbFunc hd_boot_complete_run;
/* A requirement of boot-complete.target failed, or the deadline passed: `data` is
 * {"reboot": true} when the booted deployment is the default and is being tried, so that a reboot
 * leads to the next try or to the fallback. */
HdVerbFunc hd_boot_failed_run;
