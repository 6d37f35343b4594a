/* VHD and VHDX of a stranger. A VHDX is large, and guarded by checksums: its input is what stands
 * in its structures, one after the other, and is put into their places with the sums made right. */
#include "fuzz-image.h"
#include "tools/format-bytes.h"
#include "tools/vhdx-layout.h"
#include "tools/vhdx.h"

#define IMAGE_BYTES (4 * HD_VHDX_MIB)

static const uint8_t *
put (uint8_t *to, size_t wanted, const uint8_t *data, size_t *size)
{
  size_t length = *size < wanted ? *size : wanted;
  memcpy (to, data, length);
  *size -= length;
  return data + length;
}

static void
try_vhdx (const uint8_t *data, size_t size)
{
  static uint8_t image[IMAGE_BYTES];
  memset (image, 0, sizeof image);
  uint8_t *header = image + HD_VHDX_HEADER_1_AT, *regions = image + HD_VHDX_REGIONS_1_AT;
  data = put (header, 80, data, &size);
  data = put (regions, 112, data, &size);
  data = put (image + 2 * HD_VHDX_MIB, 224, data, &size);
  data = put (image + 2 * HD_VHDX_MIB + 65536, 64, data, &size);
  put (image + 3 * HD_VHDX_MIB, HD_VHDX_MIB, data, &size);
  hd_put_le32 (header + 4, hd_vhdx_checksum (header, HD_VHDX_HEADER_BYTES, 4));
  hd_put_le32 (regions + 4, hd_vhdx_checksum (regions, HD_VHDX_STRUCTURE_BYTES, 4));
  const HdBytes bytes = fuzz_bytes (image, sizeof image);
  g_autoptr (HdLint) lint = hd_lint_new ();
  hd_lint_vhdx (lint, &bytes);
  fuzz_check (lint);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size >= 4 && memcmp (data, "head", 4) == 0)
    {
      try_vhdx (data, size);
      return 0;
    }
  const HdBytes bytes = fuzz_bytes (data, size);
  g_autoptr (HdLint) lint = hd_lint_new ();
  hd_lint_vhd (lint, &bytes);
  fuzz_check (lint);
  return 0;
}
