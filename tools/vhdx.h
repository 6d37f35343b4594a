/* VHDX for Hyper-V generation 2 (Microsoft's MS-VHDX), dynamic, with blocks of 1 MiB and every GUID
 * fixed (rules H6 to H10 of docs/formats.md). */
#pragma once

#include "tools/format-file.h"
#include "tools/format-source.h"

/* 64 TiB: the format's own limit. */
#define HD_VHDX_MAX_BYTES (G_GUINT64_CONSTANT (64) << 40)

typedef struct _HdVhdx HdVhdx;
HdVhdx *hd_vhdx_new (HdFormatFile *file, const HdFormatSource *source, GError **error);
gboolean hd_vhdx_chunk (HdVhdx *vhdx, const HdChunk *chunk, GError **error);
gboolean hd_vhdx_end (HdVhdx *vhdx, GError **error);
void hd_vhdx_free (HdVhdx *vhdx);

/* CRC-32C (Castagnoli), as its structures have it, of `data` with four zeros at `checksum_at`. */
guint32 hd_vhdx_checksum (const guint8 *data, gsize size_bytes, gsize checksum_at);
