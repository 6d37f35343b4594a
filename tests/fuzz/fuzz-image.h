/* What the fuzz targets of images share: bytes in memory, and findings that make sense. */
#pragma once

#include <string.h>
#include "fuzz.h"
#include "tools/lint.h"

static inline HdBytes
fuzz_bytes (const uint8_t *data, size_t size)
{
  return (HdBytes){ .fd = -1, .data = data, .size_bytes = size };
}

static inline void
fuzz_check (const HdLint *lint)
{
  FUZZ_ASSERT (lint->findings->len <= HD_LINT_MAX_FINDINGS && lint->kind != NULL);
  for (guint i = 0; i < lint->findings->len; i++)
    {
      const HdLintFinding *finding = g_ptr_array_index (lint->findings, i);
      FUZZ_ASSERT (finding->rule == hd_lint_rule (finding->rule->id));
      FUZZ_ASSERT (g_utf8_validate (finding->detail, -1, NULL));
    }
}
