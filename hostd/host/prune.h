/* Removing what nothing refers to any more. Nothing that a boot entry, the staged record or a ref
 * names is touched. */
#pragma once

#include "host/sysroot.h"

/* The branch that keeps a staged commit from being pruned. */
#define HD_STAGED_REF "atomic/staged"

/* Remove trees that an interrupted change left behind. */
gboolean hd_prune_leftovers (HdSysroot *sysroot, GCancellable *cancellable, GError **error);
/* Remove deployments, kernels and boot generations that no boot entry names. Call it only when the
 * boot set is committed. */
gboolean hd_prune_deployments (HdSysroot *sysroot, GCancellable *cancellable, GError **error);
/* Remove objects that neither a deployment nor a ref needs. Writes how many bytes became free
 * (`ret_freed_bytes` may be NULL).
 * Reads every directory object of what is kept: takes a moment. */
gboolean hd_prune_repo (HdSysroot *sysroot, guint64 *ret_freed_bytes, GCancellable *cancellable,
                        GError **error);
/* Remove the staged record, its tree and ref; success when nothing is staged. */
gboolean hd_prune_staged (HdSysroot *sysroot, GCancellable *cancellable, GError **error);
