/* Finalizing: from a staged deployment to the one that the next boot starts. Runs at shutdown. */
#pragma once

#include "host/operation.h"

/* Merge /etc as it is now, move the tree to its place, write the boot entries with the new
 * deployment first, commit the boot set, remove the record. Without a record: HD_NOTHING. Safe to
 * run again after an interruption at any point. On a sysroot that is not booted, what is not
 * needed any more is removed as well; on a booted one, boot-complete does that.
 * Errors: HD_NOT_FOUND (the tree is gone: the record is dropped), HD_BOOTLOADER, HD_NO_SPACE,
 * HD_FAILED (a conflict in /etc); the old deployments stand. */
HdVerbFunc hd_finalize_run;
