/* The one function of a fuzz target, as libFuzzer and replay.c call it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Feed `size` bytes to the parser; aborts when what it says contradicts itself. Returns 0. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* An assertion that no build leaves out. */
#define FUZZ_ASSERT(condition)                                                                     \
  do                                                                                               \
    if (!(condition))                                                                              \
      __builtin_trap ();                                                                           \
  while (0)
