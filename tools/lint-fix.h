/* Mending what can be mended without knowing what was meant. */
#pragma once

#include "tools/lint.h"

/* Write the mended image at `path` to `output` (may be the same path: replaced whole or not at
 * all). *ret_mended (may be NULL) tells whether there was anything to do; if not, nothing is
 * written. VMDK: tail and descriptor (V4, V6). OVA for vSphere: headers, order, manifest, sizes,
 * and the disks inside (O1 to O5); a certificate is left out, since its signature ends. OVA
 * for oVirt: name and headers, what is no disk, alignment (E1, E2, E3, E6). VHD: checksums (H3).
 * Errors: HD_CONFIG when the file is too broken to be read, HD_NO_SPACE. Blocks. */
gboolean hd_lint_fix (const char *path, const char *output, gboolean *ret_mended, GError **error);
