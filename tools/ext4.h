/* An ext4 file system inside a disk image, filled from a folder, always with the same bytes. */
#pragma once

#include <gio/gio.h>

typedef struct
{
  const char *image; /* the disk's file */
  guint64 offset_bytes;
  guint64 size_bytes;
  const char *label;
  const char *uuid;     /* of the file system; its hash seed follows from it */
  const char *features; /* mke2fs -O */
  const char *folder;   /* what goes in, with its owners, modes and attributes */
  gint64 epoch;         /* no time stamp is later than this */
} HdExt4;

/* Make it. Errors: HD_NO_SPACE when the folder does not fit, HD_NOT_FOUND without mke2fs,
 * HD_FAILED. Blocks. */
gboolean hd_ext4_make (const HdExt4 *fs, GCancellable *cancellable, GError **error);
