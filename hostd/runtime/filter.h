/* Kept filters: files of compiled seccomp filters, so that a known profile costs no compilation.
 *
 * A file counts only if nobody but us can have written it (owner, mode, its folder's too), if it is
 * whole (a sum over it), and if the same libseccomp and the same kernel would be asked again.
 */
#pragma once

#include <stdbool.h>
#include <linux/filter.h>

#include "runtime/arena.h"

typedef struct
{
  struct sock_fprog program; /* in the arena */
  unsigned flags;            /* SECCOMP_FILTER_FLAG_* */
  bool listens;              /* its listener goes to linux.seccomp.listenerPath */
  const char *library;       /* compiled just now: the file of libseccomp; else NULL */
} rt_filter;

/* Load the filter with this name (the profile's digest) from a folder.  False for whatever reason
 * it does not count; *ret is then untouched. */
bool rt_filter_load (const char *folder, const char *name, rt_filter *ret, rt_arena *arena);
/* Keep a filter that was just compiled; the folder is made (mode 0700) when it is missing.  Best
 * effort: what cannot be kept is compiled again next time. */
void rt_filter_keep (const char *folder, const char *name, const rt_filter *filter,
                     rt_arena *arena);
