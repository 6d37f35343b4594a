/* kargs: kernel arguments of the next deployment. */
#pragma once

#include "host/operation.h"

/* Without changes: list the arguments in `data`. With changes: stage a deployment of the same
 * commit with the new arguments; it is tried as a new version is.
 * Errors: HD_NOT_FOUND (an argument to delete or replace is not there), HD_USAGE (one that GRUB
 * cannot hand over), HD_NOTHING (all is so already), those of host/stage.h. */
HdVerbFunc hd_kargs_run;
