/* Recovery: what an interrupted change left is brought to the old or the new state. */
#pragma once

#include "host/operation.h"

/* Commit the boot set of the entries that libostree names (see host/bootloader.h), bring staged
 * record, tree and ref into agreement. Does nothing when all is well; every changing verb runs it
 * first, and atomic-recover.service at boot. */
HdVerbFunc hd_recover_run;
