/* rollback: the previous deployment becomes the one that the next boot starts. */
#pragma once

#include "host/operation.h"

/* Swap the order: the deployment after the booted one becomes the default; when something else than
 * the booted one already is the default, the booted one becomes it again, so that a second rollback
 * takes the first one back. What was staged is dropped. Its own /etc is used, as it was when it
 * last ran. Errors: HD_NOT_FOUND (nothing to go back to), HD_BOOTLOADER. */
HdVerbFunc hd_rollback_run;

/* Make the deployment at `index` of hd_sysroot_deployments() the first in boot order. */
gboolean hd_rollback_make_default (HdSysroot *sysroot, guint index, GCancellable *cancellable,
                                   GError **error);
