/* A compressed qcow2, written in one go (QEMU's docs/interop/qcow2.txt).
 *
 * Data stands in the order of the disk, each table behind the data that it describes, so that
 * memory is bounded: one L2 table, one refcount block and the L1 table.
 */
#pragma once

#include "tools/format-file.h"
#include "tools/format-source.h"

typedef struct _HdQcow2 HdQcow2;

/* Begin at the present place of `file`, which becomes the qcow2's first byte. `version` 3 is for
 * QEMU 1.1 and newer, 2 for older ones, as RHEV 3.x has them; zstd needs version 3 and QEMU 5.1. */
HdQcow2 *hd_qcow2_new (HdFormatFile *file, guint64 disk_bytes, guint version, gboolean zstd,
                       GError **error);
/* The chunk has HD_CODEC_ZSTD or HD_CODEC_DEFLATE, as was said. */
gboolean hd_qcow2_chunk (HdQcow2 *qcow2, const HdChunk *chunk, GError **error);
gboolean hd_qcow2_end (HdQcow2 *qcow2, GError **error);
void hd_qcow2_free (HdQcow2 *qcow2);
