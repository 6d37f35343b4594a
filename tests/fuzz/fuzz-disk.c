/* Raw disks and qcow2 of a stranger, whatever the bytes are taken for. */
#include "fuzz-image.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const HdBytes bytes = fuzz_bytes (data, size);
  g_autoptr (HdLint) lint = hd_lint_new ();
  hd_lint_raw (lint, &bytes);
  hd_lint_qcow2 (lint, &bytes);
  fuzz_check (lint);
  return 0;
}
