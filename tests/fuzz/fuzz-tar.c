/* An archive of a stranger: members lie inside, one behind the other; then all rules of OVAs. */
#include "fuzz-image.h"
#include "tools/lint-tar.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const HdBytes bytes = fuzz_bytes (data, size);
  g_autoptr (HdTar) tar = hd_tar_read (&bytes);
  g_autoptr (HdLint) lint = hd_lint_new ();
  guint64 end = 0;
  FUZZ_ASSERT (tar->members->len <= HD_TAR_MAX_MEMBERS);
  for (guint i = 0; i < tar->members->len; i++)
    {
      const HdTarMember *member = g_ptr_array_index (tar->members, i);
      FUZZ_ASSERT (member->header_at >= end && strlen (member->name) <= 100);
      end = member->bytes.offset_bytes + member->bytes.size_bytes;
      FUZZ_ASSERT (end <= size);
    }
  hd_lint_bytes (lint, &bytes);
  fuzz_check (lint);
  return 0;
}
