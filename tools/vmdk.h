/* A streamOptimized VMDK, as VMware's importers want it (VMware's "Virtual Disk Format 5.0", and
 * what importers were seen to refuse: rules V1 to V9 of docs/formats.md).
 */
#pragma once

#include "tools/format-file.h"
#include "tools/format-source.h"

/* The one extent's name in every descriptor: a file's own would make its bytes depend on it. */
#define HD_VMDK_EXTENT "disk.vmdk"

typedef struct _HdVmdk HdVmdk;

/* Begin at the present place of `file`. `identity` (64 hexadecimal digits) gives the content
 * identifiers. */
HdVmdk *hd_vmdk_new (HdFormatFile *file, guint64 disk_bytes, const char *identity, GError **error);
/* The chunk has HD_CODEC_DEFLATE. */
gboolean hd_vmdk_chunk (HdVmdk *vmdk, const HdChunk *chunk, GError **error);
gboolean hd_vmdk_end (HdVmdk *vmdk, GError **error);
void hd_vmdk_free (HdVmdk *vmdk);

/* The text of the descriptor, free with g_free. Pure. */
char *hd_vmdk_descriptor (guint64 disk_bytes, const char *identity);
