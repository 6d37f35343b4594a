/* One atomic-layer at work: an archive becomes a layer's folder, or a folder an archive.
 *
 * It has a sandbox of its own (fetch/sandbox.h) and sees the folder, the bytes and the file of the
 * blob. What it may not do is done here with its result: folders that hide what is below are
 * marked, and those that an archive implies get their attributes from the layers below.
 */
#pragma once

#include "engine/scratch.h"

/* Limits of one layer. */
#define HD_LAYER_MAX_ENTRIES 4000000ull
#define HD_LAYER_MAX_BYTES (1ull << 40)
/* Deflate cannot do more than 1032. */
#define HD_LAYER_MAX_RATIO 500u

typedef struct
{
  char *blob; /* 64 digits: of the compressed archive */
  char *diff; /* 64 digits: of the archive */
  guint64 blob_bytes, diff_bytes;
  guint64 bytes;            /* of files */
  char **implied, **opaque; /* paths below the layer's folder; "" is itself */
} HdLayerResult;

void hd_layer_result_free (HdLayerResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdLayerResult, hd_layer_result_free)

typedef struct
{
  gboolean lowest;   /* no layer is below */
  guint64 max_input; /* compressed bytes that were announced; 0: any */
  int input_fd;      /* stays the caller's */
  int blob_fd;       /* where the compressed bytes are kept, or -1 */
  int folder_fd;     /* empty */
} HdUnpackOptions;

typedef struct
{
  gboolean plain;  /* no compression */
  gboolean merged; /* a whole tree, and not overlayfs' changes: character devices 0:0 are none */
  int folder_fd;
  int output_fd;
} HdPackOptions;

typedef struct _HdLayerJob HdLayerJob;

HdLayerJob *hd_layer_job_unpack (const HdUnpackOptions *options, GError **error);
HdLayerJob *hd_layer_job_pack (const HdPackOptions *options, GError **error);
/* Kills what still runs. */
void hd_layer_job_free (HdLayerJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdLayerJob, hd_layer_job_free)

/* Polls readable when there is something to hear; then call hd_layer_job_hear. */
int hd_layer_job_fd (const HdLayerJob *job);
/* Hear without blocking. TRUE when it has ended. */
gboolean hd_layer_job_hear (HdLayerJob *job);
/* After its end: what it says, or its error. HD_CORRUPT, HD_NO_SPACE, HD_FAILED, HD_WORKER (it was
 * killed). */
HdLayerResult *hd_layer_job_result (HdLayerJob *job, GError **error);
/* Wait for the end and give the result. */
HdLayerResult *hd_layer_job_wait (HdLayerJob *job, GError **error);

/* Mark folders, and give implied ones their attributes: `fs_fd` is the layer's folder, `below` the
 * absolute paths of those below, uppermost first. */
gboolean hd_layer_finish (int fs_fd, const HdLayerResult *result, const char *const *below,
                          GError **error);
