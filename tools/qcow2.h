/* A raw disk as a compressed qcow2. */
#pragma once

#include <gio/gio.h>

/* Write `output` (replaced whole or not at all) from the raw disk `image`, compressed with "zlib"
 * (any QEMU) or "zstd" (5.1 and newer). The same disk gives the same bytes.
 * Errors: HD_NOT_FOUND (no disk, no qemu-img), HD_CORRUPT when qemu-img's own check of what it
 * wrote fails, HD_NO_SPACE. Blocks. */
gboolean hd_qcow2_write (const char *image, const char *output, const char *compression,
                         GCancellable *cancellable, GError **error);

/* The arguments of qemu-img for it, NULL-terminated, free with g_strfreev. Pure. */
char **hd_qcow2_argv (const char *image, const char *output, const char *compression);
