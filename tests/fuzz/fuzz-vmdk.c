/* A streamOptimized VMDK of a stranger. */
#include "fuzz-image.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const HdBytes bytes = fuzz_bytes (data, size);
  g_autoptr (HdLint) lint = hd_lint_new ();
  hd_lint_vmdk (lint, &bytes);
  fuzz_check (lint);
  return 0;
}
