/* The parts of a streamOptimized VMDK, read without trust. */
#pragma once

#include "tools/lint.h"

#define HD_VMDK_EXTENT_NAME "disk.vmdk"

typedef struct
{
  guint32 version;
  guint32 flags;
  guint64 capacity; /* this and all below in sectors */
  guint64 grain;
  guint64 descriptor_at;
  guint64 descriptor_size;
  guint32 table_grains;
  guint64 directory;
  guint64 overhead;
  guint16 algorithm;
} HdVmdkHead;

/* The header, or the footer, at `at`. */
gboolean hd_vmdk_head_read (const HdBytes *bytes, guint64 at, HdVmdkHead *head);
/* The descriptor's text, up to 64 KiB, free with g_free; NULL: there is none. */
char *hd_vmdk_descriptor_read (const HdBytes *bytes, const HdVmdkHead *head);
/* The value of a key, without quotes, free with g_free; or NULL. */
char *hd_vmdk_value (const char *descriptor, const char *key);

/* A walk from the first grain to the end of stream. */
typedef struct
{
  struct libdeflate_decompressor *unpacker;
  guint8 *packed;
  guint8 *grain;
  guint64 n_grains;
  guint64 last_lba;
  guint64 footer_at; /* in bytes, 0: none seen */
  guint64 end_at;    /* in bytes: of the end of stream */
  gboolean ended;
} HdVmdkWalk;

HdVmdkWalk *hd_vmdk_walk_new (void);
void hd_vmdk_walk_free (HdVmdkWalk *walk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdVmdkWalk, hd_vmdk_walk_free)
void hd_vmdk_walk_run (HdVmdkWalk *walk, HdLint *lint, const HdBytes *bytes,
                       const HdVmdkHead *head);
