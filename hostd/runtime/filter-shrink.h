/* A shorter seccomp filter that decides as a given one does.
 *
 * libseccomp's output tests one system call after the other, for each architecture.  Most profiles
 * allow long runs of neighbouring numbers, so a search over the places where the answer changes
 * takes a third of the instructions: less for the kernel to check and translate at each start of a
 * container, and fewer steps for each call that the container makes.
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>

#include "runtime/arena.h"

/* The shorter program, in the arena, with its length in *ret_count; or NULL when there is none: the
 * program has instructions that libseccomp does not make, is short already, or an answer that was
 * asked of both for a proof differed.  `program` must be valid for the kernel (jumps inside, a
 * return at the end of every way). */
struct sock_filter *rt_filter_shrink (const struct sock_filter *program, size_t count,
                                      size_t *ret_count, rt_arena *arena);
