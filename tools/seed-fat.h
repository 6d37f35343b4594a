/* A small FAT file system with files in its root, always with the same bytes (Microsoft's "FAT32
 * File System Specification", 1.03; FAT12). */
#pragma once

#include <gio/gio.h>

typedef struct
{
  const char *name; /* up to 26 ASCII characters; the first six of two files differ */
  GBytes *content;
} HdFatFile;

/* The whole image of `n` files with a volume label of up to 11 capitals. NULL with HD_CONFIG when
 * they do not fit FAT12 (some 100 MB). */
GBytes *hd_seed_fat (const HdFatFile *files, gsize n, const char *label, guint32 volume_id,
                     gint64 epoch, GError **error);
