/* Capabilities: sets of them.  Pure; the child sets them. */
#pragma once

#include "runtime/spec.h"

typedef struct
{
  uint64_t bounding;
  uint64_t effective;
  uint64_t inheritable;
  uint64_t permitted;
  uint64_t ambient;
} rt_cap_sets;

/* The sets as bits.  Names that this table does not know are left out (specification: a warning)
 * and returned, each once, separated by ", ", in the arena; NULL when there are none.  NULL `caps`
 * gives empty sets. */
const char *rt_caps_from_spec (const rt_capabilities *caps, rt_cap_sets *ret, rt_arena *arena);
