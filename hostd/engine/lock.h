/* Named locks between processes: flock(2) on files of RUN/locks, which a boot empties and the end
 * of a process frees. */
#pragma once

#include "engine/store.h"

typedef enum
{
  HD_LOCK_SHARED,
  HD_LOCK_EXCLUSIVE,
  HD_LOCK_TRY /* exclusive, without waiting: HD_BUSY */
} HdLockMode;

/* Take a lock; `name` has no slash. Returns its descriptor (close-on-exec), to be closed, or -1.
 * Blocks as long as others hold it, but for HD_LOCK_TRY. */
int hd_lock_take (HdStore *store, const char *name, HdLockMode mode, GError **error);
